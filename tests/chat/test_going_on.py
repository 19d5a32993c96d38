"""What happens around an answer that runs: questions behind it, its continuation, other tabs, and messages that go."""

import asyncio
import json
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.asking import Asked, Sent, SignedOut, ask_all
from chat.commands import parse_command
from chat.models import Conversation, Message
from chat.rethinking import settled
from providers.base import ProviderError, RethinkPiece
from tests.chat.conftest import text_of
from tests.waiting import eventually_async
from webui.live import Record

pytestmark = pytest.mark.django_db(transaction=True)


async def asked(page, text="hi", **frame):
    """Ask, and hear on until the first words."""
    await page.say(type="send", id=text, text=text, models=["qwen"], **frame)
    return (await page.hear_until("delta"))[0]


async def test_a_question_sent_while_an_answer_runs_waits_for_it(alice, model, says, tab):
    more = asyncio.Event()
    provider = says("one ", more, "two")
    page = await tab(alice)
    first = await asked(page)
    await page.say(type="send", id="later", text="and then?", chat=first["chat"], models=["qwen"])
    accepted = (await page.hear_until("accepted"))[-1]
    assert accepted["parent"] == first["replies"][0]["message"]
    queued = (await page.hear_until("status"))[-1]
    assert (queued["stage"], queued["message"]) == ("queued", accepted["replies"][0]["message"])
    assert len(provider.requests) == 1
    more.set()
    ends = [(await page.hear_until("done"))[-1]["message"] for _answer in range(2)]
    assert ends == [first["replies"][0]["message"], accepted["replies"][0]["message"]]
    told = [message.content for message in provider.requests[1].messages]
    assert told == ["hi", "one two", "and then?"]


async def test_stopping_the_answer_above_lets_the_waiting_one_go(alice, model, says, tab):
    provider = says("half", asyncio.Event())
    page = await tab(alice)
    first = await asked(page)
    await page.say(type="send", id="later", text="never mind, this", chat=first["chat"], models=["qwen"])
    await page.hear_until("status")
    says("answered")
    await page.say(type="stop", message=first["replies"][0]["message"])
    frames = await page.hear_until("done") + await page.hear_until("done")
    assert text_of(frames) == "answered"
    assert provider.closed_early == 1


async def test_a_waiting_question_can_be_taken_back(alice, model, says, tab):
    says("half", asyncio.Event())
    page = await tab(alice)
    first = await asked(page)
    await page.say(type="send", id="later", text="no", chat=first["chat"], models=["qwen"])
    waiting = (await page.hear_until("status"))[-1]["message"]
    await page.say(type="stop", message=waiting)
    end = (await page.hear_until("done"))[-1]
    assert (end["message"], end["finish_reason"]) == (waiting, "stopped")
    assert (await Message.objects.aget(pk=first["replies"][0]["message"])).state == "running"


async def test_a_cut_answer_goes_on_in_the_same_message(alice, model, says, tab):
    says("The sea is wide and ", ProviderError("It hung up.", code="cut_off", retryable=True))
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    heard = await page.hear_until("error")
    reply, seen = heard[-1]["message"], heard[-1]["seq"]
    provider = says("wide and ", "very deep.")
    await page.say(type="continue", id=2, message=reply)
    frames = await page.hear_until("done")
    assert frames[0]["replies"] == [{"message": reply, "model": "qwen"}]
    rest = [frame for frame in frames if frame.get("message") == reply]
    assert [frame["seq"] for frame in rest] == list(range(seen + 1, seen + 1 + len(rest)))
    assert text_of(heard) + text_of(frames) == "The sea is wide and very deep."
    told = [(message.role, message.content) for message in provider.requests[0].messages]
    assert told[:2] == [("user", "hi"), ("assistant", "The sea is wide and ")]
    stored = await Message.objects.aget(pk=reply)
    assert (stored.state, stored.error_code, stored.text) == ("complete", "", "The sea is wide and very deep.")
    assert await Message.objects.acount() == 2

    await page.say(type="resume", message=reply, after=0)
    replayed = await page.hear_until("done")
    assert [frame["seq"] for frame in replayed] == list(range(1, rest[-1]["seq"] + 1))
    assert text_of(replayed) == stored.text


async def test_what_cannot_be_continued_says_why(alice, bob, model, says, tab):
    says("whole")
    page, foreign = await tab(alice), await tab(bob)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    first = (await page.hear_until("done"))[0]
    reply = first["replies"][0]["message"]
    await foreign.say(type="continue", id=3, message=reply)
    assert (await foreign.hear())["code"] == "not_found"
    await page.say(type="continue", id=4, message=first["message"])
    assert "no text" in (await page.hear())["detail"]
    await page.say(type="send", id=5, chat=first["chat"], text="more", models=["qwen"])
    await page.hear_until("done")
    await page.say(type="continue", id=6, message=reply)
    assert "replied" in (await page.hear())["detail"]


