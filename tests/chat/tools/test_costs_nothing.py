"""Tools that nobody chose cost a turn no query, no write and no byte of its prompt."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.database import in_database
from tests.chat.tools.conftest import ids

pytestmark = pytest.mark.django_db(transaction=True)


async def turn(page, provider, **more):
    queries = CaptureQueriesContext(connection)
    await in_database(queries.__enter__)
    client_id = str(uuid.uuid4())
    await page.say(type="send", id=1, client_id=client_id, text="Hi", models=["qwen"], **more)
    await page.hear_until("done")
    told = [query["sql"] for query in await in_database(lambda: queries.captured_queries)]
    await in_database(queries.__exit__, None, None, None)
    return told, provider.requests[-1]


async def test_a_turn_without_tools_is_the_same_whether_there_are_any(alice, able, office, plays, tab):
    provider = plays(["Hello.", "stop"])
    page = await tab(alice)
    without, bare = await turn(page, provider)
    assert not [sql for sql in without if "tool" in sql.lower()]
    assert "tools" not in bare.params
    await in_database(office.delete)
    again, same = await turn(page, provider)
    assert [message.content for message in same.messages] == [message.content for message in bare.messages]
    assert bare.params == same.params
    assert not [sql for sql in again if "tool" in sql.lower()]


async def test_tools_of_a_chat_are_known_to_its_page(alice, able, office, ran, plays, tab):
    from asgiref.sync import sync_to_async

    from chat.models import Conversation
    from chat.tree import branch_page

    plays(["Hello.", "stop"])
    page = await tab(alice)
    chosen = await sync_to_async(ids)(office)
    await page.say(type="send", id=1, text="Hi", models=["qwen"], tools=chosen)
    await page.hear_until("done")
    shown = await sync_to_async(lambda: branch_page(Conversation.objects.get()).messages)()
    assert shown[-1]["origin"]["tools"] == chosen
    assert shown[-1]["calls"] == []


async def test_descriptions_of_tools_stand_in_the_account_and_take_room(alice, able, office, ran, plays, tab):
    from asgiref.sync import sync_to_async

    from chat.account import account_of
    from chat.models import Message

    page = await tab(alice)
    await turn(page, plays(["Hello.", "stop"]))
    await page.say(type="send", id=1, text="Hi", models=["qwen"], tools=await sync_to_async(ids)(office))
    await page.hear_until("done")
    plain, tooled = await sync_to_async(list)(Message.objects.filter(role="assistant").order_by("pk"))
    account = await sync_to_async(account_of)(tooled)
    (part,) = [part for part in account["parts"] if part["kind"] == "tools"]
    assert part["tokens"] > 50
    assert part["items"][0]["text"].split() == ["look_up", "note", "shred"]
    assert account["estimate"] == plain.ledger["estimate"] + part["tokens"]
    assert "tools" not in plain.ledger
