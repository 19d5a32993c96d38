"""Pieces, thinking and failures as tables of examples: no server, no Django."""

import pytest

from providers.base import FinishPiece, ReasoningPiece, TextPiece, ToolCallPiece, UsagePiece
from providers.failures import AnswerFailed, failure_from, rejected_field
from providers.normalise import AnswerReader
from providers.thinking import RETHINK, ThinkingSplitter


def split(*parts: str, starts_thinking: bool = False) -> tuple[str, str]:
    splitter = ThinkingSplitter(starts_thinking=starts_thinking)
    said = [pair for part in parts for pair in splitter.feed(part)] + list(splitter.end())
    if RETHINK in said:
        at = said.index(RETHINK)
        said = [(True, text) for _thinking, text in said[:at]] + said[at + 1 :]
    return "".join(t for thinking, t in said if thinking), "".join(t for thinking, t in said if not thinking)


@pytest.mark.parametrize(
    ("parts", "thought", "text"),
    [
        (["Hello"], "", "Hello"),
        (["<think>a</think>b"], "a", "b"),
        (["  \n<think>\na\n</think>\n\nb"], "a\n", "b"),
        (["<thinking>a</thinking>b"], "a", "b"),
        (["<reason>a</reason>b"], "a", "b"),
        (["<THINK>a</Think>b"], "a", "b"),
        (list("<think>a</think>b"), "a", "b"),
        (["<think>a"], "a", ""),
        (["<think>a</thi"], "a</thi", ""),
        (["<think></think>b"], "", "b"),
        (["a</think>b"], "a", "b"),
        (["<think>a</think>b\n<think>c</think>d"], "ac", "b\nd"),
        (["a <think> b"], "", "a <think> b"),
        (["Use `<think>` and `</think>`."], "", "Use `<think>` and `</think>`."),
        (["```xml\n<think>a</think>\n```\nb"], "", "```xml\n<think>a</think>\n```\nb"),
        (["```\n", "<th", "ink>\n", "```", "\n<think>a</think>b"], "a", "```\n<think>\n```\nb"),
        (["~~~\n</think>\n~~~"], "", "~~~\n</think>\n~~~"),
        (["<think>```\na</think>b"], "```\na", "b"),
        (["1 < 2 and <table>"], "", "1 < 2 and <table>"),
        (["a <"], "", "a <"),
        (["<think>a < b</think>c <t"], "a < b", "c <t"),
    ],
)
def test_thinking_is_told_from_the_answer_however_it_is_cut(parts, thought, text):
    assert split(*parts) == (thought, text)
    assert split(*"".join(parts)) == (thought, text), "one character at a time"


def test_a_presumed_thought_that_never_closes_is_the_answer():
    assert split("a</think>b", starts_thinking=True) == ("a", "b")
    assert split("just ", "an answer", starts_thinking=True)[1] == "just an answer"


def test_many_tags_inside_a_fence_cost_no_more_than_the_text():
    thought, text = split("```\n" + "<think></think>" * 60_000)
    assert (thought, len(text)) == ("", 4 + 15 * 60_000)


def pieces(*chunks: object) -> list:
    reader = AnswerReader()
    return [piece for chunk in chunks for piece in reader.read(chunk)] + list(reader.end())


def delta(finish=None, **fields):
    return {"choices": [{"delta": fields, "finish_reason": finish}]}


STOP = delta("stop")


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "reasoning_text", "thinking"])
def test_every_name_of_the_reasoning_field(field):
    said = pieces(delta(**{field: "hm"}), delta(content="yes"), STOP)
    assert said == [ReasoningPiece(text="hm"), TextPiece(text="yes"), FinishPiece(reason="stop")]


def test_reasoning_under_two_names_is_given_once():
    said = pieces(delta(reasoning="hm", reasoning_content="hm"), delta(content="yes"), STOP)
    assert [piece for piece in said if isinstance(piece, ReasoningPiece)] == [ReasoningPiece(text="hm")]


