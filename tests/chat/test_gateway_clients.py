"""The programs that people have, unchanged, against a real server process: openai, LangChain, and webui itself."""

import asyncio
import json
import threading

import httpx
import openai
import pytest
from asgiref.sync import async_to_sync
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from providers.discovery import look
from providers.failures import AnswerFailed
from providers.models import Connection, Limit, Model, Usage
from tests.servers.clever import CleverServer
from tests.servers.web import WebProcess
from tests.waiting import eventually
from webui.accounts.models import ApiKey
from webui.conf import conf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def web(django_db_setup, tmp_path_factory):
    with WebProcess(tmp_path_factory.mktemp("gateway"), WEBUI_DRAIN_SECONDS="1") as process:
        yield process


@pytest.fixture(scope="module")
def lab():
    with CleverServer() as server:
        yield server


@pytest.fixture
def models(db, lab):
    connection = Connection.objects.create(name="Lab", base_url=lab.base_url)
    for name, kind in (("qwen", "chat"), ("bge-small", "embedding")):
        Model.objects.create(
            connection=connection, name=name, public_id=name, kind=kind, for_everyone=True, capabilities=["vision"]
        )
    return connection


@pytest.fixture
def key(alice):
    return ApiKey.issue(alice, "a program")[1]


@pytest.fixture
def client(web, models, key):
    with openai.OpenAI(base_url=f"{web.address}/v1", api_key=key, max_retries=0) as client:
        yield client


class Place(BaseModel):
    city: str
    people: int


WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def said(text):
    return [{"role": "user", "content": text}]


def test_the_openai_package(client, lab):
    assert [model.id for model in client.models.list()] == ["qwen", "bge-small"]
    assert client.models.retrieve("qwen").owned_by == "Lab"
    answer = client.chat.completions.create(model="qwen", messages=said("Type 3"), temperature=0.1, seed=5)
    assert answer.choices[0].message.content == "w0 w1 w2 "
    assert lab.asked[-1]["seed"] == 5
    stream = client.chat.completions.create(
        model="qwen", messages=said("Type 3"), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == "w0 w1 w2 "
    assert chunks[-1].usage.total_tokens > 0
    both = client.chat.completions.create(model="qwen", messages=said("Type 2"), n=2)
    assert [(c.index, c.message.content) for c in both.choices] == [(0, "w0 w1 "), (1, "w0 w1 ")]


def test_the_openai_package_with_tools_and_structures(client, lab):
    first = client.chat.completions.create(
        model="qwen", messages=said("Weather?"), tools=[WEATHER], tool_choice="required"
    )
    call = first.choices[0].message.tool_calls[0]
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "Bern"})
    assert lab.asked[-1]["tool_choice"] == "required"
    told = [*said("Type 2"), first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    assert client.chat.completions.create(model="qwen", messages=told, tools=[WEATHER]).choices[0].message.content
    assert lab.asked[-1]["messages"][-1]["tool_call_id"] == "call_1"
    with client.chat.completions.stream(model="qwen", messages=said("Weather?"), tools=[WEATHER]) as stream:
        final = stream.get_final_completion()
    assert json.loads(final.choices[0].message.tool_calls[0].function.arguments) == {"city": "Bern"}
    parsed = client.chat.completions.parse(model="qwen", messages=said("Where?"), response_format=Place)
    assert parsed.choices[0].message.parsed == Place(city="Bern", people=7)
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    client.chat.completions.create(
        model="qwen", messages=[{"role": "user", "content": [{"type": "text", "text": "echo"}, picture]}]
    )
    assert lab.asked[-1]["messages"][-1]["content"][1] == picture


def test_the_openai_package_with_embeddings(client, embedder):
    made = client.embeddings.create(model="bge-small", input=["four", "seventh"])  # in base64, as the package asks
    assert [row.embedding for row in made.data] == [[4.0, 0.5, -1.0], [7.0, 0.5, -1.0]]
    assert made.usage.total_tokens == 5
    plain = client.embeddings.create(model="bge-small", input="four", encoding_format="float")
    assert plain.data[0].embedding == [4.0, 0.5, -1.0]
    assert len(client.embeddings.create(model="text-embedding-3-small", input="a boat").data[0].embedding) == 384
    with pytest.raises(openai.BadRequestError, match="gives vectors of 3 numbers"):
        client.embeddings.create(model="bge-small", input="four", dimensions=2)
    with pytest.raises(openai.BadRequestError, match="one width"):
        client.embeddings.create(model="default", input="four", dimensions=2)
    with pytest.raises(openai.BadRequestError, match="check_embedding_ctx_length"):
        client.embeddings.create(model="bge-small", input=[[1, 2, 3]])
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="qwen", input="four")


