"""Between our form of a question and Ollama's, and back. Pure. Raises `AnswerFailed`."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from providers.base import ChatMessage, ChatRequest
from providers.failures import failed

# OpenAI's name: Ollama's
_OPTIONS = {
    **{name: name for name in (
        "temperature", "top_p", "top_k", "min_p", "typical_p", "seed", "stop", "frequency_penalty", "presence_penalty",
        "repeat_penalty", "repeat_last_n", "mirostat", "mirostat_eta", "mirostat_tau", "num_keep", "num_predict",
    )},
    "max_tokens": "num_predict",
    "max_completion_tokens": "num_predict",
}  # fmt: skip
# Every change of the window loads the model anew, so it grows in steps and not with each message.
_STEPS = (4096, 8192, 16384, 32768, 65536, 131072, 262144)
_USUAL_REPLY = 1024
_IMAGE_TOKENS = 1000
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def chat_body(request: ChatRequest, *, at_least: int = 0) -> dict[str, Any]:
    """The body of /api/chat. `at_least` is the window the model was last asked to have."""
    params = request.params
    options = {ours: params[name] for name, ours in _OPTIONS.items() if params.get(name) is not None}
    if isinstance(options.get("stop"), str):
        options["stop"] = [options["stop"]]
    options["num_ctx"] = params.get("num_ctx") or window_for(request, at_least=at_least)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": _messages(request.messages),
        "stream": True,
        "options": options,
        # Rather an error than an answer that silently never saw half of the question.
        "truncate": False,
    }
    if params.get("tools") and params.get("tool_choice") != "none":
        body["tools"] = params["tools"]
    think, output = _think(request), _format(params.get("response_format"))
    extra = {"think": think, "format": output, "keep_alive": params.get("keep_alive")}
    return body | {name: value for name, value in extra.items() if value is not None}


def window_for(request: ChatRequest, *, at_least: int = 0) -> int:
    """The smallest step that holds the prompt and a reply, up to the model's window."""
    reply = next((v for n in ("max_tokens", "max_completion_tokens") if isinstance(v := request.params.get(n), int)), 0)
    needed = sum(map(_tokens, request.messages)) + (reply or _USUAL_REPLY)
    step = max(at_least, next((step for step in _STEPS if step >= needed), _STEPS[-1]))
    return min(step, request.window) if request.window else step


def _tokens(message: ChatMessage) -> int:
    """About how many tokens a message has, rather too many: one a Chinese character, one for three letters."""
    text, images = _content(message.content, measure_only=True)
    wide = len(_WIDE.findall(text))
    calls = len(json.dumps(message.extra, default=str)) if message.extra else 0
    return 8 + wide + (len(text) - wide + calls) // 3 + _IMAGE_TOKENS * len(images)


def _messages(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    names: dict[str, str] = {}  # of the tools that were called, by call id
    wire = []
    for message in messages:
        text, images = _content(message.content)
        entry: dict[str, Any] = {"role": message.role, "content": text}
        if images:
            entry["images"] = images
        if calls := message.extra.get("tool_calls"):
            entry["tool_calls"] = [_call(call) for call in calls]
            names |= {str(call.get("id")): call["function"]["name"] for call in calls if "function" in call}
        if message.role == "tool":
            entry["tool_name"] = message.extra.get("name") or names.get(str(message.extra.get("tool_call_id")), "")
        wire.append(entry)
    return wire


def _content(content: object, *, measure_only: bool = False) -> tuple[str, list[str]]:
    """(text, images in base64) of a message's content."""
    if not isinstance(content, Sequence) or isinstance(content, str):
        return content if isinstance(content, str) else "", []
    texts, images = [], []
    for part in content:
        if part.get("type") == "image_url":
            url = part.get("image_url")
            url = str(url.get("url") if isinstance(url, Mapping) else url)
            head, comma, data = url.partition(",")
            if not measure_only and not (comma and head.startswith("data:") and head.endswith("base64")):
                raise failed("image_by_address")
            images.append(data)
        elif isinstance(part.get("text"), str):
            texts.append(part["text"])
    return "\n".join(texts), images


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    """A tool call in Ollama's form, whose arguments are an object."""
    function = dict(call.get("function") or {})
    try:
        function["arguments"] = json.loads(function.get("arguments") or "{}")
    except ValueError:
        function["arguments"] = {"text": function["arguments"]}
    return {"function": function}


def _think(request: ChatRequest) -> object:
    """Yes or no for most models; gpt-oss wants to be told how much."""
    think, effort = request.params.get("think"), request.params.get("reasoning_effort")
    if think is not None or not isinstance(effort, str):
        return think
    if effort in ("none", "minimal"):
        return False
    return effort if "gpt-oss" in request.model else True


def _format(wanted: object) -> object:
    match wanted:
        case {"type": "json_schema", "json_schema": {"schema": dict(schema)}}:
            return schema
        case {"type": "json_object"}:
            return "json"
    return None


class ChunkTranslator:
    """Ollama's lines as OpenAI's chunks; it numbers the tool calls, which come whole."""

    def __init__(self) -> None:
        self._calls = 0

    def chunk(self, line: Mapping[str, Any]) -> dict[str, Any]:
        if line.get("error"):
            return {"error": line["error"]}
        said = line.get("message")
        message: dict[str, Any] = said if isinstance(said, dict) else {}
        delta = {name: message.get(name) for name in ("content", "thinking")}
        if calls := message.get("tool_calls"):
            delta["tool_calls"] = list(self._numbered(calls))
        chunk: dict[str, Any] = {"choices": [{"delta": delta}]}
        if line.get("done"):
            reason = line.get("done_reason") or "stop"
            chunk["choices"][0]["finish_reason"] = "tool_calls" if self._calls and reason == "stop" else reason
            # A prompt that is wholly in the cache is not counted by some versions.
            chunk["usage"] = {
                "prompt_tokens": line.get("prompt_eval_count"),
                "completion_tokens": line.get("eval_count"),
            }
        return chunk

    def _numbered(self, calls: object) -> Iterable[dict[str, Any]]:
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict):
                number = self._calls
                self._calls += 1
                yield {"id": f"call_{number}", **call, "type": "function", "index": number}
