"""The few tiny questions that show what a server takes, and what its replies mean. Pure.

Each asks for at most eight tokens. A reply is read into facts: words for the card, see docs/connections.md.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from providers.failures import AnswerFailed, Failure, failure_from, refuses_roles, refuses_tools, rejected_field
from providers.normalise import usage_in
from providers.wire import EventDecoder, Limits

MOST_TOKENS = 8
# 224 x 224 pixels, red. Smaller ones are refused by some models that see, and cost the others hardly more tokens than
# the word "<image>" that some servers put in its place when they throw it away.
TINY_PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAOAAAADgAQMAAAAg4/iiAAAAA1BMVEX/AAAZ4gk3AAAAHUlEQVR42u3B"
    "MQEAAADCoPVPbQZ/oAAAAAAAAHgMGWAAAQrTbh4AAAAASUVORK5CYII="
)
_WORTH_OF_AN_IMAGE = 16  # tokens; of this size none is known to cost less than twice as many
NO_SUCH_MODEL = "no-such-model-only-to-see-the-error"
# More than any window holds, and than anybody gives at once.
FAR_TOO_MANY = 10_000_000
_GAPS = [" ", "\n", ".", ","]
_LENGTH_WORDS = re.compile(r"max_(completion_|new_|output_)?tokens|maximum (completion|output) tokens", re.IGNORECASE)
_REASONING = ("reasoning", "reasoning_content", "reasoning_text", "thinking")
_TAGS = ("<think>", "<thinking>", "<reason>")
_TOOL = {
    "type": "function",
    "function": {
        "name": "look",
        "description": "Look at the clock.",
        "parameters": {"type": "object", "properties": {}},
    },
}
Facts = dict[str, Any]
Body = dict[str, Any]


def stream_body(model: str, left_out: Sequence[str] = ()) -> Body:
    body = {
        "model": model,
        "messages": [_user("Say: ok")],
        "max_tokens": MOST_TOKENS,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return without(body, left_out)


def roles_body(model: str, left_out: Sequence[str] = ()) -> Body:
    """What a chat with instructions and an unanswered question looks like: refused by strict templates."""
    messages = [{"role": "system", "content": "Be brief."}, _user("Hello."), _user("Say: ok")]
    return without({"model": model, "messages": messages, "max_tokens": 1, "stream": False}, left_out)


def tools_body(model: str, left_out: Sequence[str] = ()) -> Body:
    body = {"model": model, "messages": [_user("Say: ok")], "max_tokens": 1, "stream": False}
    return without(body | {"tools": [_TOOL], "tool_choice": "auto"}, left_out)


def vision_body(model: str, left_out: Sequence[str] = ()) -> Body:
    parts = [{"type": "text", "text": "Say: ok"}, {"type": "image_url", "image_url": {"url": TINY_PNG}}]
    messages = [{"role": "user", "content": parts}]
    return without({"model": model, "messages": messages, "max_tokens": 1, "stream": False}, left_out)


def blind_body(model: str, left_out: Sequence[str] = ()) -> Body:
    """The same without the image, to see what the image adds."""
    return without({"model": model, "messages": [_user("Say: ok")], "max_tokens": 1, "stream": False}, left_out)


def length_body(model: str, left_out: Sequence[str] = ()) -> Body:
    """Far too long an answer is asked for. Where that is taken it ends at the first gap, also if the server writes on
    after the line was cut.
    """
    body = {"model": model, "messages": [_user("Say: ok")], "max_tokens": FAR_TOO_MANY, "stream": True}
    return without(body | {"stream_options": {"include_usage": True}, "stop": _GAPS}, left_out)


def error_body(model: str, left_out: Sequence[str] = ()) -> Body:
    """A request that nobody can answer, for the form in which this server complains."""
    return without({"model": model, "messages": [], "max_tokens": 1, "stream": False}, left_out)


def malformed_body(model: str, left_out: Sequence[str] = ()) -> Body:
    """The same for a server that answers even to nothing, as newer llama.cpp does."""
    return without({"model": model, "messages": "none", "max_tokens": 1, "stream": False}, left_out)


def without(body: Body, left_out: Sequence[str]) -> Body:
    """The body as the client would send it to a server that refuses these fields."""
    kept = {name: value for name, value in body.items() if name not in left_out}
    if "max_tokens" in left_out and "max_tokens" in body:
        kept["max_completion_tokens"] = body["max_tokens"]
    return kept


def objection(status: int, text: str, body: Mapping[str, Any]) -> str | None:
    """The field that this refusal is about, if leaving it out (or renaming it) would help."""
    failure = failure_from(status, text)
    if "max_tokens" in body and "max_completion_tokens" in failure.said and failure.code == "bad_request":
        return "max_tokens"
    return rejected_field(failure, set(body) - {"model", "messages", "stream", "max_tokens", "tools"})


def window_in(status: int, text: str) -> int | None:
    """The window that a refusal tells, None when it is about something else."""
    failure = failure_from(status, text) if status >= 400 else None
    return failure.window if failure and failure.code == "context_too_long" else None


def streamed(text: str, left_out: Sequence[str]) -> Facts:
    """Streaming, usage and thinking, out of the whole of a streamed answer."""
    decoder = EventDecoder(Limits())
    try:
        read = [*decoder.feed(text.encode()), *decoder.end()]
    except AnswerFailed:
        read = []
    chunks = [chunk for chunk in read if isinstance(chunk, dict)]
    facts: Facts = {
        "streaming": "no" if text.lstrip().startswith("{") else "yes" if chunks else None,
        "usage": "refused" if "stream_options" in left_out else _usage(chunks),
        "max_tokens": "max_completion_tokens" if "max_tokens" in left_out else "max_tokens",
        "reasoning_field": _reasoning_field(chunks),
        "leave_out": sorted(left_out),
    }
    return facts


def roles(status: int, text: str) -> Facts:
    """Whether the roles are taken as they are given, or have to be merged, or the system's left out."""
    if status == 200:
        return {"system_role": "yes"}
    refused = refuses_roles(failure_from(status, text))
    return {"system_role": {"system": "no", "order": "merged"}.get(refused or "")}


