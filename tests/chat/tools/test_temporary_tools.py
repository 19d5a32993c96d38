"""Tools in a temporary chat: the same approval, by the tab that asked, and nothing of it is kept."""

import json

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from chat.models import Message, ToolConsent, ToolDecision
from chat.tools import built_in
from providers.models import Tool, ToolServer
from tests.chat.conftest import text_of
from tests.chat.tools.conftest import calls, ids, states

pytestmark = pytest.mark.django_db(transaction=True)


async def asked(page, tools, **more):
    question = {"type": "temporary", "id": "1", "text": "Look it up.", "models": ["qwen"], "tools": tools}
    await page.say(**question, **more)
    return (await page.hear_until("accepted"))[-1]["replies"][0]["message"]


async def waiting(page):
    while True:
        told = [frame for frame in await page.hear_until("status") if frame.get("stage") == "tool"]
        if told and (call := json.loads(told[-1]["detail"]))["state"] == "waiting":
            return call


async def test_alice_is_asked_in_her_tab_and_nothing_is_kept(alice, able, office, ran, plays, tab):
    await Tool.objects.filter(name="look_up").aupdate(policy="ask")
    chosen = await sync_to_async(ids)(office)
    provider = plays(calls("look_up", what="quokka"), ["17 degrees.", "stop"])
    page, other = await tab(alice), await tab(alice)
    answer = await asked(page, chosen)
    call = await waiting(page)
    assert "lasting" not in call
    assert ran == []
    for one, choice in ((other, "once"), (page, "chat")):
        await one.say(type="decide", id=2, message=answer, call=1, choice=choice)
        assert (await one.hear_until("error"))[-1]["id"] == 2
    await page.say(type="decide", id=3, message=answer, call=1, choice="once")
    frames = await page.hear_until("done", "error")
    assert states(frames)[-2:] == [("look_up", "running"), ("look_up", "done")]
    assert text_of(frames) == "17 degrees."
    assert "It is 17 degrees." in provider.requests[1].messages[-1].content
    assert ran == [("look_up", {"what": "quokka"})]
    for kept in (Message, ToolDecision, ToolConsent):
        assert not await kept.objects.aexists()


async def test_one_that_is_refused_or_waits_too_long_is_not_run(alice, able, office, ran, plays, tab, monkeypatch):
    chosen = await sync_to_async(ids)(office)
    plays(calls("shred", what="all"), ["I did not.", "stop"])
    page = await tab(alice)
    answer = await asked(page, chosen)
    await waiting(page)
    await page.say(type="decide", id=2, message=answer, call=1, choice="refuse")
    assert states(await page.hear_until("done", "error"))[-1] == ("shred", "refused")
    monkeypatch.setattr("chat.tools.approval.PATIENCE", 0.1)
    plays(calls("shred", what="all"), ["I did not.", "stop"])
    await asked(page, chosen)
    assert states(await page.hear_until("done", "error"))[-1] == ("shred", "expired")
    assert ran == []


@sync_to_async
def _everything_is_on():
    built_in.ensure()
    ToolServer.objects.update(enabled=True, for_everyone=True)
    Tool.objects.update(policy=Tool.Policy.ALWAYS)
    return list(Tool.objects.filter(server__kind="builtin").values_list("pk", flat=True))


async def test_tools_that_would_keep_something_are_neither_listed_nor_offered(alice, able, office, plays, tab):
    chosen = await _everything_is_on()
    provider = plays(["Hello.", "stop"])
    page = await tab(alice)
    await asked(page, chosen)
    await page.hear_until("done", "error")
    offered = {one["function"]["name"] for one in provider.requests[0].params["tools"]}
    assert offered == {"search_libraries", "time"}
    client = await sync_to_async(_client_of)(alice)
    listed = await sync_to_async(client.get)("/api/tools?temporary=true")
    names = {tool["name"] for server in listed.json()["servers"] for tool in server["tools"]}
    assert "Date and time" in names
    assert not names & {"Search the web", "Fetch a page", "Draw a picture"}


def _client_of(user):
    client = Client()
    client.force_login(user)
    return client
