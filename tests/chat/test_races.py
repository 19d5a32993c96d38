"""What people and their tabs do at the same moment: nothing is lost or doubled, and the chats stay sound."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from chat import heartbeat
from chat.models import Conversation, Message
from chat.runner import runner
from providers.base import ProviderError
from tests.chat.conftest import text_of
from tests.chat.invariants import broken
from tests.waiting import eventually_async

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_(db):
    def signed_in(user):
        client = Client()
        client.force_login(user)
        return client

    return signed_in


async def nothing_runs():
    await eventually_async(lambda: not runner.running)
    assert not await Message.objects.filter(state="running").aexists()
    assert await sync_to_async(broken)() == []


@pytest.fixture
async def chat(alice, model, says, tab):
    """A chat of alice's with one question and its answer."""
    says("The answer.")
    page = await tab(alice)
    await page.say(type="send", id=0, text="The first question", models=["qwen"])
    return (await page.hear_until("done"))[0]


async def test_two_tabs_ask_at_once_in_one_chat(alice, chat, says, tab):
    says("And so on.")
    left, right = await tab(alice), await tab(alice)
    await asyncio.gather(
        left.say(type="send", id="l", chat=chat["chat"], text="left"),
        right.say(type="send", id="r", chat=chat["chat"], text="right"),
    )
    for page in (left, right):
        assert text_of(await page.hear_until("done", "error")) == "And so on."
    await nothing_runs()
    texts = [message.text async for message in Message.objects.filter(role="user")]
    assert sorted(texts) == ["The first question", "left", "right"]


async def test_the_same_question_from_two_sockets_at_once_is_one(alice, bob, chat, says, tab):
    provider = says("Once.")
    pages = [await tab(alice) for _ in range(4)]
    same = {
        "type": "send",
        "client_id": str(uuid.uuid4()),
        "chat": chat["chat"],
        "text": "Do it once",
        "models": ["qwen"],
    }
    await asyncio.gather(*(page.say(id=number, **same) for number, page in enumerate(pages)))
    heard = [await page.hear_until("done", "error") for page in pages]
    assert {frames[0]["type"] for frames in heard} == {"accepted"}
    assert len({frames[0]["message"] for frames in heard}) == 1
    assert [text_of(frames) for frames in heard] == ["Once."] * 4
    assert [request.messages[-1].content for request in provider.requests] == ["Do it once"]
    await nothing_runs()


async def test_what_is_sent_again_does_not_cost_the_others_their_answers(alice, chat, says, tab, monkeypatch):
    """The batch is stored again one by one then, and with it the sign of life of its process."""
    more = asyncio.Event()
    says("Slow", more, " but sure.")
    page = await tab(alice)
    again = {"type": "send", "client_id": str(uuid.uuid4()), "text": "Again", "models": ["qwen"]}
    await page.say(id=1, **again)
    await page.hear_until("delta")
    await sync_to_async(heartbeat.Process.objects.all().delete)()
    monkeypatch.setattr("chat.heartbeat._beaten", -1e9)
    pages = [await tab(alice) for _ in range(3)]
    fresh = [{"type": "send", "text": f"Fresh {number}", "models": ["qwen"]} for number in range(2)]
    await asyncio.gather(*(page.say(id=2, **frame) for page, frame in zip(pages, [again, *fresh], strict=True)))
    for page in pages:
        await page.hear_until("delta")
    assert await sync_to_async(heartbeat.reap)() == 0
    more.set()
    for page in pages:
        assert (await page.hear_until("done", "error"))[-1]["type"] == "done"
    await nothing_runs()


async def test_another_answer_asked_for_twice_at_once_is_two(alice, chat, says, tab):
    says("Another.")
    left, right = await tab(alice), await tab(alice)
    reply = chat["replies"][0]["message"]
    await asyncio.gather(
        left.say(type="regenerate", id="l", message=reply), right.say(type="regenerate", id="r", message=reply)
    )
    heard = [await page.hear_until("done", "error") for page in (left, right)]
    assert [text_of(frames) for frames in heard] == ["Another."] * 2
    assert await Message.objects.filter(parent=chat["message"]).acount() == 3
    await nothing_runs()


async def test_a_question_is_changed_while_it_is_answered(alice, chat, says, tab):
    more = asyncio.Event()
    says("Long", more, " answer.")
    left, right = await tab(alice), await tab(alice)
    await left.say(type="send", id="l", chat=chat["chat"], text="Tpyo")
    asked = (await left.hear_until("delta"))[0]
    await right.say(type="send", id="r", chat=chat["chat"], edits=asked["message"], text="Typo")
    await right.hear_until("delta")
    more.set()
    for page in (left, right):
        assert (await page.hear_until("done", "error"))[-1]["type"] == "done"
    siblings = Message.objects.filter(parent=asked["parent"], role="user")
    assert [message.text async for message in siblings] == ["Tpyo", "Typo"]
    await nothing_runs()


