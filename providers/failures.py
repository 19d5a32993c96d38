"""What went wrong at a model server, read from any status and any shape of body. Pure; worded in `sentences.py`."""

import json
import re
from dataclasses import dataclass
from typing import Any

_LONGEST_SAYING = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """`code` is one of `ProviderError`'s or a finer one of `sentences.py`; `said` is the server's text, cut short.

    `room` is how many tokens the answer may have beside this prompt, where the server's words tell.
    """

    code: str
    said: str = ""
    status: int = 0
    asked: int | None = None
    window: int | None = None
    room: int | None = None
    retry_after: float | None = None


class AnswerFailed(Exception):
    """A failure on its way to the person."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


def failed(code: str, said: str = "") -> AnswerFailed:
    return AnswerFailed(Failure(code=code, said=said))


def failure_from(status: int, body: object, *, retry_after: str | None = None) -> Failure:
    """What an error answer means. `body` is text or parsed JSON; 200 stands for an error inside a stream."""
    if isinstance(body, str):
        body = _parsed(body)
    words = _words(body)
    said = _short(words)
    marks = f"{words} {_marks(body)}".lower()
    code = _code(status, marks, is_page=isinstance(body, str) and "<" in body[:200])
    asked, window = _counts(body, words) if code == "context_too_long" else (None, None)
    return Failure(
        code=code,
        said=said,
        status=status,
        asked=asked,
        window=window,
        room=_room(words, window) if window else None,
        retry_after=seconds_of(retry_after),
    )


_CONTEXT = re.compile(
    r"exceed_context_size|context_length_exceeded|maximum context length|larger than the max_length|max_length\("
    r"|exceeds? the (?:available |model'?s? )?(?:maximum )?context|context (?:size|length|window|limit)"
    r"|(?:prompt|input|request|conversation) (?:is |are )?too (?:long|large)|too many (?:input )?tokens"
    r"|max_model_len|max_total_tokens|max_new_tokens` must be|keep (?:from )?the (?:first|initial)"
    r"|token count .*exceeds|exceeds? (?:the )?max(?:imum)?.{0,30}tokens|reduce the length|string_above_max_length"
    r"|input (?:length|tokens?).{0,40}exceed|max_(?:completion_)?tokens must be at least 1, got -"
)
_KEY = re.compile(
    r"api[ _-]?key|unauthori[sz]ed|authentication|credentials"
    r"|invalid.{0,10}\btoken\b|\btoken\b.{0,20}(?:invalid|expired)"
)
_MODEL = re.compile(
    r"model_not_found|no such model|not in the model_list|unknown model|invalid model"
    r"|model.{0,300}(?:not found|does ?n[o']t exist|not exist|not available|is not loaded|not installed|try pulling)"
)
_LOADING = re.compile(r"loading (?:the )?model|model is (?:still |being )?load(?:ing|ed)(?! in)|still loading")
_BUSY = re.compile(r"overloaded|server (?:is )?busy|at capacity|too busy|no model (?:is )?loaded|maximum pending")
_BLIND = re.compile(
    r"image input is not supported|not a multimodal model|at most 0 image|image_url.{0,40}not supported"
    r"|(?:does not|doesn't) support (?:image|vision)|no vision|only 'text' content type"
)
_RATE = re.compile(r"rate.?limit|too many requests|quota")


def _code(status: int, marks: str, *, is_page: bool) -> str:  # noqa: C901, PLR0912 - a table in the form of a ladder
    if _CONTEXT.search(marks) and status not in (401, 403, 404, 429):
        return "context_too_long"
    if status in (401, 403) or (status == 400 and _KEY.search(marks)):
        return "unauthorized"
    if _BLIND.search(marks):
        return "no_images"
    if status == 429 or (status == 200 and _RATE.search(marks)):
        return "rate_limited"
    if _MODEL.search(marks):
        return "model_not_found"
    if status in (404, 405):
        return "wrong_path"
    if status in (500, 503) and _LOADING.search(marks):
        return "loading"
    if status in (503, 529) or _BUSY.search(marks):
        return "overloaded"
    if 300 <= status < 400:
        return "redirected"
    if status == 408:
        return "timeout"
    if status in (502, 504):
        return "gateway"
    if status == 413:
        return "context_too_long"
    if 400 <= status < 500:
        return "bad_request"
    return "web_page" if is_page and status == 200 else "server_error"


def rejected_field(failure: Failure, sent: set[str]) -> str | None:
    """The optional field of the request that the server says it does not know, if that is its complaint."""
    if failure.status not in (400, 422) or not _UNKNOWN.search(failure.said):
        return None
    for name in sorted(sent, key=len, reverse=True):
        if re.search(rf"(?<![a-z_]){re.escape(name)}(?![a-z_])", failure.said):
            return name
    return None


def refuses_roles(failure: Failure) -> str | None:
    """ "system" or "order" when the model's template does not take the roles of these messages."""
    if failure.status not in (400, 422, 500) or not _ROLES.search(failure.said):
        return None
    return (
        "system" if re.search(r"system (?:role|message)s? (?:is |are )?not|only user", failure.said, re.I) else "order"
    )


def refuses_tools(failure: Failure) -> bool:
    """Whether the server says that this model, or the way it was started, has no tools."""
    return failure.status in (400, 404, 422, 500, 501) and bool(_TOOLS.search(failure.said))


