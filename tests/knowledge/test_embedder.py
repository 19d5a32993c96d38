"""The embedder as a process: small until it is asked, questions before bulk, clear about what it cannot do."""

import base64
import http.client
import json
import math
import threading
import time
from array import array
from urllib.parse import urlsplit

import psutil
import pytest

from knowledge.embedder import packaged
from knowledge.embedder.prompts import prompts_for
from knowledge.embedder.weights import DataFileDamaged, Weights
from tests.knowledge.reference_e5 import reference
from tests.servers.embedder import KEPT, embedder_at
from tests.servers.processes import free_port
from tests.waiting import eventually


def ask(server, path, body=None, **headers):
    address = urlsplit(server.health)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    connection.request("GET" if body is None else "POST", path, content, headers)
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def embed(server, *texts, input_type="passage", **fields):
    status, answer = ask(server, "/v1/embeddings", {"input": list(texts), "input_type": input_type} | fields)
    assert status == 200, answer
    return [row["embedding"] for row in answer["data"]]


def cosine(left, right):
    return sum(a * b for a, b in zip(left, right, strict=True))


@pytest.fixture
def another():
    """Starts further embedders, ended with the test."""
    started = []

    def start(**options):
        started.append(embedder_at(f"http://127.0.0.1:{free_port()}", **options).start())
        return started[-1]

    yield start
    for server in started:
        server.stop()


def test_it_is_small_and_idle_until_the_first_text(another):
    server = another()
    assert ask(server, "/healthz")[1]["state"] == "idle"
    assert psutil.Process(server.process.pid).memory_info().rss < 25 * 1024 * 1024
    assert len(embed(server, "hello")[0]) == 384
    told = ask(server, "/healthz")[1]
    assert told.pop("used_at") > 0
    assert told == {"state": "ready", "model": "multilingual-e5-small", "detail": ""}


def test_it_gives_its_memory_back_when_nobody_asks(another):
    server = another(rest=0.5)
    embed(server, "hello")
    memory = psutil.Process(server.process.pid).memory_info
    eventually(lambda: ask(server, "/healthz")[1]["state"] == "idle")
    eventually(lambda: memory().rss < 120 * 1024 * 1024)
    assert len(embed(server, "and again")[0]) == 384


def test_vectors_have_length_one_and_say_what_is_near(embedder):
    cat, kitten, invoice = embed(embedder, "The cat sleeps.", "一只小猫在睡觉。", "The invoice is due on Friday.")
    assert math.isclose(cosine(cat, cat), 1, abs_tol=1e-5)
    assert cosine(cat, kitten) > cosine(cat, invoice) + 0.05


def test_a_question_gets_another_prompt_than_a_passage(embedder):
    (question,), (passage,) = embed(embedder, "holiday", input_type="query"), embed(embedder, "holiday")
    assert cosine(question, passage) < 0.999


def test_many_texts_come_back_in_their_order(embedder):
    texts = ["a long text about the history of the lighthouse " * 5, "short", "of middling length, say"]
    together = embed(embedder, *texts)
    for text, vector in zip(texts, together, strict=True):
        assert math.isclose(cosine(vector, embed(embedder, text)[0]), 1, abs_tol=1e-4)


