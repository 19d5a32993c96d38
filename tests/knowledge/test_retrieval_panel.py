"""Root chooses the embedding model and the reranker in the administration; each is tried before it is accepted."""

import json

import pytest
from django.urls import reverse

from knowledge import embedding, reranking, tasks
from knowledge.models import RetrievalSettings
from tests.knowledge.libraries import document_in, library_of
from tests.servers.embeddings import embeddings, row
from tests.servers.processes import free_port
from tests.servers.rerank import reranker

pytestmark = pytest.mark.django_db
KEY = "sk-embed-0123456789abcdef"


def meaning(body):
    """Vectors that know holidays from printers."""
    texts = body["input"]
    found = [
        [1.0 + len(text) / 1000, 0.1, 0.2] if "holiday" in text else [0.1, 1.0, 0.3 + len(text) / 1000]
        for text in texts
    ]
    return 200, {"data": [row(number, *vector) for number, vector in enumerate(found)]}


@pytest.fixture(autouse=True)
def _nothing_learned(monkeypatch):
    monkeypatch.setattr(reranking, "_takes_texts", set())


@pytest.fixture
def rung(monkeypatch):
    bells = []
    monkeypatch.setattr(tasks, "ring_to_mend", lambda: bells.append("mend"))
    return bells


@pytest.fixture
def post(client, root):
    client.force_login(root)

    def send(what, **fields):
        usual = {"rerank_seconds": "1.5", "rerank_candidates": "20"} if what == "reranker" else {"embedding": ""}
        return client.post(reverse(f"panel_retrieval_{what}"), usual | fields, follow=True)

    send.get = lambda: client.get(reverse("panel_retrieval"))
    return send


@pytest.fixture
def server():
    with embeddings(meaning) as script:
        yield script


def text(response):
    return " ".join(response.content.decode().split())


def stored():
    return RetrievalSettings.objects.get(pk=1)


def test_only_an_administrator_sees_the_page(client, alice):
    address = reverse("panel_retrieval")
    assert "/accounts/login/" in client.get(address).url
    client.force_login(alice)
    assert client.get(address).status_code == 404
    assert client.post(reverse("panel_retrieval_embedding"), {"embedding": "local"}).status_code == 404
    assert not RetrievalSettings.objects.exists()


def test_a_server_is_tried_and_kept_with_its_width_and_its_key_encrypted(post, server):
    page = text(
        post(
            "embedding", embedding="openai", embedding_url=server.url.removesuffix("/v1"), embedding_model="mine",
            embedding_key=KEY, query_prompt="q: ", passage_prompt="p: ",
        )
    )  # fmt: skip
    assert "The model gives 3 numbers a text." in page
    kept = stored()
    assert (kept.embedding, kept.embedding_url, kept.embedding_width) == ("openai", server.url, 3)
    assert (kept.query_prompt, kept.passage_prompt) == ("q: ", "p: ")
    assert kept.embedding_key == KEY
    assert KEY not in kept.encrypted_embedding_key
    assert KEY not in page
    assert f"····{KEY[-4:]}" in page
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert {text[:3] for request in server.requests for text in request["input"]} == {"q: ", "p: "}
    assert embedding.endpoint().width == 3


def test_ollama_is_asked_in_its_own_way(post, server):
    server.answer = lambda body: (200, {"embeddings": [one["embedding"] for one in meaning(body)[1]["data"]]})
    page = text(
        post("embedding", embedding="ollama", embedding_url=server.url.removesuffix("/v1"), embedding_model="nomic")
    )
    assert "The model gives 3 numbers a text." in page
    assert stored().embedding_url == server.url.removesuffix("/v1")


