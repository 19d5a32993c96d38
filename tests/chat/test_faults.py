"""The database held up by somebody else in the middle of an answer: the words go on, and nothing of them is lost."""

import asyncio
import sqlite3
from contextlib import closing, contextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connection

from chat.database import in_database
from chat.models import Message
from chat.runner import runner
from tests.chat.conftest import text_of
from tests.chat.invariants import broken
from tests.waiting import eventually_async

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no lock of the whole database"),
]


@contextmanager
def locked():
    """Another process writes, and does not come to an end."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_words_go_on_while_the_database_is_locked_and_the_end_comes_after(alice, model, says, tab):
    more, end = asyncio.Event(), asyncio.Event()
    says("Some words", more, ", and more of them", end, ".")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    reply = (await page.hear_until("delta"))[0]["replies"][0]["message"]
    with locked():
        more.set()
        assert text_of(await page.hear_until("delta")) == ", and more of them"
        end.set()
        assert text_of(await page.hear_until("delta")) == "."
        assert runner.running == 1, "it has not ended before the end is stored"
    assert (await page.hear_until("done", "error"))[-1]["type"] == "done"
    stored = await Message.objects.aget(pk=reply)
    assert (stored.state, stored.text) == ("complete", "Some words, and more of them.")
    assert await sync_to_async(broken)() == []


async def test_an_end_that_cannot_be_stored_is_stored_later(alice, model, says, tab, caplog, monkeypatch):
    end = asyncio.Event()
    says("Some words", end, ".")
    page = await tab(alice)
    await page.say(type="send", id=1, text="hi", models=["qwen"])
    reply = (await page.hear_until("delta"))[0]["replies"][0]["message"]
    await in_database(impatient)
    with locked():
        end.set()
        await eventually_async(lambda: caplog.text.count("could not be stored") > 1, seconds=30)
    await page.hear_until("done", "error")
    await eventually_async(lambda: not runner.running)
    stored = await Message.objects.aget(pk=reply)
    assert (stored.state, stored.text) == ("complete", "Some words.")
    assert await sync_to_async(broken)() == []


def impatient():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 20")
