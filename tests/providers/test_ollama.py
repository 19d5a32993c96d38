"""Ollama's own API: what is sent, and every way it answers or fails, over real sockets."""

import asyncio
from contextlib import aclosing

import pytest

from providers.base import ChatMessage, ChatRequest, TextPiece, UsagePiece, WaitPiece
from providers.failures import AnswerFailed
from providers.models import Model
from providers.ollama import OllamaProvider
from providers.ollama_window import prompt_tokens, reply_tokens, window_for
from providers.ollama_wire import chat_body, lasting
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
        "shift": False,
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
        while not isinstance(await anext(pieces), TextPiece):
            continue
    await eventually_async(server.gone.is_set, seconds=2)


async def test_an_endless_answer_is_ended_at_the_limit(server, provider):
    server.scenario = "endless"
    assert (await answer_of(provider)).error.code == "too_large"


async def test_the_window_grows_in_steps_and_never_shrinks(server, provider):
    for length in (10, 15_000, 10):
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
    body = chat_body(question(text, **params))
    assert window_for(prompt_tokens(body) + reply_tokens(body), most=window) == chosen


@pytest.mark.parametrize(
    ("needed", "loaded", "wished", "most", "chosen"),
    [
        (3000, 32768, None, None, 32768),  # what is loaded suffices: no new load
        (3000, 10_000, None, None, 10_000),  # whoever chose it
        (9000, 8192, None, None, 16384),
        (9000, 8192, None, 12_000, 12_000),
        (3000, 32768, None, 16384, 4096),  # an administrator has allowed less since
        (3000, 8192, 20_000, None, 20_000),
        (3000, 8192, 20_000, 16384, 16384),
        (3000, 0, True, None, 4096),
        (2_000_000, 0, None, None, 1048576),
    ],
)
def test_the_loaded_window_is_kept_while_it_suffices(needed, loaded, wished, most, chosen):
    assert window_for(needed, loaded=loaded, wished=wished, most=most) == chosen


@pytest.mark.parametrize(
    ("text", "told"),
    [("", None), ("5m", "5m"), (" 24h ", "24h"), ("0", 0), ("-1", -1), ("300", 300), ("1h30m", "1h30m")],
)
def test_how_long_a_model_stays_is_told_as_ollama_reads_it(text, told):
    assert lasting(text) == told


@pytest.mark.parametrize(
    ("model", "params", "think"),
    [
        ("qwen3", {"think": True}, True),
        ("qwen3", {"reasoning_effort": "high"}, True),
        ("qwen3", {"think": "none"}, False),
        ("qwen3", {}, None),
        ("gpt-oss:20b", {"think": "high"}, "high"),
        ("gpt-oss:20b", {"reasoning_effort": "medium"}, "medium"),
        ("gpt-oss:20b", {"think": False}, "low"),  # it always thinks
        ("gpt-oss:20b", {"think": True}, None),
        ("hf.co/unsloth/gpt-oss-20b-GGUF", {"reasoning_effort": "none"}, "low"),
    ],
)
def test_thinking_is_asked_for_as_the_model_takes_it(model, params, think):
    assert chat_body(question(model=model, **params)).get("think") == think


def test_tools_and_pictures_count_as_prompt():
    words = prompt_tokens({"messages": [{"content": "a" * 300}]})
    picture = prompt_tokens({"messages": [{"content": "a" * 300, "images": ["QUJD"]}]})
    tools = prompt_tokens({"messages": [{"content": "a" * 300}], "tools": [{"function": {"description": "b" * 3000}}]})
    assert 100 <= words < 120
    assert picture > words + 500
    assert tools > words + 1000
    assert prompt_tokens({"prompt": "a" * 300, "system": "汉" * 50}) >= 150


def test_parameters_get_ollamas_names():
    schema = {"type": "object"}
    body = chat_body(
        question(
            temperature=0.1, max_tokens=50, stop="END", reasoning_effort="none", tool_choice="none", tools=[{}],
            keep_alive=-1, response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
        )
    )  # fmt: skip
    assert body["options"] == {"temperature": 0.1, "num_predict": 50, "stop": ["END"]}
    assert (body["think"], body["format"]) == (False, schema)
    assert "tools" not in body
    assert "keep_alive" not in body, "how long a model fills the memory is not for everybody to say"


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


