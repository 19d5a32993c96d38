"""The socket: what was asked is stored first, what is written arrives once, and nobody reaches another's chat."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from chat.models import Conversation, Message
from providers.base import ProviderError, ReasoningPiece
from tests.chat.conftest import Tab, text_of

pytestmark = pytest.mark.django_db(transaction=True)


async def test_alice_asks_and_reads_the_answer(alice, model, says, tab):
    provider = says("Hello", " world", usage=(5, 2))
    page = await tab(alice)
    await page.say(type="send", id="x1", chat=None, parent=None, text="hi", models=["qwen"])
    frames = await page.hear_until("done")

    accepted = frames[0]
    assert (accepted["type"], accepted["id"]) == ("accepted", "x1")
    reply = accepted["replies"][0]
    assert reply["model"] == "qwen"
    rest = [frame for frame in frames[1:] if frame.get("message") == reply["message"]]
    assert [frame["seq"] for frame in rest] == list(range(1, len(rest) + 1))
    assert text_of(frames) == "Hello world"
    assert frames[-1]["finish_reason"] == "stop"
    assert frames[-1]["usage"]["completion_tokens"] == 2
    assert [message.content for message in provider.requests[0].messages] == ["hi"]

    stored = await Message.objects.aget(pk=reply["message"])
    assert (stored.text, stored.state, stored.seq) == ("Hello world", "complete", rest[-1]["seq"])
    chat = await Conversation.objects.aget(pk=accepted["chat"])
    assert (chat.title, chat.owner_id, chat.active_id) == ("hi", alice.pk, stored.pk)


async def test_a_second_question_carries_the_first(alice, model, says, tab):
    provider = says("Paris.")
    page = await tab(alice)
    await page.say(type="send", id=1, text="Capital of France?", models=["qwen"])
    first = (await page.hear_until("done"))[0]
    await page.say(type="send", id=2, chat=first["chat"], text="And its river?", models=["qwen"])
    await page.hear_until("done")
    told = [(message.role, message.content) for message in provider.requests[1].messages]
    assert told == [("user", "Capital of France?"), ("assistant", "Paris."), ("user", "And its river?")]


async def test_a_resend_of_the_same_client_id_is_one_message(alice, model, says, tab):
    provider = says("once")
    page = await tab(alice)
    same = {"type": "send", "client_id": str(uuid.uuid4()), "text": "hi", "models": ["qwen"]}
    await page.say(id=1, **same)
    first = await page.hear_until("done")
    await page.say(id=2, **same)
    second = await page.hear_until("done")
    assert second[0]["message"] == first[0]["message"]
    assert second[0]["replies"] == first[0]["replies"]
    assert text_of(second) == "once"
    assert len(provider.requests) == 1
    assert await Message.objects.acount() == 2


async def test_stop_keeps_what_had_arrived_and_hangs_up(alice, model, says, tab):
    provider = says("some text", asyncio.Event(), "never")
    page, other = await tab(alice), await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    reply = (await page.hear_until("delta"))[0]["replies"][0]["message"]
    await other.say(type="stop", message=reply)
    end = (await page.hear_until("done", "error"))[-1]
    assert (end["type"], end["finish_reason"]) == ("done", "stopped")
    stored = await Message.objects.aget(pk=reply)
    assert (stored.state, stored.text) == ("stopped", "some text")
    assert provider.closed_early == 1


async def test_a_stop_asked_for_in_another_process_is_heard(alice, model, says, tab):
    says("some text", asyncio.Event())
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    reply = (await page.hear_until("delta"))[0]["replies"][0]["message"]
    await Message.objects.filter(pk=reply).aupdate(stop_requested=True)
    assert (await page.hear_until("done"))[-1]["finish_reason"] == "stopped"


async def test_the_answer_goes_on_when_the_tab_is_closed_and_another_resumes_it(alice, model, says, tab):
    more = asyncio.Event()
    says("first ", more, "second")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    heard = await page.hear_until("delta")
    reply, seen = heard[0]["replies"][0]["message"], heard[-1]["seq"]
    await page.close()
    again = await tab(alice)
    await again.say(type="resume", message=reply, after=seen)
    more.set()
    rest = await again.hear_until("done")
    assert [frame["seq"] for frame in rest] == list(range(seen + 1, seen + 1 + len(rest)))
    assert text_of(heard) + text_of(rest) == "first second"


async def test_a_tab_that_resumes_twice_hears_everything_once(alice, model, says, tab):
    more = asyncio.Event()
    says("first ", more, "second")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    heard = await page.hear_until("delta")
    reply, seen = heard[0]["replies"][0]["message"], heard[-1]["seq"]
    for _again in range(3):
        await page.say(type="resume", message=reply, after=seen)
    await page.say(type="ping")
    await page.hear_until("pong")
    more.set()
    assert text_of(await page.hear_until("done")) == "second"
    assert await page.socket.receive_nothing(0.2)


async def test_a_finished_answer_is_replayed_from_the_database(alice, model, says, tab):
    says(ReasoningPiece(text="think"), "a", "b")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    live = await page.hear_until("done")
    await page.say(type="resume", message=live[0]["replies"][0]["message"], after=1)
    replayed = await page.hear_until("done")
    assert replayed == [frame for frame in live if frame.get("seq", 0) > 1]


async def test_a_failing_server_is_told_in_words_and_the_text_is_kept(alice, model, says, tab):
    says("half", ProviderError("The model server hung up.", code="cut_off", retryable=True))
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    end = (await page.hear_until("error"))[-1]
    assert (end["code"], end["detail"], end["retryable"]) == ("cut_off", "The model server hung up.", True)
    stored = await Message.objects.aget(pk=end["message"])
    assert (stored.state, stored.text) == ("failed", "half")


async def test_an_answer_without_a_living_process_ends_as_interrupted(alice, model, says, tab, monkeypatch):
    from datetime import timedelta

    from django.utils import timezone

    from chat.models import Process

    chat = await Conversation.objects.acreate(owner=alice)
    monkeypatch.setattr("chat.heartbeat.WATCHED", 0.0)
    dead = await Process.objects.acreate(pk=uuid.uuid4(), beat_at=timezone.now() - timedelta(minutes=1))
    lost = await Message.objects.acreate(
        conversation=chat, role="assistant", state="running", text="kept", trail=[4], seq=1, writer=dead.pk
    )
    page = await tab(alice)
    await page.say(type="resume", message=lost.pk, after=0)
    frames = await page.hear_until("error")
    assert text_of(frames) == "kept"
    assert frames[-1]["code"] == "interrupted"
    await lost.arefresh_from_db()
    assert lost.state == "interrupted"


async def test_regenerate_writes_a_sibling(alice, model, says, tab):
    says("one")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    first = (await page.hear_until("done"))[0]
    says("two")
    await page.say(type="regenerate", id=2, message=first["replies"][0]["message"])
    second = await page.hear_until("done")
    assert text_of(second) == "two"
    assert second[0]["message"] == first["message"]
    parents = [message.parent_id async for message in Message.objects.filter(role="assistant")]
    assert parents == [first["message"]] * 2


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "resume", "after": 0},
        {"type": "stop"},
        {"type": "regenerate", "id": 5},
    ],
)
async def test_bob_cannot_touch_alices_message(alice, bob, model, says, tab, frame):
    says("secret", asyncio.Event())
    page, foreign = await tab(alice), await tab(bob)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    reply = (await page.hear_until("delta"))[0]["replies"][0]["message"]
    await foreign.say(**frame, message=reply)
    answer = await foreign.hear()
    assert (answer["type"], answer["code"]) == ("error", "not_found")
    assert (await Message.objects.aget(pk=reply)).state == "running"


async def test_bob_cannot_write_into_alices_chat_or_use_her_library(alice, bob, model, says, tab):
    from knowledge.models import Library

    says("x")
    chat = await Conversation.objects.acreate(owner=alice)
    library = await Library.objects.acreate(owner=alice, name="Private")
    page = await tab(bob)
    await page.say(type="send", id=1, chat=str(chat.pk), text="hi", models=["qwen"])
    assert (await page.hear())["code"] == "not_found"
    await page.say(type="send", id=2, text="hi", models=["qwen"], libraries=[str(library.pk)])
    assert (await page.hear())["code"] == "not_found"
    assert not await Message.objects.aexists()


async def test_a_model_that_is_not_allowed_is_refused_for_new_and_old_chats(alice, model, says, tab):
    says("x")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    reply = (await page.hear_until("done"))[0]["replies"][0]["message"]
    model.for_everyone = False
    await model.asave()
    await page.say(type="send", id=2, text="hi", models=["qwen"])
    assert (await page.hear())["code"] == "not_allowed"
    await page.say(type="regenerate", id=3, message=reply)
    assert (await page.hear())["code"] == "not_allowed"
    await page.say(type="send", id=4, text="hi", models=["no such model"])
    unknown = await page.hear()
    assert unknown["code"] == "not_allowed"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", "bad_frame"),
        ("[1,2]", "bad_frame"),
        ('{"type":"no such"}', "bad_frame"),
        ('{"type":"send","id":3,"text":""}', "bad_frame"),
        ('{"type":"send","text":"' + "x" * 100_001 + '"}', "too_large"),
        ('{"type":"stop","message":"abc"}', "bad_frame"),
        ('{"type":"stop","message":99999999999999999999999}', "bad_frame"),
        ("[" * 100_000, "bad_frame"),
    ],
)
async def test_a_malformed_frame_gets_an_error_and_the_socket_stays_open(alice, model, says, tab, text, code):
    page = await tab(alice)
    await page.socket.send_to(text_data=text)
    assert (await page.hear())["code"] == code
    await page.say(type="ping")
    assert (await page.hear())["type"] == "pong"


async def test_a_binary_frame_gets_an_error(alice, tab):
    page = await tab(alice)
    await page.socket.send_to(bytes_data=b"\x00\xff")
    assert (await page.hear())["code"] == "bad_frame"


async def test_strangers_other_origins_and_unknown_addresses_get_no_socket(alice):
    from webui.asgi import application

    nobody = WebsocketCommunicator(application, "/ws/chat/", headers=[(b"origin", b"http://localhost")])
    assert (await nobody.connect())[0] is False
    foreign = await sync_to_async(Tab)(alice, origin=(b"origin", b"http://evil.example"))
    assert await foreign.open() is False
    silent = await sync_to_async(Tab)(alice, origin=None)
    assert await silent.open() is False
    lost = WebsocketCommunicator(application, "/ws/nothing/", headers=[(b"origin", b"http://localhost")])
    assert (await lost.connect())[0] is False


async def test_a_disabled_person_is_put_out_at_the_next_word(alice, model, says, tab):
    says("x")
    page = await tab(alice)
    alice.is_active = False
    await alice.asave()
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    closed = await page.socket.receive_output(5)
    assert (closed["type"], closed["code"]) == ("websocket.close", 4401)
    assert not await Message.objects.aexists()


@pytest.mark.titles
async def test_the_title_is_written_after_the_first_answer_and_told_to_open_pages(alice, model, says, tab):
    says("Trip to Paris\nmore")
    page = await tab(alice)
    await page.say(type="send", id=1, text="I want to travel somewhere nice", models=["qwen"])
    titled = (await page.hear_until("chat"))[-1]
    assert titled["title"] == "Trip to Paris"
    chat = await Conversation.objects.aget(pk=titled["chat"])
    assert chat.title == "Trip to Paris"


async def test_an_idle_tab_is_closed_soon_after_sign_out(alice, model, says, tab, monkeypatch):
    from django.contrib.sessions.models import Session

    monkeypatch.setattr("chat.presence.LOOK", 0.05)
    page = await tab(alice)
    await Session.objects.all().adelete()
    closed = await page.socket.receive_output(5)
    assert (closed["type"], closed["code"]) == ("websocket.close", 4401)


async def test_errors_come_in_the_persons_language(alice, model, says, tab):
    alice.language = "zh-hans"
    await alice.asave()
    page = await tab(alice)
    await page.say(type="send", id=1, chat=str(uuid.uuid4()), text="hi", models=["qwen"])
    detail = (await page.hear())["detail"]
    assert detail == "没有这个对话。"


async def test_a_stop_during_the_last_store_still_ends_the_answer(alice, model, says, tab, monkeypatch):
    """The race that would leave a cursor for ever: cancelled between the last word and its row."""
    import threading

    from chat import kept

    storing_now, go_on = threading.Event(), threading.Event()
    end = kept._store

    def slow_end(endings):
        storing_now.set()
        go_on.wait(5)
        end(endings)

    monkeypatch.setattr("chat.kept._store", slow_end)
    says("all of it")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    reply = (await page.hear_until("delta"))[0]["replies"][0]["message"]
    await asyncio.to_thread(storing_now.wait, 5)
    next(task for task in asyncio.all_tasks() if task.get_name() == f"reply {reply}").cancel("stopped")
    go_on.set()
    assert (await page.hear_until("done"))[-1]["finish_reason"] == "stop"
    assert (await Message.objects.aget(pk=reply)).state == "complete"
