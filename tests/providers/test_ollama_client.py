"""The scripted Ollama, held true by the official client."""

import hashlib

import ollama
import pytest

from tests.servers.ollama_server import OllamaServer

ASKED = [{"role": "user", "content": "Hello?"}]


@pytest.fixture
def server():
    with OllamaServer() as server:
        yield server
        server.release.set()


@pytest.fixture
def client(server):
    with ollama.Client(host=server.address) as client:
        yield client


def test_lists_and_details(client):
    names = [model.model for model in client.list().models]
    assert names == ["qwen3:8b", "llava:7b", "nomic-embed-text:latest"]
    shown = client.show("qwen3:8b")
    assert shown.capabilities == ["completion", "tools", "thinking"]
    assert shown.modelinfo["qwen3.context_length"] == 40960
    assert client.ps().models == []


def test_answers_whole_and_in_pieces(server, client):
    whole = client.chat("qwen3:8b", ASKED)
    assert (whole.message.content, whole.done_reason, whole.prompt_eval_count) == ("Hello, world.", "stop", 7)
    pieces = [part.message.content for part in client.chat("qwen3:8b", ASKED, stream=True)]
    assert pieces == ["Hello", ",", " world", ".", ""]
    assert client.generate("qwen3:8b", "Hello?").response == "Hello, world."
    assert [model.context_length for model in client.ps().models] == [4096]
    assert server.loads == [("qwen3:8b", 4096)]


def test_thinking_and_tools(server, client):
    server.scenario = "thinking"
    assert "".join(part.message.thinking or "" for part in client.chat("q", ASKED, stream=True)) == "Let me think."
    server.scenario = "tools"
    calls = [call for part in client.chat("q", ASKED, stream=True) for call in part.message.tool_calls or ()]
    assert calls[0].function.arguments == {"city": "Oslo"}


def test_embeddings(client):
    assert client.embed("nomic-embed-text", ["one", "three"]).embeddings == [[3.0, 1.0], [5.0, 1.0]]
    assert client.embeddings("nomic-embed-text", "four").embedding == [4.0, 1.0]


@pytest.mark.parametrize(("scenario", "status"), [("not_pulled", 404), ("busy", 503), ("too_long", 400)])
def test_errors_have_their_status(server, client, scenario, status):
    server.scenario = scenario
    with pytest.raises(ollama.ResponseError) as problem:
        client.chat("qwen3:8b", ASKED)
    assert problem.value.status_code == status


def test_an_error_after_the_beginning_is_a_line(server, client):
    server.scenario = "error_inside"
    with pytest.raises(ollama.ResponseError, match="has terminated"):
        list(client.chat("qwen3:8b", ASKED, stream=True))


def test_a_prompt_is_cut_without_a_word_unless_that_is_forbidden(client):
    long = [{"role": "user", "content": "a" * 40_000}]
    assert client.chat("qwen3:8b", long).prompt_eval_count == 4096


def test_models_come_and_go(server, client, tmp_path):
    assert [step.status for step in client.pull("gemma3", stream=True)][-1] == "success"
    client.copy("gemma3", "mine")
    client.delete("gemma3")
    assert "mine:latest" in [model.model for model in client.list().models]
    with pytest.raises(ollama.ResponseError):
        client.delete("gemma3")
    weights = tmp_path / "w.gguf"
    weights.write_bytes(b"GGUF weights")
    digest = client.create_blob(weights)
    assert digest == f"sha256:{hashlib.sha256(b'GGUF weights').hexdigest()}"
    assert client.create("made", files={"w.gguf": digest}, system="Brief.").status == "success"
    assert client.show("made").model_dump()["template"] == ""
    with pytest.raises(ollama.ResponseError):
        client.create("other", files={"w.gguf": "sha256:" + "0" * 64})