@pytest.mark.parametrize(
    ("chunk", "usage"),
    [
        ({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}, (3, 2)),
        ({"choices": [{"delta": {}, "usage": {"prompt_tokens": 3, "completion_tokens": 2}}]}, (3, 2)),
        ({"x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 2}}}, (3, 2)),
        ({"timings": {"prompt_n": 1, "cache_n": 2, "predicted_n": 2}}, (3, 2)),
        ({"usage": {"prompt_tokens": 3, "completion_tokens": None}}, (3, 0)),
    ],
)
def test_usage_wherever_it_rides(chunk, usage):
    assert pieces(delta(content="a"), chunk, STOP)[1] == UsagePiece(prompt_tokens=usage[0], completion_tokens=usage[1])


@pytest.mark.parametrize("lie", [{"prompt_tokens": -5}, {"prompt_tokens": "10"}, {"completion_tokens": 10**18}, {}, 7])
def test_usage_that_cannot_be_is_left_out(lie):
    assert not [p for p in pieces(delta(content="a"), {"usage": lie}, STOP) if isinstance(p, UsagePiece)]


@pytest.mark.parametrize(
    ("entries", "indexes"),
    [
        ([{"id": "a"}, {}, {"id": "b"}, {"id": "a"}], [0, 0, 1, 0]),
        ([{"index": 1, "id": "b"}, {"index": 0, "id": "a"}], [1, 0]),
        ([{"index": None}, {"index": -1}], [0, 0]),
    ],
)
def test_tool_calls_always_have_an_index(entries, indexes):
    said = pieces(*[delta(tool_calls=[entry]) for entry in entries], STOP)
    assert [piece.calls[0]["index"] for piece in said if isinstance(piece, ToolCallPiece)] == indexes


def test_tool_arguments_given_as_an_object_become_text():
    said = pieces(delta(tool_calls=[{"function": {"name": "look", "arguments": {"city": "奥斯陆"}}}]), STOP)
    assert said[0].calls[0]["function"]["arguments"] == '{"city": "奥斯陆"}'


@pytest.mark.parametrize(
    "chunk",
    [
        {"error": {"message": "boom"}},
        {"error": "boom"},
        {"object": "error", "message": "boom"},
        {"detail": "boom"},
        {"choices": [{"error": {"message": "boom"}, "delta": {}}]},
    ],
)
def test_an_error_inside_a_stream_is_an_error(chunk):
    with pytest.raises(AnswerFailed) as caught:
        pieces(delta(content="a"), chunk)
    assert caught.value.failure.said == "boom"


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (401, '{"error":{"message":"Incorrect API key provided"}}', "unauthorized", "Incorrect API key provided"),
        (403, "Forbidden", "unauthorized", "Forbidden"),
        (400, '{"message":"API key error","object":"error"}', "unauthorized", "API key error"),
        (404, '{"error":{"message":"The model `x` does not exist.","type":"NotFoundError"}}', "model_not_found", None),
        (404, '{"error":"model \'x\' not found"}', "model_not_found", "model 'x' not found"),
        (404, '{"error":"model \\"x\\" not found, try pulling it first"}', "model_not_found", None),
        (400, '{"message":"`x` is not in the model_list: `[\'y\']`.","object":"error"}', "model_not_found", None),
        (404, '{"detail":"Not Found"}', "wrong_path", "Not Found"),
        (405, "", "wrong_path", ""),
        (429, '{"error":{"message":"You exceeded your current quota"}}', "rate_limited", None),
        (503, '{"error":{"message":"Loading model","type":"unavailable_error"}}', "loading", "Loading model"),
        (500, '{"error":"server busy, please try again.  maximum pending requests exceeded"}', "overloaded", None),
        (502, "<html><b>Bad gateway</b></html>", "gateway", "Bad gateway"),
        (422, '{"detail":[{"loc":["body","x"],"msg":"no","type":"t"}]}', "bad_request", "x: no"),
        (400, '{"detail":{"error":"bad thing"}}', "bad_request", "bad thing"),
        (400, '[{"error":{"code":400,"message":"Gemini says no"}}]', "bad_request", "Gemini says no"),
        (500, "Internal Server Error", "server_error", "Internal Server Error"),
        (500, "", "server_error", ""),
        (302, "", "redirected", ""),
        (500, '{"error":{"message":"image input is not supported - hint: mmproj"}}', "no_images", None),
        (400, '{"error":{"message":"tiny is not a multimodal model"}}', "no_images", None),
        (413, "", "context_too_long", ""),
    ],
)
def test_what_an_error_answer_means(status, body, code, said):
    failure = failure_from(status, body)
    assert failure.code == code
    assert said is None or failure.said == said


@pytest.mark.parametrize(
    ("message", "asked", "window"),
    [
        ("request (9030 tokens) exceeds the available context size (4096 tokens), try increasing it", 9030, 4096),
        ("This model's maximum context length is 512 tokens. However, you requested 1200 tokens (200 in the messages,"
         " 1000 in the completion). Please reduce the length of the messages or completion.", 1200, 512),
        ("Current length of row(1689) is larger than the max_length(512).", 1689, 512),
        ("prompt is too long: 210000 tokens > 200000 maximum", 210000, 200000),
        ("Trying to keep the first 5,120 tokens when context the overflows. However, the model is loaded with context"
         " length of only 4,096 tokens, which is not enough.", 5120, 4096),
        ("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", 1200000, 1048576),
        ("input length 5000 exceeds the context length 4096", 5000, 4096),
        ("Please reduce the length of the messages.", None, None),
        ("'max_tokens' or 'max_completion_tokens' is too large: 9000. This model's maximum context length is 8192"
         " tokens and your request has 100 input tokens", 9000, 8192),
    ],
)  # fmt: skip
def test_a_prompt_that_is_too_long_in_every_wording(message, asked, window):
    failure = failure_from(400, {"error": {"message": message}})
    assert (failure.code, failure.asked, failure.window) == ("context_too_long", asked, window)


@pytest.mark.parametrize(
    ("status", "said", "field"),
    [
        (400, "Unsupported parameter: 'temperature' is not supported with this model.", "temperature"),
        (422, "stream_options: Extra inputs are not permitted", "stream_options"),
        (422, "Unexpected fields in the request: {'stream_options'}", "stream_options"),
        (400, "temperature must be between 0 and 2", None),
        (400, "Unknown field: top", None),
        (500, "stream_options is not supported", None),
    ],
)
def test_only_a_field_that_is_not_known_is_left_out(status, said, field):
    failure = failure_from(status, {"error": {"message": said}})
    assert rejected_field(failure, {"temperature", "top_p", "stream_options"}) == field
