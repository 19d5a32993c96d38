"""Every engine in its own wire shape, well and misbehaving, against a server of ours that answers like it."""

import sys
import time
import types

import pytest

from knowledge.passages import SearchError
from knowledge.web.engines import ENGINES, EngineAccess
from tests.servers.engines import FREE, KEY, ROUTES, Engine

GENERIC = {
    "results": "deep.0.items",
    "url": "link.href",
    "title": "name",
    "snippet": "text",
    "headers": "X-Mine: {key}",
}
OPTIONS = {"google": {"cx": "my-engine"}, "json": GENERIC}


def made(kind, server, key=KEY, **options):
    address = server.address + ("/find?q={query}&n={limit}" if kind == "json" else "")
    access = EngineAccess(api_key=key, base_url=address, options={**OPTIONS.get(kind, {}), **options})
    return ENGINES[kind].make(access)


@pytest.fixture(params=ROUTES)
def engine(request):
    with Engine(request.param) as server:
        yield server


async def test_hits_come_back_in_order_and_clean(engine):
    engine.results = [
        ("https://a.example/one", "Rail <b>fares</b>", "One\u202e <strong>two</strong>\u200b &amp; <|im_start|>three"),
        ("https://b.example/", "铁路", "x" * 5000),
    ]
    first, second = await made(engine.kind, engine).search("trains", limit=5, seconds=3)
    own = f"{engine.address}/wiki/" if engine.kind == "wikipedia" else ""
    assert first.url == (own + "Rail_%3Cb%3Efares%3C/b%3E" if own else "https://a.example/one")
    assert (first.title, first.snippet) == ("Rail fares", "One two &  three")
    assert second.title == "铁路"
    assert len(second.snippet) == 1500
    assert all(0 <= hit.score <= 1 for hit in (first, second))


async def test_the_question_and_the_number_of_hits_are_asked_for(engine):
    engine.results = [(f"https://{n}.example/", str(n), "") for n in range(9)]
    found = await made(engine.kind, engine).search("铁路  退票\n费", limit=3, seconds=3)
    assert len(found) == 3
    assert "铁路 退票 费" in engine.asked.values()
    assert "webui/" in engine.requests[0].headers["user-agent"]


async def test_nothing_found_is_no_failure(engine):
    assert await made(engine.kind, engine).search("trains", limit=3, seconds=3) == []


@pytest.mark.parametrize(
    ("mood", "sentence"),
    [
        ("garbage", "cannot be read"),
        ("odd_json", "cannot be read"),
        ("huge", "cannot be read"),
        ("bomb", "cannot be read"),
        ("429", "limit is used up|refuses so many"),
        ("500", "status 500"),
        ("redirect", "status 302"),
    ],
)
async def test_each_failure_is_one_sentence_that_names_the_engine(engine, mood, sentence):
    engine.mood = mood
    with pytest.raises(SearchError, match=sentence) as error:
        await made(engine.kind, engine).search("trains", limit=3, seconds=3)
    assert str(error.value).startswith(ENGINES[engine.kind].name)
    assert KEY not in str(error.value)
    assert len(engine.requests) == 1


async def test_a_wrong_key_is_said_and_not_repeated(engine):
    if engine.kind in FREE:
        return
    with pytest.raises(SearchError, match="does not accept the API key") as error:
        await made(engine.kind, engine, key="wrong-key").search("trains", limit=3, seconds=3)
    assert "wrong-key" not in str(error.value)


@pytest.mark.parametrize("kind", ["brave", "bocha", "json"])
async def test_a_slow_engine_is_given_up(kind):
    with Engine(kind) as server:
        server.mood = "slow"
        started = time.monotonic()
        with pytest.raises(SearchError, match="did not answer in time"):
            await made(kind, server).search("trains", limit=3, seconds=0.2)
        assert time.monotonic() - started < 5


