"""An answer that the database refuses for what is in it is stored with a sentence, and holds up no other."""

import asyncio
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection

from chat import heartbeat, kept
from chat.models import Conversation, Message
from chat.rows import Ending
from providers import budgets
from tests.chat.invariants import broken
from tests.waiting import eventually_async
from webui.live import Record

pytestmark = pytest.mark.django_db(transaction=True)
SENTENCE = "The database did not take this answer as it was. What it took of it is kept."


@pytest.fixture
def superstitious(transactional_db):
    """A database that takes no text with the word 'curse' in it."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if sqlite:
            cursor.execute(
                "CREATE TRIGGER superstition BEFORE UPDATE ON chat_message WHEN NEW.text LIKE '%curse%'"
                " BEGIN SELECT RAISE(ABORT, 'no such words'); END"
            )
        else:
            cursor.execute("ALTER TABLE chat_message ADD CONSTRAINT superstition CHECK (text NOT LIKE '%curse%')")
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER superstition" if sqlite else "ALTER TABLE chat_message DROP CONSTRAINT superstition"
        )


@pytest.fixture
def running(alice):
    """Answers of this process that are being written, of which nothing is stored yet."""
    heartbeat.beat()
    chat = Conversation.objects.create(owner=alice)

    def begin(text, **more):
        reply = Message.objects.create(conversation=chat, role="assistant", state="running", writer=heartbeat.ME)
        record = Record(message=reply.pk, text=text, trail=[len(text)] if text else [])
        return Ending(record=record, frame={"type": "done"}, state="complete", **more)

    return begin


def stored(ending):
    row = Message.objects.get(pk=ending.record.message)
    assert (row.writer is None) == (row.state != "running")
    return row.state, row.text, row.error_detail


def test_one_that_is_refused_holds_up_no_other_and_says_so(running, superstitious, caplog):
    fine, cursed, also = running("fine"), running("a curse"), running("also fine")
    refused = set()
    kept.save([ending.record for ending in (fine, cursed, also)], refused)
    assert refused == {cursed.record.message}
    assert [stored(ending)[1] for ending in (fine, cursed, also)] == ["fine", "", "also fine"]
    kept.save([cursed.record], refused)
    assert caplog.text.count("does not take") == 1, "once is enough"
    told = kept.end([fine, cursed, also])
    assert [one.frame["type"] for one in told] == ["done", "error", "done"]
    assert told[1].frame["detail"] == SENTENCE
    assert stored(fine) == ("complete", "fine", "")
    assert stored(cursed) == ("failed", "", SENTENCE)
    assert stored(also) == ("complete", "also fine", "")
    assert "curse" not in caplog.text


@pytest.mark.parametrize("text", ["half \ud83d of a sign", "a \0 in it"])
def test_what_no_database_takes_is_left_out_and_the_text_is_kept(running, text):
    if "\0" in text and connection.vendor == "sqlite":
        pytest.skip("SQLite takes it")
    (told,) = kept.end([running(text)])
    assert stored(told) == ("failed", text.replace("\ud83d", "\ufffd").replace("\0", "\ufffd"), SENTENCE)


def test_what_such_an_answer_used_is_counted_all_the_same(running, superstitious, monkeypatch):
    settled = []
    monkeypatch.setattr(budgets, "settle_all", lambda claims: settled.extend(list(claims)))
    kept.end([replace(running("a curse"), claim="its claim", used=7)])
    assert settled[-1] == ("its claim", 7)


def test_one_that_is_away_is_asked_again(running, monkeypatch):
    def away(_rows):
        raise OperationalError("server closed the connection unexpectedly")

    ending = running("fine")
    monkeypatch.setattr("chat.kept.rows.end", away)
    with pytest.raises(OperationalError):
        kept.end([ending])
    assert stored(ending)[0] == "running"


async def test_alice_reads_what_became_of_it_and_her_next_answer_is_whole(alice, model, says, tab, superstitious):
    more = asyncio.Event()
    says("Some words", more, " and a curse.")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    reply = (await page.hear_until("delta"))[0]["replies"][0]["message"]
    row = Message.objects.filter(pk=reply)
    await eventually_async(row.filter(text="Some words").aexists)
    more.set()
    end = (await page.hear_until("done", "error"))[-1]
    assert (end["type"], end["detail"]) == ("error", SENTENCE)
    found = await row.aget()
    assert (found.state, found.text, found.error_detail) == ("failed", "Some words", SENTENCE)
    assert await sync_to_async(broken)() == []
    says("All is well.")
    await page.say(type="send", id=2, text="again", models=["qwen"])
    assert (await page.hear_until("done", "error"))[-1]["type"] == "done"
