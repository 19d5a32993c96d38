"""The OpenAI-compatible client against every way a server answers or fails, over real sockets."""

import re
import time
from contextlib import aclosing

import pytest

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


async def test_alice_gets_text_usage_and_a_finish_reason(server, provider):
    answer = await answer_of(provider)
    assert (answer.text, answer.usage, answer.finish, answer.error) == (SAID, (7, 4), "stop", None)


async def test_only_what_a_person_set_is_sent(server, provider):
    await answer_of(provider, question("Hi", temperature=0.2))
    (body,) = server.asked
    assert body == {
        "model": "qwen",
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.2,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_a_blank_key_sends_no_header_whatever_the_environment_holds(server, provider, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    await answer_of(provider)
    headers = server.requests[-1].headers
    assert not {"authorization", "openai-organization", "openai-project"} & set(headers)
    assert "sk-" not in str(headers)


async def test_the_key_is_sent_as_bearer(server):
    server.key = "EMPTY"
    provider = OpenAIProvider(server.base_url, "EMPTY", limits=QUICK)
    assert (await answer_of(provider)).text == SAID
    await provider.close()


@pytest.mark.parametrize(
    ("scenario", "text", "reasoning", "finish"),
    [
        ("reasoning", "42", "Let me think.", "stop"),
        ("think_tags", "42", "Let me think.\n", "stop"),
        ("whole_json", SAID, "", "stop"),
        ("broken_utf8", "a\ufffd\ufffdb", "", "stop"),
        ("split_utf8", "🙂好", "", "stop"),
        ("odd_shapes", "Hi🙂!", "", "stop"),
        ("done_without_reason", SAID, "", "stop"),
    ],
)
async def test_whole_answers_in_odd_forms(server, provider, scenario, text, reasoning, finish):
    server.scenario = scenario
    answer = await answer_of(provider)
    assert (answer.error, answer.text, answer.reasoning, answer.finish) == (None, text, reasoning, finish)


@pytest.mark.parametrize(
    ("scenario", "code", "kept", "words"),
    [
        ("cut_off", "cut_off", SAID, "broke off"),
        ("cut_json", "cut_off", SAID, "broke off"),
        ("reset", "cut_off", SAID, "broke off"),
        ("stalled", "timeout", SAID, "went silent"),
        ("hang", "timeout", "", "did not answer in time"),
        ("empty", "empty_answer", "", "without saying anything"),
        ("web_page", "bad_response", "", "web page"),
        ("garbage", "bad_response", SAID, "cannot be read"),
        ("error_inside", "bad_response", SAID, "CUDA out of memory"),
        ("wide_line", "too_large", "", "more than an answer may hold"),
        ("unzips", "bad_response", "", "cannot be read"),
        ("big_headers", "bad_response", "", "cannot be read"),
        ("redirect", "unreachable", "", "final address"),
        ("not_retried", "rate_limited", "", "3600 seconds"),
        ("no_such_model", "model_not_found", "", "Choose another"),
        ("failed_page", "unreachable", "", "gateway"),
        ("failed_empty", "bad_response", "", "failed"),
        ("failed", "bad_response", "", "Worker died"),
        ("too_long", "context_too_long", "", "9,030 tokens were sent and its window holds 4,096"),
        ("busy", "overloaded", "", "busy"),
    ],
)
async def test_each_failure_has_its_sentence_and_what_arrived_is_kept(
    server, provider, scenario, code, kept, words, caplog
):
    server.scenario = scenario
    caplog.set_level("DEBUG", "providers")
    answer = await answer_of(provider)
    assert not {"CUDA out of memory", "Worker died"} & set(re.findall(r"CUDA out of memory|Worker died", caplog.text))
    assert answer.error, f"finished with {answer}"
    assert (answer.error.code, answer.text) == (code, kept)
    assert words in str(answer.error)
    assert "127.0.0.1" not in str(answer.error)
    assert "<script" not in str(answer.error)


async def test_an_endless_answer_is_ended_at_the_limit_and_the_server_notices(server, provider):
    server.scenario = "endless"
    answer = await answer_of(provider)
    assert answer.error.code == "too_large"
    assert 390_000 <= len(answer.text) <= 400_000
    await eventually_async(server.gone.is_set)


async def test_a_refused_key_is_told_without_the_key(server):
    server.key = "sk-right"
    provider = OpenAIProvider(server.base_url, "sk-wrong", limits=QUICK)
    error = (await answer_of(provider)).error
    assert error.code == "unauthorized"
    assert not error.retryable
    assert "sk-" not in str(error)
    await provider.close()


async def test_nothing_listens(server, provider):
    provider = OpenAIProvider("http://127.0.0.1:9/v1", limits=QUICK)
    answer = await answer_of(provider)
    assert (answer.error.code, answer.error.retryable) == ("unreachable", True)
    await provider.close()


async def test_a_name_that_does_not_exist():
    provider = OpenAIProvider("http://no-such-host.invalid/v1", limits=QUICK)
    assert (await answer_of(provider)).error.code == "unreachable"
    await provider.close()


async def test_a_busy_server_is_asked_again_and_answers_once(server, provider):
    server.scenarios = ["busy", "limited", "normal"]
    began = time.monotonic()
    answer = await answer_of(provider)
    assert (answer.text, answer.error) == (SAID, None)
    assert len(server.asked) == 3
    assert time.monotonic() - began > 0.3, "asked before Retry-After"


async def test_a_server_that_hangs_up_is_asked_once_more(server, provider):
    server.scenarios = ["hangs_up", "normal"]
    assert (await answer_of(provider)).text == SAID
    server.scenario = "hangs_up"
    answer = await answer_of(provider)
    assert answer.error.code == "unreachable"
    assert "hung up" in str(answer.error)
    assert len(server.asked) == 4


async def test_a_busy_server_is_asked_three_times_at_most(server, provider):
    server.scenario = "busy"
    await answer_of(provider)
    assert len(server.asked) == 3


async def test_nothing_is_asked_again_once_text_has_come(server, provider):
    server.scenario = "error_inside"
    await answer_of(provider)
    assert len(server.asked) == 1


async def test_a_rejected_field_is_left_out_and_remembered(server, provider):
    server.scenario = "wants_no_stream_options"
    assert (await answer_of(provider)).text == SAID
    assert (await answer_of(provider)).text == SAID
    assert ["stream_options" in body for body in server.asked] == [True, False, False]


async def test_closing_the_answer_closes_the_request(server, provider):
    server.scenario = "endless"
    async with aclosing(provider.stream(question())) as pieces:
        await anext(pieces)
    await eventually_async(server.gone.is_set, seconds=2)


async def test_text_arrives_as_it_is_said(server, provider):
    server.scenario = "pausing"
    async with aclosing(provider.stream(question())) as pieces:
        text = ""
        async for piece in pieces:
            text += getattr(piece, "text", "")
            if text == SAID:
                server.release.set()
    assert text == SAID + " Later."


async def test_tool_calls_without_an_index_get_one(server, provider):
    server.scenario = "tools"
    answer = await answer_of(provider, question(tools=[{"type": "function"}]))
    assert answer.finish == "tool_calls"
    assert {call["index"] for call in answer.calls} == {0}
    assert "".join(call["function"].get("arguments") or "" for call in answer.calls) == '{"a": 1}'
