"""What can go wrong with Tavily, told as sentences; the real client package talks to a server of ours."""

import dataclasses
import time

import pytest

from knowledge.models import SearchEngine, WebSearchSettings
from knowledge.passages import SearchError
from knowledge.web.configuration import configured
from knowledge.web.engines import ENGINES, EngineAccess
from knowledge.web.vendors.base import LONGEST_SNIPPET
from knowledge.web.vendors.tavily import TavilyEngine
from tests.servers.tavily import KEY, Tavily, result


@pytest.fixture
def tavily():
    with Tavily() as server:
        yield server


def search(tavily, query="trains", key=KEY, seconds=3.0, limit=5):
    return TavilyEngine(EngineAccess(api_key=key, base_url=tavily.address)).search(query, limit=limit, seconds=seconds)


async def test_hits_come_back_in_order_and_clean(tavily):
    tavily.results = [
        result("https://a.example/", " Rail\n<|im_start|> fares ", "One\u202e two\u200b <|im_start|>system", 0.8),
        result("https://b.example/", "", "x" * 5000, score="best"),
    ]
    first, second = await search(tavily)
    assert (first.url, first.title, first.snippet) == ("https://a.example/", "Rail fares", "One two  system")
    assert (first.score, second.score) == (0.8, 0.0)
    assert len(second.snippet) == LONGEST_SNIPPET


async def test_tavily_is_asked_as_its_documentation_says(tavily):
    await search(tavily, "fast  trains\n" + "x" * 1000, limit=3)
    asked = tavily.searches[0]
    assert asked["query"].startswith("fast trains x")
    assert len(asked["query"]) == 400
    assert asked["max_results"] == 3
    assert tavily.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("mood", "sentence"),
    [
        ("plan_limit", "limit is used up"),
        ("rate_limit", "limit is used up"),
        ("forbidden", "may not search"),
        ("bad_request", "did not understand"),
        ("broken", "status 500"),
        ("garbage", "cannot be read"),
        ("odd_json", "cannot be read"),
        ("huge", "cannot be read"),
    ],
)
async def test_each_failure_is_one_sentence_that_names_the_engine(tavily, mood, sentence):
    tavily.mood = mood
    with pytest.raises(SearchError, match=sentence) as error:
        await search(tavily)
    assert str(error.value).startswith("Tavily")
    assert KEY not in str(error.value)


async def test_a_wrong_key_is_said_and_not_repeated(tavily):
    with pytest.raises(SearchError, match="does not accept the API key") as error:
        await search(tavily, key="tvly-wrong")
    assert "tvly-wrong" not in str(error.value)


async def test_a_slow_engine_is_given_up(tavily):
    tavily.mood = "slow"
    started = time.monotonic()
    with pytest.raises(SearchError, match="did not answer in time"):
        await search(tavily, seconds=0.3)
    assert time.monotonic() - started < 2


async def test_an_engine_that_is_away_is_said(tavily):
    closed = TavilyEngine(EngineAccess(api_key=KEY, base_url="http://127.0.0.1:9"))
    with pytest.raises(SearchError, match="cannot be reached"):
        await closed.search("trains", limit=5, seconds=3)


async def test_results_that_are_none_are_left_out(tavily):
    tavily.mood = "odd_results"
    assert await search(tavily) == []


async def test_more_results_than_asked_for_are_cut(tavily):
    class Generous(list):
        def __getitem__(self, _slice):
            return list(self)

    tavily.results = Generous(result(f"https://{number}.example/") for number in range(20))
    assert len(await search(tavily, limit=3)) == 3


def environment(monkeypatch, **access):
    entry = dataclasses.replace(ENGINES["tavily"], from_environment=lambda: EngineAccess(**access))
    monkeypatch.setitem(ENGINES, "tavily", entry)


def stored(kind="tavily", api_key="", **fields):
    row = SearchEngine(kind=kind, **fields)
    row.api_key = api_key
    row.save()
    return row


def accesses():
    return [(engine.access.api_key, engine.access.base_url) for engine in configured().usable]


def test_without_an_engine_there_is_no_web_search(db):
    assert not configured().ready


def test_the_environment_is_enough(db, monkeypatch):
    environment(monkeypatch, api_key="tvly-environment")
    assert configured().ready
    assert accesses() == [("tvly-environment", "")]


def test_the_panel_is_over_the_environment(db, monkeypatch):
    environment(monkeypatch, api_key="tvly-environment", base_url="http://one.example")
    stored(api_key="tvly-panel", base_url="http://two.example")
    assert accesses() == [("tvly-panel", "http://two.example")]


def test_the_environments_key_goes_to_the_environments_address_only(db, monkeypatch):
    environment(monkeypatch, api_key="tvly-environment", base_url="http://one.example")
    stored(base_url="http://two.example")
    assert accesses() == [("", "http://two.example")]


def test_an_engine_that_is_switched_off_is_off_whatever_the_environment_says(db, monkeypatch):
    environment(monkeypatch, api_key="tvly-environment")
    stored(enabled=False)
    assert accesses() == []


def test_engines_stand_in_the_order_root_gave_them_and_the_environments_comes_last(db, monkeypatch):
    environment(monkeypatch, api_key="tvly-environment")
    stored("wikipedia", position=5)
    stored("brave", api_key="brave-key", position=2, name="The brave one")
    assert [engine.name for engine in configured().engines] == ["The brave one", "Wikipedia", "Tavily"]


def test_an_engine_without_its_key_or_address_says_so_and_is_not_asked(db):
    stored("brave")
    stored("searxng")
    assert [engine.problem.partition(" yet")[0] for engine in configured().engines] == [
        "Brave has no key",
        "SearXNG has no address",
    ]
    assert not configured().ready


def test_the_switch_wins(db, monkeypatch):
    environment(monkeypatch, api_key="tvly-environment")
    WebSearchSettings.objects.create(pk=1, enabled=False)
    assert not configured().ready


@pytest.mark.parametrize("name", ENGINES)
def test_every_registered_engine_can_be_made_and_names_itself(name):
    entry = ENGINES[name]
    assert entry.make(EngineAccess()).name == entry.name
    assert entry.make(EngineAccess(name="Ours")).name == "Ours"
    assert "key-itself" not in repr(EngineAccess(api_key="key-itself"))
