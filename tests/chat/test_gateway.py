"""/v1, driven by the real `openai` package over a real server's ASGI application."""

import json

import httpx
import pytest
from asgiref.sync import sync_to_async

from knowledge.passages import Looked, Passage
from providers.base import ProviderError, ToolCallPiece

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def v1(alice):
    """An HTTP client of alice's key against the ASGI application itself."""
    from webui.accounts.models import ApiKey
    from webui.asgi import django_application

    _key, text = await sync_to_async(ApiKey.issue)(alice, "test")
    transport = httpx.ASGITransport(django_application)
    headers = {"Authorization": f"Bearer {text}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost/v1", headers=headers) as client:
        yield client


def ask(**more):
    return {"model": "qwen", "messages": [{"role": "user", "content": "hi"}], **more}


def events_of(answer):
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


@pytest.fixture
def handbook(monkeypatch):
    """Libraries and the web hold one passage each."""
    page = Passage(text="The limit is 5,000.", title="Handbook", document_name="handbook.pdf", page=7, score=0.9)
    site = Passage(text="Trains run hourly.", title="Trains", url="https://trains.example/", score=0.8)

    async def in_libraries(self, question, libraries, said):
        return [page]

    async def on_the_web(self, question):
        return Looked(passages=[site])

    monkeypatch.setattr("chat.retrieving.PersonsRetriever.in_libraries", in_libraries)
    monkeypatch.setattr("chat.retrieving.PersonsRetriever.on_the_web", on_the_web)


async def test_models_are_listed_as_openai_does(v1, model):
    listed = (await v1.get("/models")).json()
    assert listed["object"] == "list"
    assert [(entry["id"], entry["object"], entry["owned_by"]) for entry in listed["data"]] == [("qwen", "model", "Lab")]


async def test_an_answer_in_one_piece(v1, model, says):
    provider = says("Hello", " world", usage=(3, 2))
    answer = (await v1.post("/chat/completions", json=ask(temperature=0.1))).json()
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "Hello world"}
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["total_tokens"] == 5
    assert "citations" not in answer
    assert provider.requests[0].params == {"temperature": 0.1}
    assert provider.requests[0].model == "qwen"


async def test_an_answer_in_a_stream_with_usage(v1, model, says):
    says("Hel", "lo", usage=(3, 2))
    body = ask(stream=True, stream_options={"include_usage": True})
    events = events_of(await v1.post("/chat/completions", json=body))
    assert events[0]["choices"][0]["delta"] == {"role": "assistant", "content": "Hel"}
    text = "".join(event["choices"][0]["delta"].get("content", "") for event in events if event["choices"])
    assert text == "Hello"
    assert events[-2]["choices"][0]["finish_reason"] == "stop"
    assert (events[-1]["choices"], events[-1]["usage"]["completion_tokens"]) == ([], 2)


@pytest.mark.parametrize("stream", [False, True])
async def test_libraries_and_the_web_bring_citations(v1, alice, model, says, handbook, stream):
    from knowledge.models import Library

    library = await Library.objects.acreate(owner=alice, name="Rules")
    provider = says("It is 5,000 [1].")
    body = ask(libraries=[str(library.pk)], web_search=True, stream=stream)
    answer = await v1.post("/chat/completions", json=body)
    citations = (events_of(answer)[-1] if stream else answer.json())["citations"]
    assert [(c["n"], c["document_name"], c["page"], c["url"]) for c in citations] == [
        (1, "handbook.pdf", 7, None),
        (2, None, None, "https://trains.example/"),
    ]
    assert [c["cited"] for c in citations] == [True, False]
    assert "The limit is 5,000." in provider.requests[0].messages[-1].content


async def test_another_persons_library_does_not_exist(v1, bob, model, says):
    from knowledge.models import Library

    library = await Library.objects.acreate(owner=bob, name="Private")
    provider = says("x")
    answer = await v1.post("/chat/completions", json=ask(libraries=[str(library.pk)]))
    assert answer.status_code == 404
    assert "library" in answer.json()["error"]["message"] or "libraries" in answer.json()["error"]["message"]
    assert provider.requests == []