def tools(status: int, text: str) -> Facts:
    if status == 200:
        return {"tools": "yes"}
    failure = failure_from(status, text)
    no = refuses_tools(failure) or rejected_field(failure, {"tools", "tool_choice"})
    return {"tools": "no", "tools_why": failure.said} if no else {"tools": None}


def vision(status: int, text: str, text_only_tokens: int | None) -> Facts:
    """Seen, refused, or taken and not looked at: an image that adds no token to the prompt was thrown away."""
    if status != 200:
        return {"vision": "no" if _says_no_to_image(failure_from(status, text)) else None}
    counted = prompt_tokens(text)
    if counted is not None and text_only_tokens is not None and counted <= text_only_tokens + _WORTH_OF_AN_IMAGE:
        return {"vision": "ignored"}
    return {"vision": "yes"}


def length_rule(status: int, begun: str) -> str | None:
    """What becomes of a wish for far too long an answer: "refused", "clamped", or None when the reply is about
    something else. `begun` is the first piece of the answer.
    """
    if status == 200 and '"error"' not in begun:
        return "clamped"
    failure = failure_from(status if status >= 400 else 400, begun.removeprefix("data:").strip())
    about_length = failure.code == "context_too_long" or _LENGTH_WORDS.search(failure.said)
    return "refused" if about_length else None


def error_shape(status: int, text: str) -> str | None:
    """How this server words a refusal: nested, flat, detail, text, page; None when it did not refuse."""
    if status < 400:
        return None
    try:
        body = json.loads(text)
    except ValueError:
        return "page" if text.lstrip().startswith("<") else "text"
    match body:
        case {"error": {"message": str()}}:
            return "nested"
        case {"error": str()}:
            return "string"
        case {"message": str()}:
            return "flat"
        case {"detail": _}:
            return "detail"
    return "other"


def prompt_tokens(text: str) -> int | None:
    """The tokens of the prompt as a whole (not streamed) answer counts them."""
    try:
        body = json.loads(text)
    except ValueError:
        return None
    usage = usage_in(body) if isinstance(body, dict) else None
    return usage.prompt_tokens if usage and usage.prompt_tokens else None


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def _says_no_to_image(failure: Failure) -> bool:
    return failure.code == "no_images" or (
        failure.code in ("bad_request", "server_error")
        and any(word in failure.said.lower() for word in ("image", "multimodal", "mmproj", "content part", "vision"))
    )


def _usage(chunks: Sequence[Mapping[str, Any]]) -> str | None:
    """Where the counts are: in the last chunk, on every one, in llama.cpp's timings, or nowhere."""
    if not chunks:
        return None
    counted = [chunk for chunk in chunks if isinstance(chunk.get("usage"), dict)]
    if counted:
        return "every" if len(counted) > 1 else "last"
    return "timings" if any(isinstance(chunk.get("timings"), dict) for chunk in chunks) else "none"


def _reasoning_field(chunks: Sequence[Mapping[str, Any]]) -> str | None:
    """Under which name thinking comes; None when nothing was thought, which says nothing about other questions."""
    text = ""
    for chunk in chunks:
        for choice in chunk.get("choices") or ():
            delta = (choice.get("delta") or choice.get("message") or {}) if isinstance(choice, dict) else {}
            if name := next((name for name in _REASONING if isinstance(delta.get(name), str) and delta[name]), None):
                return name
            text += str(delta.get("content") or "")
    return "tags" if text.lstrip().startswith(_TAGS) else None
