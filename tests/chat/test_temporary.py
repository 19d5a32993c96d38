"""A temporary chat is answered like any other and leaves nothing behind: no row, no word in the database or a log."""

import logging

import pytest
from django.db import connection

from chat.models import Conversation, Message, Source
from knowledge.passages import Passage
from providers.base import ProviderError
from providers.models import Limit, Reservation
from tests.chat.conftest import text_of
from tests.waiting import eventually_async

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "xylophone zeppelin quokka"


def question(text, **more):
    return {"type": "temporary", "id": "1", "text": text, "models": ["qwen"], **more}


async def test_what_was_said_goes_along_and_comes_back_and_is_nowhere(tab, alice, model, says, caplog):
    caplog.set_level(logging.DEBUG)
    provider = says(f"You said {WORDS}.", usage=(7, 3))
    page = await tab(alice)
    said = [{"role": "user", "text": "hello"}, {"role": "assistant", "text": "hi"}]
    await page.say(**question(WORDS, said=said))
    accepted = (await page.hear_until("accepted"))[-1]
    frames = await page.hear_until("done")
    assert accepted["chat"] is None
    assert accepted["replies"][0]["message"] < 0
    assert text_of(frames) == f"You said {WORDS}."
    assert [one.content for one in provider.requests[0].messages] == ["hello", "hi", WORDS]
    assert not await Conversation.objects.aexists()
    assert not await Message.objects.aexists()
    assert "quokka" not in caplog.text
    stored = await _everything_stored()
    assert "alice@example.org" in stored
    assert not [word for word in WORDS.split() if word in stored]


async def test_its_settings_are_followed_and_stored_as_little(tab, alice, model, says):
    provider = says("Yes.")
    page = await tab(alice)
    settings = {"params": {"temperature": 0.2, "seed": 7}, "system": "Be brief. quokka"}
    await page.say(**question("hi", settings=settings, params={"seed": 8}))
    await page.hear_until("done")
    (request,) = provider.requests
    assert [(one.role, one.content) for one in request.messages] == [("system", "Be brief. quokka"), ("user", "hi")]
    assert request.params == {"temperature": 0.2, "seed": 8}
    assert "quokka" not in await _everything_stored()


async def _everything_stored():
    """All text that stands in the database, as one string."""
    from chat.database import in_database

    def dump():
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            return "\n".join(connection.connection.iterdump())
        with connection.cursor() as cursor:
            rows = []
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                rows += [row for (row,) in cursor.fetchall()]
            return "\n".join(rows)

    return await in_database(dump)


async def test_it_is_stopped_by_the_tab_that_asked(tab, alice, model, says):
    import asyncio

    says("Half", asyncio.Event(), " never")
    page = await tab(alice)
    await page.say(**question("hi"))
    await page.hear_until("delta")
    other = await tab(alice)
    await other.say(type="stop", id=2, message=-1)
    accepted = -1
    await page.say(type="stop", id=2, message=accepted)
    await page.say(**question("again"))
    number = (await page.hear_until("accepted"))[-1]["replies"][0]["message"]
    await page.hear_until("delta")
    await page.say(type="stop", id=3, message=number)
    assert (await page.hear_until("done"))[-1]["finish_reason"] == "stopped"


async def test_it_ends_with_its_tab_and_frees_what_it_held(tab, alice, model, says):
    import asyncio

    await Limit.objects.acreate(for_everyone=True, tokens_day=5000)
    provider = says("Half", asyncio.Event())
    page = await tab(alice)
    await page.say(**question("hi"))
    await page.hear_until("delta")
    assert await Reservation.objects.aexists()
    await page.close()

    async def is_free():
        return provider.closed_early == 1 and not await Reservation.objects.aexists()

    await eventually_async(is_free)


async def test_limits_and_rights_hold_for_it(tab, alice, model, says):
    says("Hello")
    page = await tab(alice)
    await Limit.objects.acreate(for_everyone=True, tokens_day=0)
    await page.say(**question("hi"))
    assert (await page.hear_until("error"))[-1]["code"] == "over_budget"
    await page.say(**question("hi", models=["hidden"]))
    assert (await page.hear_until("error"))[-1]["code"] == "not_allowed"


async def test_a_failure_is_told_and_says_nothing_of_the_words(tab, alice, model, says, caplog):
    says(ProviderError("The model server is busy.", code="overloaded"))
    page = await tab(alice)
    await page.say(**question(WORDS))
    assert (await page.hear_until("error"))[-1]["detail"] == "The model server is busy."
    says(RuntimeError(WORDS))
    await page.say(**question(WORDS))
    assert (await page.hear_until("error"))[-1]["code"] == "internal"
    assert "quokka" not in caplog.text


async def test_passages_are_shown_and_not_stored(tab, alice, model, says, monkeypatch):
    from knowledge.models import Library

    says("It is 5 [1].")
    library = await Library.objects.acreate(owner=alice, name="Handbook")

    async def found(self, question, libraries, said=()):
        return [Passage(text="The limit is 5.", title="Handbook", score=0.9)]

    monkeypatch.setattr("chat.retrieving.PersonsRetriever.in_libraries", found)
    page = await tab(alice)
    await page.say(**question("limit?", libraries=[str(library.pk)], web_search=True))
    frames = await page.hear_until("done")
    shown = next(frame for frame in frames if frame["type"] == "sources")
    assert [source["text"] for source in shown["sources"]] == ["The limit is 5."]
    assert not await Source.objects.aexists()