_TOOLS = re.compile(
    r"enable-auto-tool-choice|tool-call-parser|tool_choice|requires? --jinja|--jinja flag"
    r"|(?:does not|doesn't|not) support.{0,20}(?:tool|function)"
    r"|(?:tools?|function)(?: calling| use)?.{0,20}not supported",
    re.IGNORECASE,
)
_ROLES = re.compile(
    r"roles must alternate|system role|system messages? (?:is |are )?not|only user(?:,| and) assistant"
    r"|system message must be|only (?:one|a single) system message|consecutive (?:user|assistant|system) messages"
    r"|conversation roles|(?:first|last) message must be|alternat(?:e|ing) (?:between )?user",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"unsupported|unknown|unrecogni[sz]ed|unexpected|not supported|not permitted|not allowed|does not support|extra"
    r"|forbidden|invalid (?:field|parameter|argument)|no such (?:field|parameter)|not a valid|only allowed",
    re.IGNORECASE,
)


def seconds_of(retry_after: str | None) -> float | None:
    """The seconds of a Retry-After header; dates are not worth it."""
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:
        return None


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _words(body: object) -> str:
    """The text for people: `error.message`, `error`, `message`, `detail` (text or list), else the raw text."""
    match body:
        case str():
            return re.sub(r"<[^>]*>", " ", body) if "<" in body[:200] else body
        case {"error": {"message": str(text)}} | {"error": str(text)} | {"message": str(text)} | {"detail": str(text)}:
            return text
        case {"error": dict(inner)} if inner:
            return json.dumps(inner, ensure_ascii=False)
        case {"detail": list(items)} | {"errors": list(items)}:
            return "; ".join(_detail(item) for item in items[:5])
        case {"detail": dict(inner)}:
            return _words(inner)
        case [first, *_rest]:  # Gemini wraps the error in a list
            return _words(first)
        case None:
            return ""
    return json.dumps(body, ensure_ascii=False)


def _detail(item: object) -> str:
    """One entry of FastAPI's list: where and what."""
    if not isinstance(item, dict):
        return str(item)
    place = ".".join(str(part) for part in item.get("loc") or () if part != "body")
    return f"{place}: {item.get('msg', '')}" if place else str(item.get("msg", item))


def _marks(body: object) -> str:
    """`type` and `code`, which say more surely than words what is meant."""
    if isinstance(body, list) and body:
        body = body[0]
    inner: Any = body.get("error") if isinstance(body, dict) else None
    sources = [source for source in (body, inner) if isinstance(source, dict)]
    return " ".join(str(source.get(key) or "") for source in sources for key in ("type", "code", "param"))


def _counts(body: object, words: str) -> tuple[int | None, int | None]:
    """(tokens asked for, window), from llama.cpp's fields or out of the sentence."""
    inner = body.get("error") if isinstance(body, dict) else None
    if isinstance(inner, dict) and isinstance(inner.get("n_ctx"), int):
        asked = inner.get("n_prompt_tokens")
        return (asked if isinstance(asked, int) else None), inner["n_ctx"]
    words = _NO_COUNT.sub(" ", words)
    numbers = [int(text.replace(",", "")) for text in re.findall(r"(?<![\w.])\d[\d,]{1,11}(?![\w.]*\w)", words)]
    if not numbers:
        return None, None
    named = _WINDOW.search(words)
    window = int(named.group(1).replace(",", "")) if named else min(numbers) if len(numbers) > 1 else None
    larger = [number for number in numbers if window is None or number > window]
    return (max(larger) if larger else None), window


def _room(words: str, window: int) -> int | None:
    """What is left of the window beside the prompt that the server counted; all of it where only the answer wished
    for was looked at.
    """
    if _WISH_ALONE.search(words):
        return window
    words = _NO_COUNT.sub(" ", words)
    for pattern in _PROMPTS:
        if found := pattern.search(words):
            return window - int(found.group(1).replace(",", ""))
    return None


# Numbers that are no tokens of the prompt: letters, what was wished for, and where counting was given up.
_NO_COUNT = re.compile(
    r"\d[\d,]* characters|\(more than [^)]*\)|at least \d[\d,]*(?: input| prompt)? tokens|\(parameter=[^)]*\)"
    r"|max_(?:completion_)?tokens=\d+",
    re.IGNORECASE,
)
_WISH_ALONE = re.compile(
    r"max_(?:completion_)?tokens=\d+ (?:cannot|must not|can't) (?:be )?(?:greater|larger|exceed)", re.I
)
_PROMPTS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(\d[\d,]*)(?: tokens)? (?:in|from|of|for) (?:the |your )?(?:messages|prompt|input)",
        r"(\d[\d,]*) (?:input|prompt|text input) tokens",
        r"(?:input|prompt)(?: length| contains| has|:)? (?:at least )?(\d[\d,]*)",
    )
]
_WINDOW = re.compile(
    r"(?:context (?:length|size|window|limit)|max_length|max_model_len|maximum number of tokens allowed|maximum|limit)"
    r"[^\d.]{0,30}?(\d[\d,]*)",
    re.IGNORECASE,
)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_SAYING else text[: _LONGEST_SAYING - 1] + "…"
