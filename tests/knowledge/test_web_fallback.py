"""Several engines, some of them down or lying: the next one is asked, and what became of each is told."""

import time

import pytest

from knowledge.models import SearchEngine, WebSearchSettings
from knowledge.web import asking, fetch
from knowledge.web.addresses import Exceptions
from knowledge.web.search import EnginesFailed, find_pages
from tests.servers.engines import KEY, Engine
from tests.servers.pages import LocalWeb, redirect

QUESTION = "What does it cost to hand back a ticket?"
TICKETS = """<html><head><title>Rail fares</title></head><body><article><h1>Returning a ticket</h1>
<p>A ticket handed back two days before the train leaves costs five per cent of its price, and twenty per cent on the
last day, whatever the reason given for it may be. This is the same for all trains of the company.</p></article>"""


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setattr(fetch, "exceptions", lambda: Exceptions.of(["127.0.0.1"]))
    fetch.forget()
    import trafilatura  # noqa: F401  loading it would take the time of the first test

    with LocalWeb() as server:
        yield server


def set_up(*servers, **settings):
    """With five times the time of people, for a machine that runs other tests beside this one."""
    WebSearchSettings.objects.update_or_create(pk=1, defaults={"seconds": 30, **settings})
    for position, server in enumerate(servers):
        kind, address = (server.kind, server.address) if isinstance(server, Engine) else ("exa", server)
        row = SearchEngine(kind=kind, base_url=address, position=position)
        row.api_key = KEY
        row.save()


def serving(*kinds):
    from contextlib import ExitStack

    stack = ExitStack()
    return stack, [stack.enter_context(Engine(kind)) for kind in kinds]


@pytest.mark.django_db(transaction=True)
async def test_with_five_engines_down_or_lying_the_sixth_answers_and_each_is_accounted_for(web, monkeypatch):
    from asgiref.sync import sync_to_async

    monkeypatch.setattr(asking, "MOST_PATIENCE", 1.5)  # with the one that hangs
    stack, (hangs, broken, empty, liar, good) = serving("brave", "serper", "kagi", "bocha", "perplexity")
    with stack:
        hangs.mood, broken.mood = "slow", "500"
        liar.results = [("http://10.0.0.1/admin", "Fares", ""), ("https://example.invalid/", "Fares", "")]
        good.results = [(web.add("/fares", TICKETS), "Fares", "")]
        await sync_to_async(set_up)(hangs, broken, "http://127.0.0.1:9", empty, liar, good)
        found = await find_pages(QUESTION, user_id=1)
    assert found.engine == "Perplexity"
    assert "five per cent" in found.passages[0].text
    assert [attempt.engine for attempt in found.attempts] == [
        *("Brave", "Serper", "Exa", "Kagi", "博查 Bocha", "Perplexity"),
    ]
    states = [attempt.state for attempt in found.attempts]
    assert states == ["unneeded", "failed", "failed", "nothing", "found", "found"]
    assert "status 500" in found.attempts[1].reason
    assert "cannot be reached" in found.attempts[2].reason
    assert [page.state for page in found.pages] == ["refused", "refused", "fetched"]
    assert {passage.url for passage in found.passages} == {web.address + "/fares"}


@pytest.mark.django_db(transaction=True)
async def test_when_all_fail_each_says_why_within_the_budget():
    from asgiref.sync import sync_to_async

    stack, (hangs, broken, refused, garbage) = serving("brave", "serper", "kagi", "exa")
    with stack:
        hangs.mood, broken.mood, refused.mood, garbage.mood = "slow", "500", "429", "garbage"
        await sync_to_async(set_up)(hangs, broken, refused, garbage, "http://127.0.0.1:9", seconds=3)
        started = time.monotonic()
        with pytest.raises(EnginesFailed) as failure:
            await find_pages(QUESTION, user_id=1)
        assert time.monotonic() - started < 4
    said = str(failure.value)
    for part in ("Brave did not answer", "Serper answered", "limit is used up", "Exa sent", "Exa cannot be reached"):
        assert part in said
    assert [attempt.state for attempt in failure.value.attempts] == ["too_slow", *["failed"] * 4]


@pytest.mark.django_db(transaction=True)
async def test_sites_that_may_not_be_read_are_left_out_and_said_also_after_a_redirect(web, monkeypatch):
    from asgiref.sync import sync_to_async

    stack, (engine,) = serving("brave")
    with stack, LocalWeb(host="127.0.0.2") as other:
        engine.results = [
            (other.add("/fares", TICKETS), "Denied", "An excerpt"),
            (web.serve("/away", redirect(other.address + "/fares")), "Away", "An excerpt"),
            (web.add("/fares", TICKETS), "Fares", ""),
        ]
        monkeypatch.setattr(fetch, "exceptions", lambda: Exceptions.of(["127.0.0.1", "127.0.0.2"]))
        await sync_to_async(set_up)(engine, denied_domains="127.0.0.2")
        found = await find_pages(QUESTION, user_id=1)
    assert {passage.url for passage in found.passages} == {web.address + "/fares"}
    reasons = {page.title: page.reason for page in found.pages}
    assert "not among those" in reasons["Denied"]
    assert "not among those" in reasons["Away"]
    assert [page.state for page in found.pages].count("refused") == 2


@pytest.mark.django_db(transaction=True)
async def test_an_engine_with_a_fault_of_its_own_does_not_take_the_answer_along(web, monkeypatch, caplog):
    from asgiref.sync import sync_to_async

    from knowledge.web.vendors.brave import BraveEngine

    monkeypatch.setattr(BraveEngine, "request", lambda *_args: 1 / 0)
    stack, (broken, good) = serving("brave", "exa")
    with stack:
        good.results = [(web.add("/fares", TICKETS), "Fares", "")]
        await sync_to_async(set_up)(broken, good)
        found = await find_pages(QUESTION, user_id=1)
    assert found.passages
    assert "in the log" in found.attempts[0].reason
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db(transaction=True)
async def test_a_chinese_engine_and_a_page_in_its_old_encoding_count_like_all_others(web):
    from asgiref.sync import sync_to_async

    page = (
        "<html lang=zh><head><meta charset=gb2312><title>铁路退票</title></head><body><article><h1>退票费</h1>"
        "<p>开车前八天以上退票的，不收取退票费；开车前四十八小时以上的，按票价的百分之五收取退票费。</p></article>"
    )
    address = web.add("/zh", page.encode("gb18030"), media_type="text/html")
    stack, (engine,) = serving("bocha")
    with stack:
        engine.results = [(address, "铁路退票", "退票规定")]
        await sync_to_async(set_up)(engine)
        found = await find_pages("开车前多久退票不收退票费？", user_id=1)
        assert engine.asked["query"] == "开车前多久退票不收退票费？"
    assert found.engine == "博查 Bocha"
    assert "开车前八天以上退票的，不收取退票费" in found.passages[0].text
