"""Alice's question goes to a search engine of ours on a real socket and to real pages beside it."""

import pytest

from knowledge.models import WebSearchSettings
from knowledge.web import fetch
from knowledge.web.addresses import Exceptions
from knowledge.web.search import find_pages
from tests.servers.pages import LocalWeb
from tests.servers.tavily import KEY, Tavily, result

TICKETS = """<html lang="en"><head><title>Rail fares</title></head><body><article><h1>Rail fares</h1>
<p>The company was founded long ago and has many offices all over the country, as everybody knows by now.</p>
<h2>Returning a ticket</h2><p>A ticket handed back two days before the train leaves costs five per cent of its price,
and twenty per cent on the last day, whatever the reason given for it may be.</p></article></body></html>"""


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setattr(fetch, "exceptions", lambda: Exceptions.of(["127.0.0.1"]))
    fetch.forget()
    with LocalWeb() as server:
        yield server


@pytest.fixture
def tavily(db):
    with Tavily() as server:
        settings = WebSearchSettings(pk=1, base_url=server.address)
        settings.api_key = KEY
        settings.save()
        yield server


@pytest.mark.django_db(transaction=True)
async def test_alice_gets_the_passage_that_answers_her_question_with_the_address_it_stands_at(web, tavily):
    tavily.results = [result(web.add("/fares", TICKETS), "Fares", "Snippet of the engine")]

    found = await find_pages("What does it cost to hand back a ticket?", user_id=1)

    assert found.passages[0].url == web.address + "/fares"
    assert found.passages[0].title == "Rail fares"
    assert "five per cent" in found.passages[0].text
    assert [page.state for page in found.pages] == ["fetched"]
    assert tavily.searches[0]["query"] == "What does it cost to hand back a ticket?"
