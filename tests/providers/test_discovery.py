"""What servers say of themselves, and why they say nothing, over real sockets."""

import asyncio

import pytest

from providers.addresses import Address
from providers.discovery import listing_of, look
from providers.failures import AnswerFailed
from providers.found import FoundModel, listed_models
from providers.neighbours import probe_local
from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import HTML, OpenAIServer


@pytest.mark.parametrize(
    ("entry", "kind", "window"),
    [
        ({"id": "Qwen/Qwen2.5-0.5B-Instruct", "max_model_len": 5108}, "chat", 5108),
        ({"id": "a", "meta": {"n_ctx": 4096, "n_ctx_train": 32768}}, "chat", 4096),
        ({"id": "a", "context_length": "8192"}, "chat", None),
        ({"id": "text-embedding-3-small"}, "embedding", None),
        ({"id": "BAAI/bge-m3"}, "embedding", None),
        ({"id": "intfloat/multilingual-e5-small"}, "embedding", None),
        ({"id": "text-embedding-nomic", "type": "llm"}, "chat", None),
        ({"id": "foo", "type": "embeddings"}, "embedding", None),
        ({"id": "BAAI/bge-reranker-v2"}, "other", None),
        ({"id": "whisper-1"}, "transcription", None),
        ({"id": "gpt-4o-mini-transcribe"}, "transcription", None),
        ({"id": "gpt-4o-mini-tts"}, "speech", None),
        ({"id": "hexgrad/Kokoro-82M"}, "speech", None),
        ({"id": "通义千问:7b"}, "chat", None),
        ({"name": "x"}, "chat", None),
    ],
)
def test_a_listed_model_is_understood(entry, kind, window):
    (model,) = listed_models({"data": [entry]})
    assert (model.kind, model.window) == (kind, window)


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"data": [{"id": "a"}, {"id": "a"}, {"id": "b"}]}, ["a", "b"]),
        ({"models": [{"name": "a"}]}, ["a"]),
        ([{"id": "a"}, "b"], ["a", "b"]),
        ({"data": []}, []),
        ({"data": [{"id": None}, 5, {"id": "x" * 400}, {"id": "a\nb"}]}, []),
    ],
)
def test_lists_in_every_shape(document, names):
    assert [model.name for model in listed_models(document)] == names


@pytest.mark.parametrize("document", [None, "x", {}, {"data": None}, {"detail": "no"}])
def test_what_is_no_list(document):
    assert listed_models(document) is None


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions", "/docs", "/api"])
async def test_vllm_is_found_from_any_form_of_its_address(path):
    with OpenAIServer(models=[{"id": "org/qwen", "owned_by": "vllm", "max_model_len": 5108}]) as server:
        listing = await look(server.address + path)
    assert listing.address == Address(kind="openai", base_url=f"{server.address}/v1")
    assert (listing.product, listing.models) == ("vLLM", (FoundModel(name="org/qwen", window=5108),))
    assert not any("authorization" in request.headers for request in server.requests)


async def test_a_server_without_v1_is_found_at_its_root():
    with OpenAIServer() as server:
        server.prefix = ""
        assert (await look(server.address)).address.base_url == server.address


async def test_llama_cpp_tells_its_window_for_one_conversation():
    with OpenAIServer(models=[{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 8192}}]) as server:
        server.paths["/props"] = {"default_generation_settings": {"n_ctx": 4096}}
        listing = await look(server.address)
    assert (listing.product, listing.models[0].window) == ("llama.cpp", 4096)


async def test_lm_studio_tells_kinds_and_loaded_windows():
    with OpenAIServer(models=[{"id": "a", "owned_by": "organization_owner"}, {"id": "b"}]) as server:
        told = [{"id": "a", "type": "vlm", "max_context_length": 32768, "loaded_context_length": 4096}]
        server.paths["/api/v0/models"] = {"data": [*told, {"id": "b", "type": "embeddings"}]}
        listing = await look(server.address)
    assert listing.product == "LM Studio"
    assert [(m.kind, m.window) for m in listing.models] == [("chat", 4096), ("embedding", None)]


@pytest.mark.parametrize("path", ["", "/v1", "/api/chat"])
async def test_ollama_is_found_with_kinds_windows_and_capabilities(path):
    with OllamaServer() as server:
        listing = await look(server.address + path)
    assert listing.address == Address(kind="ollama", base_url=server.address)
    assert {m.name: (m.kind, m.window) for m in listing.models} == {
        "qwen3:8b": ("chat", 40960),
        "llava:7b": ("chat", 4096),
        "nomic-embed-text:latest": ("embedding", 2048),
    }
    assert "vision" in listing.models[1].capabilities


async def failure_at(text: str, key: str = "") -> str:
    with pytest.raises(AnswerFailed) as caught:
        await look(text, key)
    return caught.value.failure.code


async def test_nothing_there():
    assert await failure_at("http://127.0.0.1:9") == "unreachable"


async def test_a_name_nobody_knows():
    assert await failure_at("http://no-such-host.invalid:8000") == "no_name"


async def test_https_where_there_is_none():
    async def plain(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        assert await failure_at(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}") == "tls"


async def test_a_key_is_wanted_or_refused():
    with OpenAIServer(key="sk-right") as server:
        assert await failure_at(server.address) == "unauthorized"
        assert await failure_at(server.address, "sk-wrong") == "unauthorized"
        assert (await look(server.address, "sk-right")).models


async def test_a_chat_without_a_list_of_models():
    with OpenAIServer("failed") as server:
        server.prefix = "/nowhere"
        server.paths["/v1/chat/completions"] = {}
        assert await failure_at(server.address) == "wrong_path"
        server.models = {"not": "a list"}
        server.prefix = "/v1"
        server.scenario = "too_long"
        assert await failure_at(server.address) == "bad_response"


async def test_a_web_page():
    with OpenAIServer() as server:
        server.prefix = "/elsewhere"
        server.pages["/v1/models"] = HTML
        assert await failure_at(server.address) == "web_page"


async def test_a_server_that_hangs_is_given_up_in_time():
    with OpenAIServer("hang") as server:
        with pytest.raises(AnswerFailed) as caught:
            await listing_of(Address(kind="openai", base_url=server.base_url), seconds=0.3)
        server.release.set()
    assert caught.value.failure.code == "timeout"


async def test_no_models_is_no_failure():
    with OpenAIServer(models=[]) as server:
        assert (await look(server.address)).models == ()


async def test_the_usual_ports_are_looked_at_and_named():
    with OllamaServer() as ollama, OpenAIServer() as other:
        ports = {ollama.port: "ollama", other.port: "openai", 9: "openai"}
        found = await probe_local(("127.0.0.1",), ports)
    assert [(one.product, one.models) for one in found] == [("Ollama", 3), ("", 1)]


async def test_nobody_looks_when_the_operator_does_not_want_it():
    with OllamaServer() as ollama:
        assert await probe_local(ports={ollama.port: "ollama"}) == []
        assert not ollama.requests
