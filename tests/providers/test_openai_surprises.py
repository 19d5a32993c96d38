"""The OpenAI-compatible client: odd forms of answers, refusals it learns from, waits that it tells of."""

import asyncio
from contextlib import aclosing

import pytest

from providers import transport
from providers.base import ChatMessage, ChatRequest
from providers.openai_compatible import OpenAIProvider
from providers.wire import Limits
from tests.providers.answers import answer_of, question
from tests.servers.openai_server import OpenAIServer
from tests.waiting import eventually_async

QUICK = Limits(connect=2, headers=1.5, first=1.5, idle=0.5, total=10, retry_pause=0.05, line=200_000, answer=400_000)
SAID = "Hello, world."


@pytest.fixture
def server():
    with OpenAIServer() as server:
        yield server
        server.release.set()


@pytest.fixture
async def provider(server):
    provider = OpenAIProvider(server.base_url, limits=QUICK)
    yield provider
    await provider.close()


@pytest.mark.parametrize(
    ("scenario", "text", "finish"),
    [
        ("one_segment", SAID, "stop"),
        ("foreign_events", SAID, "stop"),
        ("over_several_lines", SAID, "stop"),
        ("usage_always", SAID, "stop"),
        ("keepalive", SAID, "stop"),
        ("length", "Hello", "length"),
        ("filtered", "Hello", "content_filter"),
        ("done_and_silent", "Hello", "stop"),
    ],
)
async def test_whole_answers_in_odd_forms(server, provider, scenario, text, finish):
    server.scenario = scenario
    answer = await answer_of(provider)
    assert (answer.error, answer.text, answer.finish, answer.calls) == (None, text, finish, [])


@pytest.mark.parametrize(
    ("scenario", "code", "kept", "words"),
    [
        ("bare_error", "bad_response", "Hello", "Engine died"),
        ("giant_chunk", "too_large", "", "more than an answer may hold"),
        ("many_headers", "bad_response", "", "cannot be read"),
        ("withheld", "empty_answer", "", "content filter"),
        ("only_thought", "empty_answer", "", "never came to an answer"),
        ("mute", "timeout", "", "did not answer in time"),
        ("limited_without_a_time", "rate_limited", "", "Wait a little"),
    ],
)
async def test_each_failure_has_its_sentence(server, provider, scenario, code, kept, words):
    server.scenario = scenario
    answer = await answer_of(provider)
    assert answer.error, f"finished with {answer}"
    assert (answer.error.code, answer.text) == (code, kept)
    assert words in str(answer.error)


async def test_the_last_count_of_many_is_the_one_that_holds(server, provider):
    server.scenario = "usage_always"
    assert (await answer_of(provider)).usage == (7, 4)


async def test_two_tool_calls_in_letters_by_turns_come_out_whole(server, provider):
    server.scenario = "tools_interleaved"
    answer = await answer_of(provider)
    arguments = {0: "", 1: ""}
    for call in answer.calls:
        arguments[call["index"]] += call["function"]["arguments"]
    assert arguments == {0: '{"a": 1}', 1: '{"a": 1}'}


async def test_alice_is_told_that_the_model_is_loading_and_gets_her_answer(server, provider):
    server.scenarios = ["loading", "loading", "loading", "loading", "normal"]
    answer = await answer_of(provider)
    assert (answer.text, answer.error) == (SAID, None)
    assert answer.waits == [("loading", 0.1)] * 4


async def test_loading_does_not_last_for_ever(server, provider):
    server.scenario = "loading"
    answer = await answer_of(provider)
    assert answer.error.code == "overloaded"
    assert "still loading" in str(answer.error)


async def test_alice_is_told_how_long_a_busy_server_asks_her_to_wait(server, provider):
    server.scenarios = ["busy", "limited", "normal"]
    answer = await answer_of(provider)
    assert answer.text == SAID
    assert [stage for stage, _seconds in answer.waits] == ["busy", "busy"]
    assert all(seconds >= asked for (_stage, seconds), asked in zip(answer.waits, (0.1, 0.2), strict=True))


async def test_stopping_while_waiting_asks_no_more(server, provider):
    server.scenarios = ["busy", "normal"]
    async with aclosing(provider.stream(question())) as pieces:
        await anext(pieces)
    assert provider.open == 0
    assert len(server.asked) == 1


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_an_answer_wished_too_long_is_wished_shorter_once(server, provider, name):
    server.scenario = "too_much_wished"
    answer = await answer_of(provider, question(**{name: 9000}))
    assert (answer.text, answer.error) == (SAID, None)
    assert [body[name] for body in server.asked] == [9000, 8192 - 100 - 8]


async def test_a_prompt_too_long_is_not_asked_again(server, provider):
    server.scenario = "too_long"
    assert (await answer_of(provider, question(max_tokens=9000))).error.code == "context_too_long"
    assert len(server.asked) == 1


def conversation() -> ChatRequest:
    said = [("system", "Be brief."), ("system", "Be kind."), ("user", "One?"), ("user", "Two?"), ("assistant", "Yes.")]
    messages = [ChatMessage(role=role, content=text) for role, text in [*said, ("user", "Three?")]]
    return ChatRequest(model="qwen", messages=messages)


async def test_a_template_without_a_system_role_gets_its_words_in_the_first_question(server, provider):
    server.scenario = "no_system_role"
    for _ in range(2):
        assert (await answer_of(provider, conversation())).text == SAID
    assert len(server.asked) == 3, "not remembered"
    assert server.asked[-1]["messages"] == [
        {"role": "user", "content": "Be brief.\n\nBe kind.\n\nOne?\n\nTwo?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "Three?"},
    ]


async def test_a_template_that_wants_turns_gets_neighbours_merged(server, provider):
    server.scenario = "alternating_only"
    assert (await answer_of(provider, conversation())).text == SAID
    assert [message["role"] for message in server.asked[-1]["messages"]] == ["system", "user", "assistant", "user"]


async def test_thinking_that_only_closes_is_taken_back_once_and_known_from_then_on(server, provider):
    server.scenario = "closing_tag_only"
    for _ in range(2):
        answer = await answer_of(provider)
        assert (answer.reasoning.strip(), answer.text) == ("Let me think.", "42")
    server.scenario = "normal"
    assert (await answer_of(provider)).text == SAID


async def test_a_model_called_a_thinker_is_never_taken_back(server, provider):
    server.scenario = "closing_tag_only"
    request = question(model="Qwen/Qwen3-4B-Thinking-2507")
    async with aclosing(provider.stream(request)) as pieces:
        kinds = [type(piece).__name__ async for piece in pieces]
    assert kinds == ["ReasoningPiece", "TextPiece", "FinishPiece"]


async def test_a_model_called_a_thinker_whose_server_tells_thinking_apart_is_believed(server, provider):
    server.scenario = "reasoning"
    answer = await answer_of(provider, question(model="deepseek-r1"))
    assert (answer.reasoning, answer.text) == ("Let me think.", "42")


async def test_a_hundred_and_fifty_people_are_answered_at_once(server, provider, monkeypatch):
    monkeypatch.setattr(transport, "_MANY", 10)
    server.scenario = "pausing"
    answers = [asyncio.create_task(answer_of(provider)) for _ in range(150)]
    await eventually_async(lambda: len(server.requests) == 150)
    assert provider.open == 150
    server.release.set()
    assert {(answer.text, answer.error) for answer in await asyncio.gather(*answers)} == {(SAID + " Later.", None)}
    assert (provider.open, transport.Body.open) == (0, 0)
