"""Several models on one question: each answers, fails or is refused by itself, and one of them is kept."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from chat.models import Conversation, Message
from chat.tree import branch_page
from providers.base import ProviderError
from providers.models import Model
from providers.scripted import ScriptedProvider
from tests.chat.conftest import text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def models(model):
    """Three that everybody may use, and one that nobody may."""
    for name in ("gemma", "phi", "secret"):
        at = {"connection": model.connection, "name": name, "public_id": name}
        Model.objects.create(**at, for_everyone=name != "secret")
    return ["qwen", "gemma", "phi"]


@pytest.fixture
def each_says(monkeypatch):
    """each_says(qwen=[…], gemma=[…]): what each model answers."""

    def install(**scripts):
        providers = {name: ScriptedProvider(*script) for name, script in scripts.items()}
        monkeypatch.setattr("chat.runner.provider_for", lambda model: providers[model.name])
        return providers

    return install


async def ends_of(page, replies):
    """All frames up to the end of each of these replies, by reply."""
    frames = {reply["message"]: [] for reply in replies}
    while any(not told or told[-1]["type"] not in ("done", "error") for told in frames.values()):
        frame = await page.hear()
        if frame.get("message") in frames:
            frames[frame["message"]].append(frame)
    return [frames[reply["message"]] for reply in replies]


def call(user, method, chat, message, what, body=None):
    client = Client()
    client.force_login(user)
    path = f"/api/chats/{chat}/messages/{message}/{what}"
    return getattr(client, method)(path, body, content_type="application/json")


async def test_each_model_answers_in_a_column_of_its_own(alice, models, each_says, tab):
    each_says(qwen=["Lisbon."], gemma=["Porto."], phi=["Faro."])
    page = await tab(alice)
    await page.say(type="send", id=1, text="Where?", models=models)
    accepted = await page.hear()
    assert [reply["model"] for reply in accepted["replies"]] == models
    assert len({reply["origin"]["group"] for reply in accepted["replies"]}) == 1
    told = await ends_of(page, accepted["replies"])
    assert [text_of(frames) for frames in told] == ["Lisbon.", "Porto.", "Faro."]
    for frames in told:
        assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    chat = await Conversation.objects.aget(pk=accepted["chat"])
    assert chat.model_ids == models
    shown = (await sync_to_async(branch_page)(chat)).messages
    assert [message["text"] for message in shown] == ["Where?", "Lisbon.", "Porto.", "Faro."]


async def test_one_that_is_not_allowed_says_so_in_its_column_and_the_others_answer(alice, models, each_says, tab):
    providers = each_says(qwen=["Lisbon."], gemma=["Porto."], secret=["Madrid."])
    page = await tab(alice)
    await page.say(type="send", id=1, text="Where?", models=["secret", "qwen", "gemma"])
    accepted = await page.hear()
    assert [reply["model"] for reply in accepted["replies"]] == ["qwen", "gemma", "secret"]
    told = await ends_of(page, accepted["replies"])
    assert [frames[-1]["type"] for frames in told] == ["done", "done", "error"]
    assert (told[2][0]["code"], told[2][0]["seq"]) == ("not_allowed", 1)
    assert "secret" in told[2][0]["detail"]
    assert providers["secret"].requests == []
    chat = await Conversation.objects.select_related("active").aget(pk=accepted["chat"])
    assert (chat.model_ids, chat.active.model_name) == (["qwen", "gemma"], "qwen")
    again = await tab(alice)
    await again.say(type="resume", message=accepted["replies"][2]["message"], after=0)
    assert (await again.hear())["code"] == "not_allowed"


async def test_none_that_is_allowed_is_no_question_at_all(alice, models, each_says, tab):
    each_says()
    page = await tab(alice)
    await page.say(type="send", id=1, text="Where?", models=["secret", "unknown"])
    assert (await page.hear())["code"] == "not_allowed"
    assert not await Message.objects.aexists()


async def test_one_that_fails_and_one_that_is_stopped_leave_the_third_alone(alice, models, each_says, tab):
    wait, go_on = asyncio.Event(), asyncio.Event()
    broken = ProviderError("It broke.", code="unreachable", retryable=True)
    each_says(qwen=["Lis", go_on, "bon."], gemma=["Por", wait], phi=[broken])
    page, other = await tab(alice), await tab(alice)
    await page.say(type="send", id=1, text="Where?", models=models)
    replies = (await page.hear())["replies"]
    gemma = replies[1]["message"]
    while (frame := await page.hear())["type"] != "delta" or frame["message"] != gemma:
        pass
    await other.say(type="stop", message=gemma)
    while (frame := await page.hear()).get("finish_reason") != "stopped":
        pass
    go_on.set()
    while not ((frame := await page.hear())["type"] == "done" and frame["message"] == replies[0]["message"]):
        pass
    stored = [(await Message.objects.aget(pk=reply["message"])) for reply in replies]
    assert [(one.text, one.state) for one in stored] == [("Lisbon.", "complete"), ("Por", "stopped"), ("", "failed")]


async def test_the_one_that_is_kept_goes_on_and_the_others_stay(alice, models, each_says, tab):
    each_says(qwen=["Lisbon."], gemma=["Porto."], phi=["Faro."])
    page, other = await tab(alice), await tab(alice, notices=True)
    await page.say(type="send", id=1, text="Where?", models=models)
    accepted = await page.hear()
    replies, chat = accepted["replies"], accepted["chat"]
    await ends_of(page, replies)
    while (await other.hear()).get("running") is not False:
        pass
    kept = replies[1]["message"]
    answer = await sync_to_async(call)(alice, "put", chat, kept, "kept")
    assert (answer.json()["active"], answer.json()["models"]) == (kept, ["gemma"])
    origins = {message["id"]: message["origin"] for message in answer.json()["messages"]}
    assert [origins[reply["message"]].get("kept") for reply in replies] == [None, True, None]
    assert (await other.hear())["changed"]
    await page.say(type="send", id=2, chat=chat, text="Why?", models=["gemma"])
    assert (await Message.objects.aget(pk=(await page.hear_until("accepted"))[-1]["message"])).parent_id == kept
    versions = await sync_to_async(call)(alice, "get", chat, kept, "versions")
    assert [message["text"] for message in versions.json()] == ["Lisbon.", "Porto.", "Faro."]
    await page.hear_until("done")


async def test_a_model_for_one_message_leaves_the_chat_its_own(alice, models, each_says, tab):
    each_says(qwen=["Lisbon."], gemma=["Porto."])
    page = await tab(alice)
    await page.say(type="send", id=1, text="Where?", models=["qwen"])
    chat = (await page.hear_until("done"))[0]["chat"]
    await page.say(type="send", id=2, chat=chat, text="Sure?", models=["gemma"], once=True)
    assert text_of(await page.hear_until("done")) == "Porto."
    assert (await Conversation.objects.aget(pk=chat)).model_ids == ["qwen"]


async def test_one_that_is_asked_again_takes_the_place_of_the_one_before(alice, models, each_says, tab):
    each_says(qwen=["Lisbon."], gemma=["Porto."])
    page = await tab(alice)
    await page.say(type="send", id=1, text="Where?", models=["qwen", "gemma"])
    replies = (await page.hear())["replies"]
    await ends_of(page, replies)
    await page.say(type="regenerate", id=2, message=replies[1]["message"], models=["gemma"])
    (again,) = (await page.hear_until("done"))[0]["replies"]
    assert again["origin"]["group"] == replies[0]["origin"]["group"]
