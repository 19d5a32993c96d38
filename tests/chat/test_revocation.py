"""A right that is taken away: every way of taking it, against everything that can be live. All within five seconds."""

import asyncio
from contextlib import suppress

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session

from chat import keeper, presence
from chat.gateway import running
from chat.gateway.callers import Caller
from chat.gateway.errors import ApiProblem
from chat.gateway.running import Run
from chat.models import Message
from tests.waiting import eventually_async
from webui.accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db(transaction=True)
in_thread = sync_to_async


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch):
    """The real ones are 4, 3 and 1 seconds, so that each is over within five."""
    assert max(presence.LOOK, running.LOOK, keeper.CHECKPOINT) <= 4.0
    for module, name in ((presence, "LOOK"), (running, "LOOK"), (keeper, "CHECKPOINT")):
        monkeypatch.setattr(module, name, 0.05)


@pytest.fixture
def erin(model, root):
    """In a group that alone may use the model, and an administrator besides root."""
    person = User.objects.create_user("erin@example.org", "correct horse battery")
    group = Group.objects.create(name="Readers")
    person.groups.add(group)
    model.for_everyone = False
    model.save()
    model.groups.add(group)
    return person


def disable(person):
    person.disable()


def lose_group(person):
    Group.objects.get(name="Readers").user_set.remove(person)


def withdraw_model(person):
    from providers.models import Model

    Model.objects.get().groups.clear()


def withdraw_in_the_table(person):
    from providers.models import Model
    from tests.accounts.conftest import browser_of

    change = f"[[{Model.objects.get().pk},{Group.objects.get().pk},false]]"
    office = browser_of(User.objects.get(email="root@example.org"))
    office.post("/admin/access/change/", {"changes": change, "save": "1"})


def demote(person):
    person.remove_administrator()


def as_administrator(person):
    person.groups.clear()
    person.make_administrator()


def end_session(person):
    Session.objects.all().delete()


def sign_out_everywhere(person):
    person.end_sessions()


def change_password(person):
    from tests.accounts.conftest import browser_of

    new = "a completely new phrase"
    body = {"oldpassword": "correct horse battery", "password1": new, "password2": new}
    assert browser_of(person).post("/accounts/password/change/", body).status_code == 302


def delete_key(person):
    ApiKey.objects.filter(user=person).delete()


RIGHTS = [disable, lose_group, withdraw_model, withdraw_in_the_table, demote]


async def prepared(person, taken):
    if taken is demote:
        await in_thread(as_administrator)(person)


@pytest.mark.parametrize("taken", [disable, end_session, sign_out_everywhere, change_password])
async def test_an_open_socket_is_closed(erin, says, tab, taken):
    page = await tab(erin)
    await in_thread(taken)(erin)
    closed = await page.socket.receive_output(5)
    assert (closed["type"], closed["code"]) == ("websocket.close", presence.SIGNED_OUT)


@pytest.mark.parametrize("taken", [right for right in RIGHTS if right is not disable])
async def test_a_socket_that_stays_open_asks_for_each_right_anew(erin, says, tab, taken):
    says("never said")
    await prepared(erin, taken)
    page = await tab(erin)
    await in_thread(taken)(erin)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    refused = (await page.hear_until("error"))[-1]
    assert "qwen" in refused["detail"] or "may not" in refused["detail"]


@pytest.mark.parametrize("taken", RIGHTS)
async def test_a_running_answer_is_stopped(erin, says, tab, taken):
    says("The first words", asyncio.Event(), "never said")
    await prepared(erin, taken)
    page = await tab(erin)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    await page.hear_until("delta")
    await in_thread(taken)(erin)

    async def ended():
        return await Message.objects.filter(role="assistant").exclude(state="running").afirst()

    message = await eventually_async(ended, seconds=5)
    assert message.text == "The first words"


@pytest.mark.parametrize("taken", [*RIGHTS, delete_key])
async def test_a_programs_stream_ends(erin, taken):
    await prepared(erin, taken)
    key, _text = await in_thread(ApiKey.issue)(erin, "script")

    async def endless():
        await asyncio.Event().wait()
        yield None

    run = Run(Caller(user=erin, key=key), [endless()], "qwen")
    try:
        with suppress(TimeoutError):
            await run.next(0.2)  # goes on while nothing is taken
        await in_thread(taken)(erin)
        with pytest.raises(ApiProblem, match="taken away"):
            await run.next(5)
    finally:
        await run.close()


@pytest.mark.parametrize("taken", [disable, delete_key])
def test_a_key_opens_nothing_from_that_moment_on(erin, client, taken):
    _key, text = ApiKey.issue(erin, "script")
    headers = {"Authorization": f"Bearer {text}"}
    assert client.get("/api/chats", headers=headers).status_code == 200
    taken(erin)
    assert client.get("/api/chats", headers=headers).status_code == 401
