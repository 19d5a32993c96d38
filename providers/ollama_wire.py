"""Between our form of a question and Ollama's, and back. Pure. Raises `AnswerFailed`."""

import json
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
    "num_ctx": "num_ctx",
}  # fmt: skip
_LEVELS = ("low", "medium", "high", "max")


def chat_body(request: ChatRequest) -> dict[str, Any]:
    """The body of /api/chat, but for the window, which depends on what is loaded when it is sent."""
    params = request.params
    options = {ours: params[name] for name, ours in _OPTIONS.items() if params.get(name) is not None}
    if isinstance(options.get("stop"), str):
        options["stop"] = [options["stop"]]
    body: dict[str, Any] = {
        "model": request.model,
        "messages": wire_messages(request.messages),
        "stream": True,
        "options": options,
        # Rather an error than an answer that silently never saw half of the question, or forgot it half-way.
        "truncate": False,
        "shift": False,
    }
    if params.get("tools") and params.get("tool_choice") != "none":
        body["tools"] = params["tools"]
    extra = {"think": think_of(request.model, params), "format": _format(params.get("response_format"))}
    return body | {name: value for name, value in extra.items() if value is not None}


def think_of(model: str, params: Mapping[str, Any]) -> object:
    """Yes or no for most models; gpt-oss wants to be told how much, and cannot be kept from it."""
    think, effort = params.get("think"), params.get("reasoning_effort")
    wish = think if think is not None else effort
    if "gpt-oss" in model.lower():
        if wish in (False, "none", "minimal"):
            return "low"
        return wish if wish in _LEVELS else None
    if isinstance(wish, str):
        return wish not in ("none", "minimal", "false", "")
    return wish if isinstance(wish, bool) else None


def lasting(text: str) -> str | int | None:
    """How long a model stays loaded, from an administrator's words (5m, 24h, 0, -1) to Ollama's form."""
    text = text.strip()
    try:
        return int(text)  # a number is seconds, and has to be one: "-1" is refused
    except ValueError:
        return text or None


def wire_messages(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
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


def _content(content: object) -> tuple[str, list[str]]:
    """(text, images in base64) of a message's content."""
    if not isinstance(content, Sequence) or isinstance(content, str):
        return content if isinstance(content, str) else "", []
    texts, images = [], []
    for part in content:
        if part.get("type") == "image_url":
            url = part.get("image_url")
            url = str(url.get("url") if isinstance(url, Mapping) else url)
            head, comma, data = url.partition(",")
            if not (comma and head.startswith("data:") and head.endswith("base64")):
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
            chunk["usage"] = usage_of(line)
        return chunk

    def _numbered(self, calls: object) -> Iterable[dict[str, Any]]:
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict):
                number = self._calls
                self._calls += 1
                yield {"id": f"call_{number}", **call, "type": "function", "index": number}


def usage_of(line: Mapping[str, Any]) -> dict[str, Any]:
    """The counts and durations of the last line. Some versions do not count a prompt that is wholly in the cache."""
    usage: dict[str, Any] = {
        "prompt_tokens": line.get("prompt_eval_count"),
        "completion_tokens": line.get("eval_count"),
    }
    for ours, name in (("load_ms", "load"), ("prompt_ms", "prompt_eval"), ("answer_ms", "eval")):
        if isinstance(nanoseconds := line.get(f"{name}_duration"), int):
            usage[ours] = nanoseconds // 1_000_000
    return usage
