"""The order of passages by a reranker, whatever the product; and the order as it was whenever one fails."""

import threading

import pytest

from knowledge import reranking
from knowledge.models import RetrievalSettings
from knowledge.reranking import reordered
from tests.knowledge.test_ranking import found, texts
from tests.servers.processes import free_port
from tests.servers.rerank import FORMS, reranker

pytestmark = pytest.mark.django_db(transaction=True)
RANKED = [
    found(1, "The ferry leaves at nine.", score=0.9),
    found(2, "Dogs pay half the fare.", score=0.8),
    found(3, "The half fare is for dogs and children.", score=0.7),
]
BY_WORDS = [RANKED[2].text, RANKED[1].text, RANKED[0].text]


@pytest.fixture(autouse=True)
def _nothing_learned(monkeypatch):
    monkeypatch.setattr(reranking, "_takes_texts", set())


@pytest.fixture
def chosen():
    async def choose(url, **fields):
        row = RetrievalSettings(pk=1, reranker="remote", rerank_url=url, rerank_model="judge", **fields)
        row.rerank_key = "secret"
        await row.asave()

    return choose


@pytest.mark.parametrize("form", FORMS)
async def test_passages_are_put_in_order_by_any_product(chosen, form):
    with reranker(form) as server:
        await chosen(server.url)
        first = await reordered("half fare for dogs and children", RANKED)
        again = await reordered("half fare for dogs and children", RANKED)
    assert texts(*first) == texts(*again) == BY_WORDS
    assert [one.score for one in first] == [0.9, 0.8, 0.7], "the scores say as before which to leave out first"
    assert set(server.keys) == {"Bearer secret"}
    assert server.requests[0]["model"] == "judge"
    assert len(server.requests) == (3 if form == "tei" else 2), "a dialect is learned once"


async def test_only_the_first_are_put_in_order(chosen):
    with reranker() as server:
        await chosen(server.url, rerank_candidates=2)
        order = await reordered("half fare for dogs and children", RANKED)
    assert texts(*order) == [RANKED[1].text, RANKED[0].text, RANKED[2].text]
    assert len(server.requests[0]["documents"]) == 2


@pytest.mark.parametrize(
    "answer",
    [
        (500, {"error": "broken"}),
        (200, {"results": []}),
        (200, {"results": [{"index": 0, "relevance_score": 1}, {"index": 0, "relevance_score": 1}]}),
        (200, {"results": [{"index": at, "relevance_score": float("nan")} for at in range(3)]}),
        (200, {"results": "none"}),
        (200, b"<html>Sign in</html>"),
    ],
)
async def test_an_answer_that_cannot_be_used_leaves_the_order(chosen, answer, caplog):
    with reranker() as server:
        server.answer = lambda body: answer
        await chosen(server.url)
        assert await reordered("half fare", RANKED) == RANKED
    assert "order of passages stands" in caplog.text


async def test_a_slow_reranker_is_not_waited_for(chosen):
    release = threading.Event()
    with reranker() as server:
        server.answer = lambda body: release.wait(10) and (200, {})
        await chosen(server.url, rerank_seconds=0.1)
        assert await reordered("half fare", RANKED) == RANKED
        release.set()


async def test_a_reranker_that_is_down_leaves_the_order(chosen):
    await chosen(f"http://127.0.0.1:{free_port()}")
    assert await reordered("half fare", RANKED) == RANKED


async def test_without_one_nothing_is_asked():
    assert await reordered("half fare", RANKED) is RANKED


async def test_the_local_one_is_asked_in_the_embedders_process(monkeypatch):
    with reranker() as server:
        monkeypatch.setattr(
            reranking, "conf", reranking.conf.model_copy(update={"embedder_url": server.url.removesuffix("/v1")})
        )
        await RetrievalSettings(pk=1, reranker="local", rerank_model="a-cross-encoder").asave()
        assert texts(*await reordered("half fare for dogs and children", RANKED)) == BY_WORDS
    assert server.requests[0] | {"documents": []} == {
        "model": "a-cross-encoder",
        "query": "half fare for dogs and children",
        "documents": [],
        "top_n": 3,
        "seconds": 1.5,
    }