@pytest.mark.parametrize("then", ["more", "stop"])
async def test_a_chat_is_deleted_while_it_is_answered_and_asked(alice, chat, says, tab, as_, then):
    more = asyncio.Event()
    says("Half", more, " an answer.")
    page, other = await tab(alice), await tab(alice)
    await page.say(type="send", id=1, chat=chat["chat"], text="Go on")
    asked = (await page.hear_until("delta"))[0]
    await other.say(type="send", id=2, chat=chat["chat"], text="And then?")
    await other.hear_until("status")
    gone = await sync_to_async(lambda: as_(alice).delete(f"/api/chats/{chat['chat']}"))()
    assert gone.status_code == 204
    if then == "more":
        more.set()
    else:
        await page.say(type="stop", message=asked["replies"][0]["message"])
    await eventually_async(lambda: not runner.running)
    await page.say(type="ping")
    await page.hear_until("pong")
    assert not await Conversation.objects.aexists()
    assert not await Message.objects.aexists()


async def test_a_branch_is_deleted_while_another_is_written(alice, chat, says, tab, as_):
    more = asyncio.Event()
    says("Half", more, " an answer.")
    page = await tab(alice)
    await page.say(type="regenerate", id=1, message=chat["message"])
    beside = (await page.hear_until("delta"))[0]["replies"][0]["message"]
    first = chat["replies"][0]["message"]
    gone = await sync_to_async(lambda: as_(alice).delete(f"/api/chats/{chat['chat']}/messages/{first}"))()
    assert gone.status_code in (200, 204)
    more.set()
    await page.hear_until("done")
    assert [message.pk async for message in Message.objects.filter(role="assistant")] == [beside]
    await nothing_runs()


async def test_stop_and_continue_at_once(alice, model, says, tab):
    more = asyncio.Event()
    says("Some words", more)
    page, other = await tab(alice), await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    reply = (await page.hear_until("delta"))[0]["replies"][0]["message"]
    await asyncio.gather(other.say(type="continue", id=2, message=reply), page.say(type="stop", message=reply))
    await page.hear_until("done")
    says(" and more.")
    tabs = [await tab(alice), await tab(alice)]
    await asyncio.gather(*(one.say(type="continue", id=3, message=reply) for one in tabs))
    first = [(await one.hear_until("accepted", "error"))[-1] for one in tabs]
    assert sorted(frame["type"] for frame in first) in (["accepted", "error"], ["accepted", "accepted"])
    await nothing_runs()
    assert (await Message.objects.aget(pk=reply)).text.startswith("Some words")


async def test_the_model_server_fails_for_one_of_two_at_once(alice, model, says, tab):
    from providers.models import Model

    await Model.objects.acreate(connection=model.connection, name="other", public_id="other", for_everyone=True)
    says("half", ProviderError("It hung up.", code="cut_off", retryable=True))
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen", "other"])
    frames = await page.hear_until("error")
    while sum(frame["type"] == "error" for frame in frames) < 2:
        frames += await page.hear_until("error")
    await nothing_runs()
    assert await Message.objects.filter(state="failed", text="half").acount() == 2


WRONG = {
    "is an answer to nothing": {"parent": None, "writer": uuid.uuid4()},
    "stands under another": {"role": "user", "writer": uuid.uuid4()},
    "is failed without a reason": {"state": "failed", "writer": uuid.uuid4(), "seq": 2},
    "is complete and empty": {"text": "", "trail": [], "writer": uuid.uuid4(), "seq": 1},
    "the pieces are not the text": {"trail": [3]},
    "the pieces are not the reasoning": {"trail": [4, -2]},
    "is not the last of": {"seq": 1, "writer": uuid.uuid4()},
    "runs, and nobody writes it": {"state": "running", "writer": uuid.uuid4(), "seq": 1},
}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_is_wrong_is_found(alice, sentence):
    chat = Conversation.objects.create(owner=alice)
    question = Message.objects.create(conversation=chat, author=alice, role="user", text="hi")
    fields = {"parent": question, "role": "assistant", "text": "Good", "trail": [4], **WRONG[sentence]}
    reply = Message.objects.create(conversation=chat, **fields)
    assert any(sentence in found for found in broken())
    Message.objects.filter(pk=reply.pk).delete()
    assert broken() == []


def test_a_tree_that_is_none_is_found(alice):
    chat, other = (Conversation.objects.create(owner=alice) for _ in range(2))
    first = Message.objects.create(conversation=chat, author=alice, role="user", text="hi")
    second = Message.objects.create(conversation=chat, parent=first, role="assistant", text="Good", trail=[4])
    chat.show(first)
    assert [f"chat {chat.pk} shows a message that is not the end of its branch"] == broken()
    other.show(second)
    Message.objects.filter(pk=first.pk).update(parent=second)
    found = " ".join(broken())
    assert "stands under itself" in found
    assert "shows a message of another chat" in found