def test_the_openai_package_understands_every_refusal(client, web, alice):
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="nope", messages=said("hi"))
    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk-webui-wrong").models.list()
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="qwen", messages=[])
    with pytest.raises(openai.NotFoundError) as nowhere:
        client.moderations.create(input="a boat")
    assert nowhere.value.code == "unknown_url"
    with pytest.raises(openai.APIStatusError) as wrong:
        client.delete("/models", cast_to=object)
    assert (wrong.value.status_code, wrong.value.code) == (405, "method_not_supported")
    headers = {"Authorization": f"Bearer {client.api_key}", "Content-Type": "application/json"}
    broken = httpx.post(f"{web.address}/v1/chat/completions", content=b"{", headers=headers)
    assert (broken.status_code, broken.json()["error"]["message"]) == (400, "The body is not JSON.")
    Limit.objects.create(user=alice, tokens_day=0)
    with pytest.raises(openai.RateLimitError) as over:
        eventually(lambda: client.chat.completions.create(model="qwen", messages=said("Type 1")) is None)
    assert over.value.code == "over_budget"
    assert int(over.value.response.headers["Retry-After"]) > 0


def test_the_openai_package_on_a_loop(web, models, key):
    async def ask():
        async with openai.AsyncOpenAI(base_url=f"{web.address}/v1", api_key=key, max_retries=0) as client:
            stream = await client.chat.completions.create(model="qwen", messages=said("Type 3"), stream=True)
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
            made, whole = await asyncio.gather(
                client.embeddings.create(model="bge-small", input="four"),
                client.chat.completions.create(model="qwen", messages=said("Type 2")),
            )
            return text, made.data[0].embedding[0], whole.choices[0].message.content

    assert asyncio.run(ask()) == ("w0 w1 w2 ", 4.0, "w0 w1 ")


def test_langchain(web, models, key):
    chat = ChatOpenAI(model="qwen", base_url=f"{web.address}/v1", api_key=key, max_retries=0)
    assert chat.invoke("Type 2").content == "w0 w1 "
    assert "".join(part.content for part in chat.stream("Type 3")) == "w0 w1 w2 "
    called = chat.bind_tools([WEATHER]).invoke("Weather?")
    assert [(call["name"], call["args"]) for call in called.tool_calls] == [("weather", {"city": "Bern"})]
    assert chat.with_structured_output(Place).invoke("Where?") == Place(city="Bern", people=7)
    by_tool = chat.with_structured_output(Place, method="function_calling")
    assert by_tool.invoke("Where?") == Place(city="Bern", people=7)
    vectors = OpenAIEmbeddings(
        model="bge-small", base_url=f"{web.address}/v1", api_key=key, check_embedding_ctx_length=False
    )
    assert vectors.embed_query("four") == [4.0, 0.5, -1.0]
    assert vectors.embed_documents(["a", "bb"]) == [[1.0, 0.5, -1.0], [2.0, 0.5, -1.0]]


def test_another_webui(web, models, key, bob, monkeypatch):
    """Here is a second one, of which a connection leads to the first."""
    from webui.asgi import django_application

    with pytest.raises(AnswerFailed, match="ourselves"):
        async_to_sync(look)(f"{web.address}/v1", key)
    monkeypatch.setitem(conf.__dict__, "instance", "another")
    found = async_to_sync(look)(f"{web.address}/v1", key)
    assert {model.name: model.kind for model in found.models} == {"qwen": "chat", "bge-small": "embedding"}
    connection = Connection(name="The other", base_url=f"{web.address}/v1")
    connection.api_key = key
    connection.save()
    Model.objects.create(connection=connection, name="qwen", public_id="other/qwen", for_everyone=True)
    headers = {"Authorization": f"Bearer {ApiKey.issue(bob, 'his')[1]}"}
    body = {"model": "other/qwen", "messages": said("Type 3"), "stream": True}

    async def ask():
        transport = httpx.ASGITransport(django_application)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as here:
            tools = {"model": "other/qwen", "messages": said("Weather?"), "tools": [WEATHER]}
            return await here.post("/v1/chat/completions", json=body), await here.post(
                "/v1/chat/completions", json=tools
            )

    streamed, called = asyncio.run(ask())
    lines = [json.loads(line[6:]) for line in streamed.text.splitlines() if line.startswith("data: {")]
    assert "".join(line["choices"][0]["delta"].get("content") or "" for line in lines) == "w0 w1 w2 "
    call = called.json()["choices"][0]["message"]["tool_calls"][0]["function"]
    assert json.loads(call["arguments"]) == {"city": "Bern"}


def test_an_answer_that_outlasts_the_process_ends_with_a_word(web, models, key, alice):
    lines = []

    def read():
        body = {"model": "qwen", "messages": said("Type on"), "stream": True}
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.stream("POST", f"{web.address}/v1/chat/completions", headers=headers, json=body) as answer:
            for line in answer.iter_lines():
                lines.append(line)

    reader = threading.Thread(target=read)
    reader.start()
    eventually(lambda: len(lines) > 5)
    web.ask_to_stop()
    reader.join(20)
    ends = [line for line in lines if line]
    assert json.loads(ends[-2][6:])["error"]["code"] == "shutting_down"
    assert ends[-1] == "data: [DONE]"
    eventually(lambda: web.process.poll() is not None)
    assert Usage.objects.get(user=alice).completion_tokens > 5  # what was counted is stored at the end
