"""Parameters and instructions of one chat: sent with each question there, stored with it, and with no other."""

import pytest
from django.test import Client

from chat.chat_settings import ChatSettings
from chat.models import Conversation, Folder, Message

pytestmark = pytest.mark.django_db(transaction=True)

SETTINGS = {"params": {"temperature": 0.2, "stop": ["END"], "seed": None}, "system": " Be brief. "}
STORED = {"params": {"temperature": 0.2, "stop": ["END"]}, "system": "Be brief."}


def page_of(person):
    client = Client()
    client.force_login(person)
    return client


def put(client, chat, settings):
    return client.put(f"/api/chats/{chat.pk}/settings", settings, content_type="application/json")


async def asked(page, **more):
    await page.say(type="send", id=1, text="hi", models=["qwen"], **more)
    return await page.hear_until("done", "error")


async def test_a_new_chat_takes_its_settings_along_and_keeps_them(alice, model, says, tab):
    provider = says("Hello")
    page = await tab(alice)
    frames = await asked(page, settings=SETTINGS)
    assert frames[-1]["type"] == "done"
    chat = await Conversation.objects.aget()
    assert {"params": chat.params, "system": chat.system} == STORED
    await asked(page, chat=str(chat.pk), params={"temperature": 0.9})
    reply = await Message.objects.filter(role="assistant").alast()
    await page.say(type="regenerate", id=2, message=reply.pk, params={"think": False})
    await page.hear_until("done", "error")
    first, second, third = provider.requests
    assert [(first.messages[0].role, first.messages[0].content), first.params] == [
        ("system", "Be brief."), {"temperature": 0.2, "stop": ["END"]},
    ]  # fmt: skip
    assert second.params == {"temperature": 0.9, "stop": ["END"]}, "what is asked for once wins"
    assert third.params == {"temperature": 0.2, "stop": ["END"], "think": False}


async def test_a_chat_without_settings_is_sent_none(alice, model, says, tab):
    provider = says("Hello")
    await asked(await tab(alice))
    (request,) = provider.requests
    assert request.params == {}
    assert [message.role for message in request.messages] == ["user"]


async def test_the_chats_instructions_stand_behind_those_of_its_folder(alice, model, says, tab):
    folder = await Folder.objects.acreate(owner=alice, name="Work", prompt="Be formal.")
    provider = says("Hello")
    await asked(await tab(alice), folder=str(folder.pk), settings=SETTINGS)
    system, *_rest = provider.requests[0].messages
    assert system.content == "Be formal.\n\nBe brief."


def test_settings_are_read_with_the_chat_and_back_to_default(alice):
    chat = Conversation.objects.create(owner=alice)
    client = page_of(alice)
    assert client.get(f"/api/chats/{chat.pk}").json()["settings"] == {"params": {}, "system": ""}
    assert put(client, chat, SETTINGS).json() == STORED
    assert client.get(f"/api/chats/{chat.pk}").json()["settings"] == STORED
    assert put(client, chat, {}).json() == {"params": {}, "system": ""}


def test_bob_changes_nothing_in_alices_chat(alice, bob):
    chat = Conversation.objects.create(owner=alice)
    assert put(page_of(bob), chat, SETTINGS).status_code == 404
    chat.refresh_from_db()
    assert chat.params == {}


@pytest.mark.parametrize(
    "params",
    [{"temperature": 3}, {"top_p": -1}, {"max_tokens": 0}, {"stop": ["x"] * 5}, {"model": "other"}, {"think": "loud"}],
)
def test_what_no_model_server_takes_is_refused(alice, params):
    chat = Conversation.objects.create(owner=alice)
    assert put(page_of(alice), chat, {"params": params}).status_code == 422


def test_a_stop_that_is_empty_is_default():
    assert ChatSettings.model_validate({"params": {"stop": []}}).columns() == {"params": {}, "system": ""}
