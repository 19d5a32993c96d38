"""Ollama's own API: what is sent, and every way it answers or fails, over real sockets."""

import asyncio
from contextlib import aclosing

import pytest

from providers.base import ChatMessage, ChatRequest, TextPiece, WaitPiece
from providers.failures import AnswerFailed
from providers.ollama import OllamaProvider
from providers.ollama_wire import chat_body, window_for
from providers.wire import Limits
from tests.providers.answers import answer_of, question
from tests.servers.ollama_server import OllamaServer
from tests.waiting import eventually_async

QUICK = Limits(connect=2, headers=1.5, first=1.5, idle=0.5, total=10, retry_pause=0.05, line=200_000, answer=400_000)


@pytest.fixture
def server():
    with OllamaServer() as server:
        yield server
        server.release.set()


@pytest.fixture
async def provider(server):
    provider = OllamaProvider(server.address, limits=QUICK)
    yield provider
    await provider.close()


async def test_alice_gets_text_counts_and_a_reason(server, provider):
    answer = await answer_of(provider)
    assert (answer.text, answer.usage, answer.finish, answer.error) == ("Hello, world.", (7, 4), "stop", None)
    (body,) = server.asked
    assert body == {
        "model": "qwen",
        "messages": [{"role": "user", "content": "Hello?"}],
        "stream": True,
        "options": {"num_ctx": 4096},
        "truncate": False,
    }
    assert "authorization" not in server.requests[-1].headers


async def test_thinking_arrives_apart(server, provider):
    server.scenario = "thinking"
    answer = await answer_of(provider)
    assert (answer.reasoning, answer.text) == ("Let me think.", "42")


async def test_tool_calls_come_numbered_with_arguments_as_text(server, provider):
    server.scenario = "tools"
    answer = await answer_of(provider)
    assert [call["index"] for call in answer.calls] == [0, 1]
    assert answer.calls[0]["function"]["arguments"] == '{"city": "Oslo"}'
    assert answer.finish == "tool_calls"


@pytest.mark.parametrize(
    ("scenario", "code", "kept"),
    [
        ("error_inside", "bad_response", "Hello"),
        ("cut_off", "cut_off", "Hello"),
        ("empty", "empty_answer", ""),
        ("stalled", "timeout", "Hello"),
        ("hang", "timeout", ""),
        ("busy", "overloaded", ""),
        ("not_pulled", "model_not_found", ""),
        ("too_long", "context_too_long", ""),
        ("only_thought", "empty_answer", ""),
        ("nonsense", "bad_response", "Hello"),
        ("wide_line", "too_large", ""),
        ("unzips", "bad_response", ""),
        ("web_page", "bad_response", ""),
        ("redirect", "unreachable", ""),
        ("hangs_up", "unreachable", ""),
    ],
)
async def test_each_failure_has_its_code_and_what_arrived_is_kept(server, provider, scenario, code, kept):
    server.scenario = scenario
    answer = await answer_of(provider)
    assert answer.error, f"finished with {answer}"
    assert (answer.error.code, answer.text) == (code, kept)


async def test_characters_cut_anywhere_come_out_whole(server, provider):
    server.scenario = "split_utf8"
    answer = await answer_of(provider)
    assert (answer.text, answer.error) == ("🙂好", None)


async def test_alice_is_told_that_her_model_is_being_loaded(server, provider):
    server.scenario = "late"
    async with aclosing(provider.stream(question())) as pieces:
        assert await anext(pieces) == WaitPiece(stage="loading")
        server.release.set()
        assert [piece.text async for piece in pieces if isinstance(piece, TextPiece)] == ["Hello, world."]


@pytest.mark.parametrize("name", ["qwen", "qwen:latest"])
async def test_a_loaded_model_is_no_news_and_is_looked_for_once(server, provider, name):
    server.scenario = "late"
    server.loaded = [name]
    answers = [asyncio.create_task(answer_of(provider)) for _ in range(3)]
    await eventually_async(lambda: len(server.requests) == 4)
    server.release.set()
    assert [answer.waits for answer in await asyncio.gather(*answers)] == [[], [], []]
    assert [request.path for request in server.requests].count("/api/ps") == 1