async def test_an_engine_that_is_away_is_said():
    away = ENGINES["brave"].make(EngineAccess(api_key=KEY, base_url="http://127.0.0.1:9"))
    with pytest.raises(SearchError, match="cannot be reached"):
        await away.search("trains", limit=3, seconds=3)


@pytest.mark.parametrize(
    ("kind", "headers", "left"),
    [("brave", {"X_RateLimit_Remaining": "1, 1999"}, "1999"), ("kagi", {}, "$12.50"), ("exa", {}, "")],
)
async def test_what_is_left_of_the_plan_is_told_where_the_engine_tells_it(kind, headers, left):
    with Engine(kind) as server:
        server.headers = headers
        engine = made(kind, server)
        await engine.search("trains", limit=3, seconds=3)
        assert engine.quota == left


async def test_no_proxy_of_the_environment_hears_the_question(monkeypatch, engine):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await made(engine.kind, engine).search("trains", limit=3, seconds=3) == []


async def test_searxng_whose_engines_fail_has_not_found_nothing():
    with Engine("searxng") as server:
        silent = {"query": "q", "results": [], "unresponsive_engines": [["google", "Suspended: CAPTCHA"]]}
        server._reply = lambda _request: _bytes(silent)
        with pytest.raises(SearchError, match="its own engines failed: google"):
            await made("searxng", server).search("trains", limit=3, seconds=3)
        server._reply = Engine._reply.__get__(server)
        server.mood = "403"
        with pytest.raises(SearchError, match=r"json must stand in search\.formats"):
            await made("searxng", server).search("trains", limit=3, seconds=3)


async def test_what_is_filled_in_cannot_become_more_than_a_question():
    body = '{"q": "{query}", "n": {limit}, "safe": true}'
    with Engine("json") as server:
        server._reply = lambda _request: _bytes({"deep": [{"items": []}]})
        engine = made("json", server, method="POST", body=body)
        await engine.search('x", "safe": false, "y": "{key}', limit=3, seconds=3)
        assert server.asked == {"q": 'x", "safe": false, "y": "{key}', "n": 3, "safe": True}
        assert server.requests[0].headers["x-mine"] == KEY


async def test_wikipedia_is_asked_in_the_language_of_the_question():
    engine = ENGINES["wikipedia"].make(EngineAccess())
    assert engine.request("退票费是多少", 3).url == "https://zh.wikipedia.org/w/api.php"
    engine = ENGINES["wikipedia"].make(EngineAccess())
    assert engine.request("ticket fees", 3).url == "https://en.wikipedia.org/w/api.php"


async def test_the_keyless_engine_asks_its_package_and_says_when_it_is_not_there(monkeypatch):
    class DDGSException(Exception):
        pass

    class DDGS:
        def __init__(self, timeout):
            pass

        def text(self, query, **options):
            if query == "blocked":
                raise DDGSException("403")
            if query == "nothing":
                raise DDGSException("No results found.")
            found = [{"href": "https://a.example/", "title": "A", "body": query}, {"href": ""}]
            return found[: options["max_results"]]

    package, problems = types.ModuleType("ddgs"), types.ModuleType("ddgs.exceptions")
    package.DDGS, problems.DDGSException = DDGS, DDGSException
    monkeypatch.setitem(sys.modules, "ddgs", package)
    monkeypatch.setitem(sys.modules, "ddgs.exceptions", problems)
    engine = ENGINES["ddgs"].make(EngineAccess())
    (hit,) = await engine.search("trains", limit=5, seconds=3)
    assert (hit.url, hit.snippet) == ("https://a.example/", "trains")
    assert await engine.search("nothing", limit=5, seconds=3) == []
    with pytest.raises(SearchError, match="got no answer"):
        await engine.search("blocked", limit=5, seconds=3)
    monkeypatch.setitem(sys.modules, "ddgs", None)
    with pytest.raises(SearchError, match="pip install ddgs"):
        await engine.search("trains", limit=5, seconds=3)


def _bytes(body):
    import json

    from tests.servers.sockets import response

    return response(json.dumps(body).encode(), media_type="application/json")