async def test_another_tab_learns_of_a_question_and_of_its_end(alice, bob, model, says, tab):
    more = asyncio.Event()
    says("one ", more, "two")
    page, other, plain = await tab(alice), await tab(alice, notices=True), await tab(alice)
    foreign = await tab(bob, notices=True)
    first = await asked(page)
    notice = await other.hear()
    assert (notice["type"], notice["chat"]) == ("chat", first["chat"])
    assert (notice["running"], notice["changed"]) == (True, True)
    more.set()
    notice = await other.hear()
    assert (notice["running"], notice["changed"]) == (False, False)
    assert await plain.socket.receive_nothing(0.1)
    assert await foreign.socket.receive_nothing(0.1)


async def test_a_chat_that_is_deleted_stops_what_is_written_in_it(alice, model, says, tab):
    provider = says("half", asyncio.Event())
    page = await tab(alice)
    first = await asked(page)
    client = await sync_to_async(_signed_in)(alice)
    assert (await sync_to_async(client.delete)(f"/api/chats/{first['chat']}")).status_code == 204
    await page.hear_until("done")
    assert provider.closed_early == 1
    assert not await Message.objects.aexists()


async def test_a_deleted_message_takes_what_follows_with_it(alice, bob, model, says, tab):
    says("an answer")
    page = await tab(alice)
    await page.say(type="send", id=1, text="one", models=["qwen"])
    first = (await page.hear_until("done"))[0]
    await page.say(type="send", id=2, chat=first["chat"], text="two", models=["qwen"])
    second = (await page.hear_until("done"))[0]
    path = f"/api/chats/{first['chat']}/messages/{second['message']}"
    assert (await sync_to_async((await sync_to_async(_signed_in)(bob)).delete)(path)).status_code == 404
    client = await sync_to_async(_signed_in)(alice)
    assert (await sync_to_async(client.delete)(path)).status_code == 204
    left = {message.pk async for message in Message.objects.all()}
    assert left == {first["message"], first["replies"][0]["message"]}
    assert (await Conversation.objects.aget()).active_id == first["replies"][0]["message"]


async def test_a_page_that_saw_words_which_died_is_told_to_fetch_what_is_stored(alice, model, says, tab):
    chat = await Conversation.objects.acreate(owner=alice)
    cut = {"state": "interrupted", "error_code": "interrupted", "text": "kept", "trail": [4], "seq": 1}
    lost = await Message.objects.acreate(conversation=chat, role="assistant", **cut)
    page = await tab(alice)
    await page.say(type="resume", message=lost.pk, after=40)
    frames = await page.hear_until("error")
    assert frames[0] == {"type": "chat", "chat": str(chat.pk), "title": "", "changed": True}
    assert frames[-1]["code"] == "interrupted"


async def test_a_long_conversation_begins_the_same_way_from_turn_to_turn(alice, model, says, tab):
    model.window = 600
    await model.asave()
    provider = says("word " * 60)
    page = await tab(alice)
    chat = None
    for turn in range(12):
        await page.say(type="send", id=turn, chat=chat, text=f"question {turn}", models=["qwen"])
        chat = (await page.hear_until("done"))[0]["chat"]
    begins = [request.messages[0].content for request in provider.requests]
    assert begins[0] == "question 0"
    assert begins[-1] != "question 0"
    # A server's cache of the beginning is of use for several turns before the prompt moves on.
    assert len(set(begins)) <= 6
    assert all(request.messages[-1].content == f"question {turn}" for turn, request in enumerate(provider.requests))