def settings(name="qwen", window=None, cap=None, keep_alive="") -> Model:
    return Model(name=name, window=window, window_cap=cap, keep_alive=keep_alive)


async def windows_of(server, provider, *lengths, **params) -> list[int]:
    for length in lengths:
        answer = await answer_of(provider, question("a" * length, **params))
        assert answer.error is None
    return [body["options"]["num_ctx"] for body in server.asked]


async def test_what_somebody_else_has_loaded_is_kept(server, provider):
    server.loaded, server.windows = ["qwen:latest"], {"qwen:latest": 16384}
    assert await windows_of(server, provider, 10, 25_000) == [16384, 16384]
    assert server.loads == []


async def test_once_it_has_left_the_memory_a_model_begins_small_again(server, provider, monkeypatch):
    monkeypatch.setattr("providers.ollama_memory.LOOK_EVERY", 0)
    monkeypatch.setattr("providers.ollama_memory.PATIENCE", 30)  # however busy the machine is
    await windows_of(server, provider, 25_000, 10)
    await provider._held.refreshed()  # or a look that is still under way would tell of before
    server.loaded.clear()
    assert await windows_of(server, provider, 10) == [16384, 16384, 4096]


async def test_while_it_is_being_loaded_nobody_asks_for_less(server, provider, monkeypatch):
    monkeypatch.setattr("providers.ollama_memory.LOOK_EVERY", 0)
    monkeypatch.setattr("providers.ollama_memory.PATIENCE", 30)  # however busy the machine is
    server.scenario = "late"
    first = asyncio.create_task(answer_of(provider, question("a" * 25_000)))
    await eventually_async(lambda: server.asked)
    second = asyncio.create_task(answer_of(provider, question("a")))
    await eventually_async(lambda: len(server.asked) == 2)
    server.release.set()
    await asyncio.gather(first, second)
    assert [body["options"]["num_ctx"] for body in server.asked] == [16384, 16384]


async def test_the_administrators_limits_are_kept_to(server, provider):
    provider.heed(settings(window=131072, cap=8192, keep_alive="24h"))
    assert await windows_of(server, provider, 10, 15_000) == [4096, 8192]
    assert (await answer_of(provider, question("a" * 60_000))).error.code == "context_too_long"
    assert await windows_of(server, provider, 10, num_ctx=100_000) == [4096, 8192, 8192, 8192]
    assert {body["keep_alive"] for body in server.asked} == {"24h"}


async def test_a_prompt_that_has_more_tokens_than_was_thought_is_asked_with_a_larger_window(server, provider):
    server.scenarios = ["too_long", "too_long", "normal"]
    assert await windows_of(server, provider, 9000, 9000) == [8192, 16384, 32768, 32768]


async def test_what_no_window_holds_is_said(server, provider):
    server.scenario = "too_long"
    provider.heed(settings(window=8192))
    assert (await answer_of(provider, question("a" * 9000))).error.code == "context_too_long"
    assert len(server.asked) == 1


async def test_counts_come_with_durations_and_the_window(server, provider):
    async with aclosing(provider.stream(question())) as pieces:
        (usage,) = [piece async for piece in pieces if isinstance(piece, UsagePiece)]
    assert usage == UsagePiece(
        prompt_tokens=7, completion_tokens=4, window=4096, load_ms=200, prompt_ms=50, answer_ms=100
    )


async def test_a_server_that_cuts_silently_is_betrayed_by_its_count(server, provider):
    server.scenario = "cuts_silently"
    async with aclosing(provider.stream(question("a" * 60_000))) as pieces:
        (usage,) = [piece async for piece in pieces if isinstance(piece, UsagePiece)]
    assert (usage.prompt_tokens, usage.window) == (4096, 32768)


async def test_a_model_that_is_not_pulled_is_said_with_what_to_do(server, provider):
    server.scenario = "not_pulled"
    error = (await answer_of(provider)).error
    assert (error.code, error.retryable) == ("model_not_found", False)
    assert "an administrator can pull it" in str(error)


async def test_the_headers_of_a_connection_are_sent(server, provider):
    provider.own_headers = {"X-Team": "lab"}
    await answer_of(provider)
    assert server.requests[-1].headers["x-team"] == "lab"