def test_base64_holds_the_same_numbers(embedder):
    (packed,), (plain,) = embed(embedder, "hello", encoding_format="base64"), embed(embedder, "hello")
    assert array("f", base64.b64decode(packed)).tolist() == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "not valid JSON"),
        (b"[1]", "must be a JSON object"),
        ({"input": []}, "not empty"),
        ({"input": [1]}, "list of texts"),
        ({"input": ["  "]}, "empty text"),
        ({"input": ["x"] * 3000}, "at most 2048 texts"),
        ({"input": ["x" * 100_001]}, "100000 characters"),
        ({"input": ["x"], "input_type": "answer"}, "input_type"),
        ({"input": ["x"], "encoding_format": "hex"}, "encoding_format"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(embedder, body, sentence):
    status, answer = ask(embedder, "/v1/embeddings", body)
    assert status == 400
    assert sentence in answer["error"]["message"]


def test_a_body_without_end_is_refused_unread(embedder):
    status, answer = ask(embedder, "/v1/embeddings", b"{}", **{"Content-Length": str(10**9)})
    assert (status, answer["error"]["code"]) == (400, "bad_request")


def test_another_address_is_nothing(embedder):
    assert ask(embedder, "/v1/other")[0] == 404
    assert ask(embedder, "/v1/other", {"input": "x"})[0] == 404


def test_a_question_does_not_wait_for_the_bulk_before_it(embedder):
    embed(embedder, "warm")
    bulk = threading.Thread(
        target=embed, args=(embedder, *[f"{n} " + "a passage of some length " * 20 for n in range(60)])
    )
    bulk.start()
    embed(embedder, "is the bulk on its way?", input_type="query")
    started = time.monotonic()
    for _number in range(3):
        embed(embedder, "how many days of holiday do I get?", input_type="query")
    assert time.monotonic() - started < 3
    assert bulk.is_alive()
    bulk.join()


def test_work_nobody_waits_for_is_dropped(another):
    server = another()
    embed(server, "warm")
    address = urlsplit(server.health)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    body = json.dumps({"input": ["a passage of some length " * 20] * 1000})
    connection.request("POST", "/v1/embeddings", body)
    connection.close()
    process = psutil.Process(server.process.pid)

    def rests():
        before = process.cpu_times().user
        return process.cpu_times().user == before and not process.cpu_percent(0.2)

    eventually(rests, seconds=20)


def test_a_folder_that_cannot_be_written_is_a_sentence(another):
    server = another(data="/dev/null/data")
    status, answer = ask(server, "/v1/embeddings", {"input": ["hello"]})
    assert status == 503
    assert "cannot be kept in /dev/null/data" in answer["error"]["message"]


def test_two_processes_build_the_model_at_once(another, tmp_path):
    servers = [another(data=tmp_path), another(data=tmp_path)]
    found = []
    threads = [threading.Thread(target=lambda s=server: found.append(embed(s, "hello")[0])) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cosine(found[0], found[1]) == pytest.approx(1, abs=1e-5)
    assert [path.name for path in (tmp_path / "models").iterdir()] == [packaged.folder_in(tmp_path).name]


def test_a_changed_data_file_is_not_used(tmp_path):
    changed = tmp_path / "model.bin"
    changed.write_bytes(b"E5S1" + bytes(1000))
    with pytest.raises(DataFileDamaged, match="checksum"):
        Weights(changed)


def test_it_ends_when_it_is_asked_to(another):
    server = another()
    server.process.terminate()
    assert server.process.wait(5) == 0


@pytest.mark.parametrize(
    ("model", "query", "passage"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("nomic-embed-text:latest", "search_query: ", "search_document: "),
        ("BAAI/bge-m3", "", ""),
        ("text-embedding-3-small", "", ""),
    ],
)
def test_prompts_go_by_the_models_family(model, query, passage):
    prompts = prompts_for(model)
    assert (prompts.query, prompts.passage) == (query, passage)


def test_the_built_model_says_what_the_full_precision_weights_say(embedder):
    folder = packaged.folder_in(KEPT)
    packaged.build(folder)
    texts = [
        "passage: The cat sleeps on the warm stones of the old harbour wall, as it has done every day this summer.",
        "passage: 员工每年享有二十五天带薪年假。未使用的假期于三月底失效。",
        "query: When do unused days expire?",
    ]
    for text, vector in zip(texts, reference(texts, folder), strict=True):
        kind, _colon, rest = text.partition(": ")
        assert cosine(embed(embedder, rest, input_type=kind)[0], vector) > 0.99