async def test_a_server_that_does_not_tell_what_is_loaded_delays_nothing(server, provider):
    server.loaded = None
    answer = await answer_of(provider)
    assert (answer.text, answer.waits) == ("Hello, world.", [])


async def test_a_cut_at_the_token_limit_is_told(server, provider):
    server.scenario = "long"
    assert (await answer_of(provider)).finish == "length"


async def test_a_busy_server_is_asked_again(server, provider):
    server.scenarios = ["busy", "normal"]
    assert (await answer_of(provider)).text == "Hello, world."


async def test_a_model_that_cannot_think_is_asked_without(server, provider):
    server.scenario = "cannot_think"
    for _ in range(2):
        assert (await answer_of(provider, question(think=True))).text == "Hello, world."
    assert ["think" in body for body in server.asked] == [True, False, False]


async def test_nothing_listens():
    provider = OllamaProvider("http://127.0.0.1:9", limits=QUICK)
    assert (await answer_of(provider)).error.code == "unreachable"
    await provider.close()


async def test_closing_the_answer_closes_the_request(server, provider):
    server.scenario = "endless"
    async with aclosing(provider.stream(question())) as pieces:
        await anext(pieces)
    await eventually_async(server.gone.is_set, seconds=2)


async def test_an_endless_answer_is_ended_at_the_limit(server, provider):
    server.scenario = "endless"
    assert (await answer_of(provider)).error.code == "too_large"


async def test_the_window_grows_in_steps_and_never_shrinks(server, provider):
    for length in (10, 20_000, 10):
        await answer_of(provider, question("a" * length))
    assert [body["options"]["num_ctx"] for body in server.asked] == [4096, 8192, 8192]


@pytest.mark.parametrize(
    ("text", "window", "params", "chosen"),
    [
        ("a" * 100, None, {}, 4096),
        ("a" * 12_000, None, {}, 8192),
        ("汉" * 4_000, None, {}, 8192),
        ("汉" * 12_000, None, {}, 16384),
        ("a" * 100, None, {"max_tokens": 9000}, 16384),
        ("a" * 12_000, 6000, {}, 6000),
        ("a" * 100, 2048, {}, 2048),
        ("a" * 300_000, 131072, {}, 131072),
    ],
)
def test_the_window_fits_the_prompt_and_the_model(text, window, params, chosen):
    request = ChatRequest(model="m", messages=[ChatMessage(role="user", content=text)], window=window, params=params)
    assert window_for(request) == chosen


def test_parameters_get_ollamas_names():
    schema = {"type": "object"}
    body = chat_body(
        question(
            temperature=0.1, max_tokens=50, stop="END", reasoning_effort="none", tool_choice="none", tools=[{}],
            response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
        )
    )  # fmt: skip
    assert body["options"] == {"temperature": 0.1, "num_predict": 50, "stop": ["END"], "num_ctx": 4096}
    assert (body["think"], body["format"]) == (False, schema)
    assert "tools" not in body


def test_images_and_tool_results_get_ollamas_form():
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"city":"Oslo"}'}}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
    messages = [
        ChatMessage(role="user", content=[{"type": "text", "text": "What?"}, image]),
        ChatMessage(role="assistant", content="", extra={"tool_calls": [call]}),
        ChatMessage(role="tool", content="snow", extra={"tool_call_id": "c1"}),
    ]
    assert chat_body(ChatRequest(model="m", messages=messages))["messages"] == [
        {"role": "user", "content": "What?", "images": ["QUJD"]},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "look", "arguments": {"city": "Oslo"}}}],
        },
        {"role": "tool", "content": "snow", "tool_name": "look"},
    ]


def test_an_image_by_address_is_refused():
    content = [{"type": "image_url", "image_url": {"url": "http://example.org/a.png"}}]
    with pytest.raises(AnswerFailed):
        chat_body(ChatRequest(model="m", messages=[ChatMessage(role="user", content=content)]))
