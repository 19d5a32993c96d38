"""Models besides the packaged one in the embedder's process: by name, beside each other, and a cross-encoder."""

import json
import os

import pytest

from tests.knowledge.test_embedder import ask, cosine, embed
from tests.servers.embedder import ROOT, embedder_at
from tests.servers.processes import free_port
from tests.waiting import eventually


@pytest.fixture(scope="module")
def server():
    """An embedder whose sentence-transformers are stand-ins."""
    path = f"{ROOT / 'tests' / 'servers' / 'stand_ins'}{os.pathsep}{ROOT}"
    running = embedder_at(f"http://127.0.0.1:{free_port()}", env=os.environ | {"PYTHONPATH": path}).start()
    yield running
    running.stop()


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "a-model"
    folder.mkdir()
    return folder


def rerank(server, model, *documents, **fields):
    body = {"model": str(model), "query": "the cat", "documents": list(documents)} | fields
    return ask(server, "/v1/rerank", body)


def test_two_models_embed_in_one_process_each_by_its_name(server, model):
    packaged, other = embed(server, "the cat"), embed(server, "the cat", model=str(model))
    assert (len(packaged[0]), len(other[0])) == (384, 26)
    again = embed(server, "the cat", model="multilingual-e5-small")
    assert cosine(packaged[0], again[0]) == pytest.approx(1, abs=1e-5)
    health = ask(server, "/healthz")[1]
    assert (health["state"], health["model"]) == ("ready", "multilingual-e5-small")


def test_a_cross_encoder_gives_each_passage_a_score(server, model):
    status, answer = rerank(server, model, "the cat of the year", "tax", "the dog", top_n=3)
    assert status == 200
    assert answer["results"] == [
        {"index": 0, "relevance_score": 0.2},
        {"index": 2, "relevance_score": 0.1},
        {"index": 1, "relevance_score": 0.0},
    ]


def test_a_reranker_that_is_none_is_a_sentence_and_questions_go_on(server, tmp_path):
    status, answer = rerank(server, tmp_path / "nothing", "the cat")
    assert (status, answer["error"]["code"]) == (503, "model_unavailable")
    assert "reranker" in answer["error"]["message"]
    assert len(embed(server, "hello", input_type="query")[0]) == 384


def test_a_model_that_cannot_be_loaded_is_a_sentence_and_the_process_stays(server, tmp_path):
    status, answer = ask(server, "/v1/embeddings", {"input": ["hello"], "model": str(tmp_path / "nothing")})
    assert (status, answer["error"]["code"]) == (503, "model_unavailable")
    assert "could not be loaded" in answer["error"]["message"]
    assert server.process.poll() is None


def test_passages_nobody_waits_for_any_more_are_not_judged(server, model):
    status, answer = rerank(server, model, *["the cat of the year"] * 200, seconds=0)
    assert (status, answer["error"]["message"]) == (503, "There was no time left for this.")
    eventually(lambda: rerank(server, model, "the dog")[0] == 200)


def test_the_model_that_rested_longest_makes_room(server, tmp_path):
    for number in range(5):
        (tmp_path / str(number)).mkdir()
        assert len(embed(server, "the cat", model=str(tmp_path / str(number)))[0]) == 26
    assert ask(server, "/healthz")[1]["state"] == "idle"
    assert len(embed(server, "the cat")[0]) == 384


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"documents": ["x"], "model": "m"}, "“query”"),
        ({"query": "q", "model": "m"}, "“documents”"),
        ({"query": "q", "documents": [], "model": "m"}, "not empty"),
        ({"query": "q", "documents": ["x"]}, "“model”"),
        ({"query": "q", "documents": ["x"], "model": 3}, "“model”"),
    ],
)
def test_a_bad_request_to_rerank_is_told_what_is_wrong(embedder, body, sentence):
    status, answer = ask(embedder, "/v1/rerank", body)
    assert status == 400, json.dumps(answer)
    assert sentence in answer["error"]["message"]
