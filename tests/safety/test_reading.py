"""Administrators read chats of others only while a switch says so: seen by all, written down, and never to change."""

import pytest
from asgiref.sync import sync_to_async

from chat.models import Conversation, Message
from tests.chat.conftest import Tab, model, says, tab  # noqa: F401  fixtures
from tests.safety.matrix import MAY, WHILE_ADMINISTRATORS_READ, cells
from tests.safety.test_matrix import kept_open, tried  # noqa: F401  a fixture of all of it
from tests.safety.world import people_around
from webui.audit.models import Entry
from webui.audit.reading import ReadingRule

pytestmark = pytest.mark.django_db

WHY = "A complaint is looked into."


def switch_on():
    ReadingRule(administrators=True, why=WHY).save()


@pytest.fixture
def world(alice, bob, carol, root):
    return people_around(alice, bob, carol, root)


@pytest.fixture
def chat(alice):
    chat = Conversation.objects.create(owner=alice, title="Alice's chat")
    question = Message.objects.create(conversation=chat, role="user", text="limit?", state="complete")
    answer = Message.objects.create(conversation=chat, parent=question, role="assistant", text="187", state="complete")
    chat.show(answer)
    return chat


@pytest.mark.parametrize("role", "NXA")
def test_with_the_switch_on_root_reads_by_every_door_and_nobody_else_does_more(role, world):
    switch_on()
    may = MAY | WHILE_ADMINISTRATORS_READ
    client, wrong = world.client(role), []
    for thing, verb, method, route in cells():
        if thing != "chat":
            continue
        status = tried(client, method, route, world.ids)
        if (status not in (401, 403, 404)) != (role in may[thing, verb]):
            wrong.append((thing, verb, method, route, status))
    assert not wrong, "\n".join(map(str, wrong))


def test_the_pages_of_reading_are_not_there_while_the_switch_is_off(client, root, chat):
    client.force_login(root)
    for address in (f"/admin/people/{chat.owner_id}/chats/", f"/admin/reading/{chat.pk}/", f"/c/{chat.pk}/"):
        assert client.get(address).status_code == 404, address
    assert client.get(f"/api/chats/{chat.pk}").status_code == 404
    assert not Entry.objects.filter(action__in=("chat read", "chats listed")).exists()


def test_root_has_to_say_why_and_everybody_reads_it(client, root, alice):
    client.force_login(root)
    said = client.post("/admin/reading/", {"administrators": "on", "why": ""})
    assert "Say why" in said.content.decode()
    assert not ReadingRule.row().administrators
    assert client.post("/admin/reading/", {"administrators": "on", "why": WHY}).status_code == 302
    assert Entry.objects.filter(kind="readingrule").exists()
    client.force_login(alice)
    for page in ("/", "/account/"):
        assert WHY in client.get(page).content.decode(), page
    client.logout()
    assert WHY not in client.get("/accounts/login/").content.decode()


def test_each_look_is_written_down_and_alice_sees_who_looked(client, root, alice, chat):
    switch_on()
    client.force_login(root)
    assert client.get(f"/c/{chat.pk}/")["Location"] == f"/admin/reading/{chat.pk}/"
    assert "Alice" in client.get(f"/admin/people/{alice.pk}/chats/").content.decode()
    page = client.get(f"/admin/reading/{chat.pk}/").content.decode()
    assert "187" in page
    assert "You are reading a chat of alice" in page
    assert client.get(f"/api/chats/{chat.pk}").json()["messages"][-1]["text"] == "187"
    looks = Entry.objects.filter(action="chat read", actor_id=root.pk, object_id=str(chat.pk))
    assert looks.count() == 2
    assert {look.after["of"] for look in looks} == {alice.email}
    assert not Entry.objects.filter(name__contains="Alice's chat").exists(), "a title is a word of hers"
    assert Entry.objects.filter(action="chats listed", object_id=str(alice.pk)).count() == 1
    client.force_login(alice)
    assert "root@example.org" in client.get("/account/").content.decode()


def test_looking_at_ones_own_chat_is_no_look(client, alice, chat):
    switch_on()
    client.force_login(alice)
    assert client.get(f"/api/chats/{chat.pk}").status_code == 200
    assert not Entry.objects.filter(action="chat read").exists()


@pytest.mark.django_db(transaction=True)
async def test_the_socket_reads_by_the_same_switch_and_takes_nothing(root, chat, tab):  # noqa: F811
    answer = chat.active_id
    page = await tab(root)
    await page.say(type="resume", id=1, message=answer, after=0)
    assert (await page.hear())["type"] == "error"
    await sync_to_async(switch_on)()
    await page.say(type="resume", id=2, message=answer, after=0)
    await page.hear_until("done")
    assert await Entry.objects.filter(action="chat read", actor_id=root.pk).acount() == 1
    for frame in (
        {"type": "send", "chat": str(chat.pk), "text": "by root", "models": ["qwen"]},
        {"type": "regenerate", "message": answer},
        {"type": "continue", "message": answer},
    ):
        await page.say(id=3, **frame)
        assert (await page.hear())["type"] == "error", frame
    assert await Message.objects.acount() == 2