@pytest.mark.django_db(transaction=True)
def test_many_questions_in_one_transaction_keep_apart(alice, bob, model):
    def sent(client, user, **fields):
        frame = {"type": "send", "client_id": str(uuid.uuid4()), "text": "hi", "models": ["qwen"], **fields}
        command = parse_command(json.dumps(frame))
        return Sent(user_id=user.pk, session_key=client.session.session_key, language="en", command=command)

    alices, bobs = _signed_in(alice), _signed_in(bob)
    chat = Conversation.objects.create(owner=alice)
    same = str(uuid.uuid4())
    outcomes = ask_all(
        [
            sent(alices, alice, chat=str(chat.pk), text="one"),
            sent(bobs, bob, chat=str(chat.pk)),
            sent(alices, alice, chat=str(chat.pk), text="two"),
            sent(alices, bob),
            sent(bobs, bob, models=["no such model"]),
            sent(bobs, bob, client_id=same),
            sent(bobs, bob, client_id=same),
        ]
    )
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == ["Asked", "CommandRejected", "Asked", "Asked", "CommandRejected", "Asked", "Asked"]
    one, two = outcomes[0], outcomes[2]
    assert two.question.parent_id == one.replies[0].pk
    assert outcomes[6].question.pk == outcomes[5].question.pk
    assert [outcome.fresh for outcome in outcomes if isinstance(outcome, Asked)] == [True, True, True, True, False]
    chat.refresh_from_db()
    assert chat.active_id == two.replies[0].pk

    bobs.logout()
    stranger = Sent(user_id=bob.pk, session_key="gone", language="en", command=sent(alices, bob).command)
    assert isinstance(ask_all([stranger])[0], SignedOut)
    with CaptureQueriesContext(connection) as asked:
        ask_all([sent(alices, alice) for _ in range(40)])
    statements = [query["sql"].split()[0] for query in asked]
    assert statements.count("COMMIT") == 1
    assert statements.count("SELECT") < 10


async def test_the_reaper_ends_what_dead_processes_left_and_spares_the_living(alice, model, says, tab, monkeypatch):
    from chat import heartbeat

    more = asyncio.Event()
    says("one ", more, "two")
    page = await tab(alice)
    first = await asked(page)
    reply = first["replies"][0]["message"]
    assert await sync_to_async(heartbeat.reap)() == 0
    monkeypatch.setattr("chat.heartbeat.SILENT", -1.0)  # as if long ago
    monkeypatch.setattr("chat.heartbeat.WATCHED", 0.0)
    assert await sync_to_async(heartbeat.reap)() == 1
    assert (await Message.objects.aget(pk=reply)).state == "interrupted"
    # It was alive after all: its end counts.
    more.set()
    assert text_of(await page.hear_until("done")) == "two"

    async def whole():
        stored = await Message.objects.aget(pk=reply)
        return (stored.state, stored.text, stored.error_code) == ("complete", "one two", "")

    await eventually_async(whole)


async def test_thinking_that_came_without_its_opening_tag_is_stored_as_thinking(alice, model, says, tab):
    says("Let me ", "see.", RethinkPiece(), "42", " it is.")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    frames = await page.hear_until("done")
    marks = [frame for frame in frames if frame.get("stage") == "rethought"]
    assert [mark["detail"] for mark in marks] == ["0"]
    reply = frames[-1]["message"]
    stored = await Message.objects.aget(pk=reply)
    assert (stored.reasoning, stored.text) == ("Let me see.", "42 it is.")
    await page.say(type="resume", message=reply, after=0)
    replayed = await page.hear_until("done")
    assert [frame["seq"] for frame in replayed] == [frame["seq"] for frame in frames[1:]]
    assert text_of(replayed) == "42 it is."


def test_what_was_said_before_the_model_began_stays_text():
    trail = [["searching", ""], 5, -2, 4, ["rethought", "5"], 3]
    kept = settled(Record(message=1, text="said:hmm.end", reasoning="ab", trail=trail))
    assert (kept.text, kept.reasoning) == ("said:end", "abhmm.")
    assert [item for item in kept.trail if isinstance(item, int)] == [5, -2, -4, 3]
    assert settled(kept).text == kept.text


async def test_a_checkpoint_that_comes_after_the_end_changes_nothing(alice, model, says, tab):
    from chat import storing
    from chat.runner import runner

    more = asyncio.Event()
    says("one ", more, "two")
    page = await tab(alice)
    reply = (await asked(page))["replies"][0]["message"]
    late = runner.records()
    assert [record.text for record in late] == ["one "]
    more.set()
    await page.hear_until("done")
    await sync_to_async(storing.checkpoint)(late, set())
    stored = await Message.objects.aget(pk=reply)
    assert (stored.state, stored.text) == ("complete", "one two")


async def test_a_tab_forgets_the_answers_it_has_read(alice, model, says, tab):
    from chat import presence

    says("short")
    page = await tab(alice)
    (consumer,) = presence._tabs
    for turn in range(5):
        await page.say(type="send", id=turn, text="hi", models=["qwen"])
        last = (await page.hear_until("done"))[-1]["message"]
    await page.say(type="resume", message=last, after=0)
    assert text_of(await page.hear_until("done")) == "short"
    assert len(consumer.readers) <= 2
    assert len(consumer.following) <= 1


def _signed_in(user):
    client = Client()
    client.force_login(user)
    return client