@pytest.mark.parametrize(
    ("fields", "answer", "sentence"),
    [
        ({"embedding_url": ""}, None, "Enter the address of the model server"),
        ({"embedding_url": "ftp://gpu-box"}, None, "begin with http"),
        ({"embedding_url": "http://169.254.169.254/v1"}, None, "reserved"),
        ({"embedding_url": "http://user:pw@gpu-box/v1"}, None, "Leave the user name"),
        ({"embedding_model": ""}, None, "Enter the name of the model."),
        ({}, (401, {"error": {"message": "bad key"}}), "refused the key. Enter it again."),
        (
            {},
            (404, {"error": {"message": "The model mine does not exist."}}),
            "does not take this model: The model mine does not exist.",
        ),
        ({}, (200, b"<html>Sign in</html>"), "Is that the address and port of its API?"),
        ({}, (302, b""), "Is that the address and port of its API?"),
        ({}, (200, {"data": [row(0, 1.0, float("nan")), row(1, 1.0, 2.0)]}), "zero or not a number"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(post, server, fields, answer, sentence):
    if answer:
        server.answer = lambda body: answer
    given = {"embedding": "openai", "embedding_url": server.url, "embedding_model": "mine-typed"} | fields
    page = text(post("embedding", **given))
    assert sentence in page
    assert 'class="errorlist"' in page
    assert given["embedding_model"] in page
    assert given["embedding_url"] in page
    assert not RetrievalSettings.objects.exists(), "nothing was accepted"


def test_a_dead_server_is_a_sentence(post):
    page = text(
        post("embedding", embedding="openai", embedding_url=f"http://127.0.0.1:{free_port()}", embedding_model="mine")
    )
    assert "Is that the address and port of its API?" in page


def test_vectors_that_change_each_time_are_refused(post, server):
    count = iter(range(100))
    server.answer = lambda body: (
        200,
        {"data": [row(number, 1.0, (-1.0) ** next(count) * 5) for number in range(len(body["input"]))]},
    )
    page = text(post("embedding", embedding="openai", embedding_url=server.url, embedding_model="mine"))
    assert "another vector for the same text" in page


def test_one_vector_for_everything_is_refused(post, server):
    server.answer = lambda body: (200, {"data": [row(number, 3.0, 4.0) for number in range(len(body["input"]))]})
    page = text(post("embedding", embedding="openai", embedding_url=server.url, embedding_model="mine"))
    assert "the same vector for different texts" in page


def test_a_key_is_not_sent_to_another_address(post, server):
    fields = {"embedding": "openai", "embedding_url": server.url, "embedding_model": "mine"}
    post("embedding", **fields, embedding_key=KEY)
    assert "Saved." in text(post("embedding", **fields)), "an empty field keeps it"
    assert stored().embedding_key == KEY
    with embeddings(meaning) as other:
        page = text(post("embedding", **fields | {"embedding_url": other.url}))
        assert "enter the key again" in page
        assert not other.keys
    assert stored().embedding_url == server.url
    post("embedding", **fields, remove_embedding_key="on")
    assert stored().embedding_key == ""


def test_the_packaged_model_is_tried_for_real(post, embedder):
    page = text(post("embedding", embedding="local", embedding_model="multilingual-e5-small"))
    assert "The model gives 384 numbers a text." in page
    assert "wrong one" not in page
    assert stored().embedding_width == 384


def test_a_local_model_that_is_not_there_is_a_sentence(post, server, monkeypatch):
    settings = embedding.conf.model_copy(update={"embedder_url": server.url.removesuffix("/v1")})
    monkeypatch.setattr(embedding, "conf", settings)
    server.answer = lambda body: (503, {"error": {"message": "The embedding model x could not be loaded: no folder."}})
    page = text(post("embedding", embedding="local", embedding_model="/no/such/folder"))
    assert "could not be loaded: no folder." in page
    assert not RetrievalSettings.objects.exists()


def test_back_to_the_environment_forgets_address_and_key(post, server, embedder):
    post("embedding", embedding="openai", embedding_url=server.url, embedding_model="mine", embedding_key=KEY)
    post("embedding", embedding="", embedding_url=server.url, embedding_model="mine")
    kept = stored()
    assert (kept.embedding, kept.embedding_url, kept.embedding_model, kept.embedding_width) == ("", "", "", None)
    assert kept.embedding_key == ""


def test_a_reranker_is_tried_at_the_path_it_has(post):
    with reranker("tei") as server:
        page = text(post("reranker", reranker="remote", rerank_url=f"{server.url}/rerank", rerank_key=KEY))
        assert "Saved. Two passages take it" in page
        assert "wrong one" not in page
        assert stored().rerank_url == server.url
        assert stored().rerank_key == KEY
    assert KEY not in page


def test_a_reranker_that_is_none_is_not_accepted(post, server):
    server.answer = lambda body: (200, {"data": "none"})
    page = text(post("reranker", reranker="remote", rerank_url=server.url, rerank_model="judge"))
    assert "This is no reranker" in page
    page = text(post("reranker", reranker="local", rerank_model=""))
    assert "Enter the name of the model." in page
    assert not RetrievalSettings.objects.exists()


def test_a_reranker_slower_than_it_may_be_is_said(post):
    with reranker() as server:
        page = text(post("reranker", reranker="remote", rerank_url=server.url, rerank_seconds="0.0001"))
    assert "greater than or equal to 0.1" in page


def test_the_page_says_what_each_library_holds(post, alice, chroma_server, embedder, rung):
    library = library_of(alice, "Handbook")
    document = document_in(library, "Twenty-five days of holiday.", "The printer needs toner.")
    document.chunks.filter(ordinal=0).update(fingerprint="another-model")
    page = text(post.get())
    assert "Handbook" in page
    assert "to be embedded" in page
    cells = page.split("Handbook")[1].split('class="number">')
    assert [cell.split("<")[0] for cell in cells[1:5]] == ["2", "1", "1", "2"]


def test_repair_rings_a_worker(post, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        page = text(post("rebuild"))
    assert "A worker compares" in page
    assert rung == ["mend"]


def test_the_page_knows_no_secret(post, server):
    post("embedding", embedding="openai", embedding_url=server.url, embedding_model="mine", embedding_key=KEY)
    assert KEY not in json.dumps(text(post.get()))
