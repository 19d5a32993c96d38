"""The client of every embedding server: the local one for real, others scripted."""

import asyncio
import base64
import subprocess
import sys
import threading
from array import array

import pytest

from knowledge import embedding
from knowledge.embedding import EmbeddingUnavailable, aembed_passages, embed_passages, embed_query, fingerprint
from tests.servers.embeddings import embeddings, row
from tests.servers.processes import free_port
from tests.waiting import eventually_async

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote(monkeypatch):
    """EMBEDDING_BASE_URL is set to a scripted server."""
    with embeddings() as script:
        settings(monkeypatch, embedding_base_url=script.url, embedding_model="some-model", embedding_api_key="secret")
        yield script


def settings(monkeypatch, **changed):
    monkeypatch.setattr(embedding, "conf", embedding.conf.model_copy(update=changed))
    monkeypatch.setattr(embedding, "_known", dict(embedding._known))


async def test_the_local_model_embeds_questions_and_passages(embedder):
    question = await embed_query("How many days of holiday?")
    near, far = await asyncio.to_thread(embed_passages, ["25 days of holiday a year.", "The printer needs toner."])
    assert len(question) == 384
    assert sum(map(float.__mul__, question, near)) > sum(map(float.__mul__, question, far)) + 0.03


async def test_forty_passages_come_back_in_their_order(embedder):
    texts = [f"note {number} about something" for number in range(40)]
    together = await aembed_passages(texts)
    (alone,) = await aembed_passages(texts[33:34])
    assert together[33] == pytest.approx(alone, abs=1e-5)
    assert len(together) == 40


async def test_a_question_does_not_block_the_event_loop(remote):
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking = asyncio.create_task(tick())

    release = threading.Event()

    def slowly(body):
        release.wait(10)
        return 200, {"data": [row(0, 1.0)]}

    remote.answer = slowly
    asking = asyncio.create_task(embed_query("slow?"))
    await eventually_async(lambda: ticks > 20)
    assert not asking.done()
    release.set()
    assert await asking == [1.0]
    ticking.cancel()


async def test_a_remote_server_gets_the_key_the_model_and_no_field_it_may_not_know(remote):
    assert await embed_query("hello") == [3.0, 4.0]
    assert remote.requests == [{"model": "some-model", "input": ["hello"]}]
    assert remote.keys == ["Bearer secret"]


async def test_a_remote_model_of_a_known_family_gets_its_prompts(remote, monkeypatch):
    settings(monkeypatch, embedding_model="intfloat/multilingual-e5-large")
    await embed_query("hello")
    await aembed_passages(["world"])
    assert [request["input"] for request in remote.requests] == [["query: hello"], ["passage: world"]]


def test_a_first_client_does_not_meet_a_package_that_another_thread_is_still_importing():
    """openai looks into httpx from the moment somebody begins to import it; the first search does, with chromadb."""
    script = """
import sys
from knowledge.endpoints import Client
assert "openai" not in sys.modules and "httpx" not in sys.modules, "heavy from the start"
Client("http://127.0.0.1:1", "none", local=True)
assert hasattr(sys.modules.get("httpx"), "Timeout")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_base64_vectors_are_read(remote):
    packed = base64.b64encode(array("f", [0.5, -2.0]).tobytes()).decode()
    remote.answer = lambda body: (200, {"data": [{"index": 0, "embedding": packed}]})
    assert embed_passages(["x"]) == [[0.5, -2.0]]


def test_vectors_out_of_order_are_put_in_order(remote):
    remote.answer = lambda body: (200, {"data": [row(1, 2.0), row(0, 1.0)]})
    assert embed_passages(["a", "b"]) == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"data": [row(0, 1.0)]}, "1 vectors for 2 texts"),
        ({"data": [row(0, 1.0), row(1, 1.0, 2.0)]}, "different widths"),
        ({"data": [row(0, 1.0), row(1, 0.0)]}, "zero or not a number"),
        ({"data": [row(0, 1.0), row(1, float("nan"))]}, "zero or not a number"),
        ({"data": [row(0, 1.0), row(1, float("inf"))]}, "zero or not a number"),
        ({"data": [row(0, 1.0), row(1)]}, "not a list of vectors"),
        ({"data": [row(0, 1.0), {"index": 1}]}, "not a list of vectors"),
        ({"data": [row(0, 1.0), {"index": 1, "embedding": "%%"}]}, "not a list of vectors"),
        ({"vectors": []}, "not a list of vectors"),
        (b"<html>Sign in</html>", "not a list of vectors"),
    ],
)
def test_a_vector_that_cannot_be_used_is_refused(remote, answer, sentence):
    remote.answer = lambda body: (200, answer)
    with pytest.raises(EmbeddingUnavailable, match=sentence):
        embed_passages(["a", "b"])


async def test_a_refusal_is_told_with_its_reason(remote):
    remote.answer = lambda body: (400, {"error": {"message": "The model some-model does not exist."}})
    with pytest.raises(EmbeddingUnavailable, match=r"status 400.*does not exist"):
        await embed_query("hello")


async def test_a_redirect_is_not_followed(remote):
    remote.answer = lambda body: (302, {})
    with pytest.raises(EmbeddingUnavailable):
        await embed_query("hello")
    assert len(remote.requests) == 1


async def test_a_server_that_is_down_is_a_sentence(monkeypatch):
    settings(monkeypatch, embedder_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(EmbeddingUnavailable, match="cannot be reached"):
        await embed_query("hello")


async def test_no_server_at_all_is_a_sentence(monkeypatch):
    settings(monkeypatch, embedder_url="")
    with pytest.raises(EmbeddingUnavailable, match="No embedding model is running"):
        await embed_query("hello")


async def test_a_server_that_is_slow_is_given_up(remote, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(embedding, "QUESTION_SECONDS", 0.2)

    def late(body):
        release.wait(10)
        return 200, {}

    remote.answer = late
    with pytest.raises(EmbeddingUnavailable, match="in time"):
        await embed_query("hello")
    release.set()


def test_the_fingerprint_changes_with_model_and_width(monkeypatch, remote):
    first = fingerprint()
    assert len(first) == 16
    assert first == fingerprint(2) == fingerprint()
    assert len(remote.requests) == 1, "the width was asked for once"
    assert fingerprint(3) != first
    settings(monkeypatch, embedding_model="another-model")
    assert fingerprint(2) != first


def test_the_packaged_models_fingerprint_needs_no_server(monkeypatch):
    settings(monkeypatch, embedder_url="", embedding_base_url="")
    assert fingerprint() == fingerprint(384)


def test_a_vector_is_stored_as_it_was():
    assert embedding.unpack(embedding.pack([0.5, -1.25, 3.0])) == [0.5, -1.25, 3.0]
    assert embedding.pack([1.0]) == b"\x00\x00\x80\x3f"