async def test_a_model_that_is_not_allowed_looks_like_one_that_does_not_exist(v1, model, says):
    provider = says("x")
    model.for_everyone = False
    await model.asave()
    forbidden = await v1.post("/chat/completions", json=ask())
    unknown = await v1.post("/chat/completions", json=ask(model="nope"))
    assert forbidden.status_code == unknown.status_code == 404
    assert forbidden.json()["error"]["code"] == unknown.json()["error"]["code"] == "model_not_found"
    assert provider.requests == []


@pytest.mark.parametrize("stream", [False, True])
async def test_a_failing_server_is_an_http_error_before_the_first_word(v1, model, says, stream):
    says(ProviderError("The model server is busy.", code="overloaded", retryable=True))
    answer = await v1.post("/chat/completions", json=ask(stream=stream))
    assert answer.status_code == 503
    assert answer.json()["error"]["message"] == "The model server is busy."


async def test_a_stream_that_breaks_ends_with_an_error_and_not_with_a_finish(v1, model, says):
    says("half", ProviderError("The model server hung up.", code="cut_off"))
    events = events_of(await v1.post("/chat/completions", json=ask(stream=True)))
    assert events[-1]["error"]["code"] == "cut_off"
    assert all(event["choices"][0]["finish_reason"] is None for event in events[:-1])


async def test_tool_calls_are_passed_through_and_put_together(v1, model, says):
    piece = {"index": 0, "id": "c1", "type": "function", "function": {"name": "time", "arguments": '{"zo'}}
    rest = {"index": 0, "function": {"arguments": 'ne":"CET"}'}}
    provider = says(ToolCallPiece(calls=[piece]), ToolCallPiece(calls=[rest]), finish="tool_calls")
    tools = [{"type": "function", "function": {"name": "time"}}]
    message = (await v1.post("/chat/completions", json=ask(tools=tools))).json()["choices"][0]["message"]
    assert message["tool_calls"][0]["function"] == {"name": "time", "arguments": '{"zone":"CET"}'}
    assert provider.requests[0].params["tools"] == tools


@pytest.mark.parametrize(
    "body",
    [{}, {"model": "qwen"}, {"model": "qwen", "messages": []}, {"model": "qwen", "messages": [{"content": "x"}]}, []],
)
async def test_a_wrong_body_gets_openais_error_shape(v1, model, body):
    answer = await v1.post("/chat/completions", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_without_a_key_there_is_nothing(model):
    from webui.asgi import django_application

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(django_application), base_url="http://localhost"
    ) as nobody:
        answer = await nobody.get("/v1/models")
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "invalid_api_key"
        wrong = await nobody.get("/v1/models", headers={"Authorization": "Bearer sk-webui-wrong"})
        assert wrong.status_code == 401


async def test_embeddings_come_from_the_libraries_model(v1, embedder):
    answer = (await v1.post("/embeddings", json={"model": "any", "input": ["a small boat", "ein Zug"]})).json()
    assert [entry["index"] for entry in answer["data"]] == [0, 1]
    lengths = [sum(value * value for value in entry["embedding"]) for entry in answer["data"]]
    assert lengths == pytest.approx([1, 1], abs=0.01)
    assert answer["usage"]["total_tokens"] > 0


@pytest.mark.parametrize("given", [[], "x" * 100_001, ["a"] * 2049])
async def test_too_much_or_nothing_to_embed_is_refused(v1, given):
    answer = await v1.post("/embeddings", json={"model": "any", "input": given})
    assert answer.status_code == 400
    assert "1 to 2,048 texts" in answer.json()["error"]["message"]


async def test_a_picture_goes_to_a_model_that_sees_and_to_no_other(v1, model, says):
    from providers.models import Model

    says("A boat.")
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aaaa"}},
    ]
    asked = ask(messages=[{"role": "user", "content": parts}])
    refused = await v1.post("/chat/completions", json=asked)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "no_vision")
    assert "qwen cannot look at pictures" in refused.json()["error"]["message"]
    await Model.objects.filter(pk=model.pk).aupdate(capabilities_by_hand=["vision"])
    seen = await v1.post("/chat/completions", json=asked)
    assert seen.json()["choices"][0]["message"]["content"] == "A boat."
