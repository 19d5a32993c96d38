"""Reads the chunks of any OpenAI-like server into pieces of an answer. Pure. Raises `AnswerFailed`."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from providers.base import FinishPiece, Piece, ReasoningPiece, RethinkPiece, TextPiece, ToolCallPiece, UsagePiece
from providers.failures import AnswerFailed, failed, failure_from
from providers.thinking import Said, ThinkingSplitter

_REASONING_FIELDS = ("reasoning", "reasoning_content", "reasoning_text", "thinking")
_MOST_TOKENS = 100_000_000  # larger counts are lies
_SURROGATE = re.compile("[\ud800-\udfff]")


class AnswerReader:
    """One answer: `read_all` that came, then `end`. Counts what it gives out and stops at `limit` bytes."""

    def __init__(self, *, limit: int = 4 * 1024 * 1024, starts_thinking: bool = False, continues: bool = False) -> None:
        self.splitter = ThinkingSplitter(starts_thinking=starts_thinking, continues=continues)
        self.started = False
        self._answered = False
        self._left = limit
        self._finish = ""
        self._usage: UsagePiece | None = None
        self._half = {"text": "", "reasoning": ""}  # the first half of a character that was cut between two chunks
        self._calls: list[str] = []  # ids of the tool calls, by index

    def read_all(self, chunks: Iterable[object]) -> Iterator[Piece]:
        """The pieces of what came in one go, neighbouring text as one. What came before a failure is given first."""
        texts: list[str] = []
        problem: AnswerFailed | None = None
        try:
            for chunk in chunks:
                if (text := self._plain(chunk)) is not None:
                    texts.append(text)
                    continue
                for piece in self.read(chunk):
                    if isinstance(piece, TextPiece):
                        texts.append(piece.text)
                        continue
                    if texts:
                        yield TextPiece(text="".join(texts))
                        texts.clear()
                    yield piece
        except AnswerFailed as failure:
            problem = failure
        if texts:
            yield TextPiece(text="".join(texts))
        if problem is not None:
            raise problem

    def _plain(self, chunk: Any) -> str | None:
        """The text of a chunk that holds nothing else, as nearly all do; None when it has to be looked at closely."""
        try:
            (choice,) = chunk["choices"]
            delta = choice["delta"]
            text = delta["content"]
        except (KeyError, TypeError, ValueError):
            return None
        if type(text) is not str or len(delta) != 1 or choice.get("finish_reason") or choice.get("index"):
            return None
        if not self._answered or not text.isascii() or "\0" in text or self._half["text"]:
            return None
        if chunk.get("usage") or "error" in chunk or "error" in choice or not self.splitter.is_plain(text):
            return None
        self._count(len(text))
        return text

    def read(self, chunk: object) -> Iterator[Piece]:
        if not isinstance(chunk, dict):
            return
        _raise_error_in(chunk)
        self._usage = usage_in(chunk) or self._usage
        choice = next((c for c in _list(chunk.get("choices")) if isinstance(c, dict) and not c.get("index")), None)
        if choice is None:
            return
        _raise_error_in(choice)
        self._usage = usage_in(choice) or self._usage
        delta = choice.get("delta") or choice.get("message")
        if not isinstance(delta, dict):
            delta = {"content": choice.get("text")}
        yield from self._delta(delta)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason and not self._finish:
            self._finish = reason[:40]

    def end(self, *, done: bool = False) -> Iterator[Piece]:
        """The last pieces; raises when the answer is not whole or there is none.

        `done`: the server said so in another way than by a finish reason, as simple home-made servers do.
        """
        for said in self.splitter.end():
            yield self._piece(said)
        if not self._finish and not done:
            raise failed("cut_off")
        if not self._answered:
            withheld = self._finish == "content_filter"
            raise failed("withheld" if withheld else "only_thought" if self.started else "empty_answer")
        if self._usage:
            yield self._usage
        yield FinishPiece(reason=self._finish or "stop")

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[Piece]:
        thought, text = _content(delta.get("content"))
        thought += next((v for name in _REASONING_FIELDS if isinstance(v := delta.get(name), str) and v), "")
        if thought := self._storable(thought, "reasoning"):
            self.splitter.told_apart()
            yield self._piece((True, thought))
        if not text and isinstance(refusal := delta.get("refusal"), str):
            text = refusal
        if text := self._storable(text, "text"):
            for said in self.splitter.feed(text):
                yield self._piece(said)
        if calls := self._tool_calls(delta):
            self._count(sum(len(call["function"].get("arguments") or "") for call in calls))
            self.started = self._answered = True
            yield ToolCallPiece(calls=calls)

    def _piece(self, said: Said) -> Piece:
        thinking, text = said
        if text is None:
            self._answered = False
            return RethinkPiece()
        self.started = True
        self._answered = self._answered or not thinking
        self._count(len(text) if text.isascii() else len(text.encode()))
        return ReasoningPiece(text=text) if thinking else TextPiece(text=text)

    def _count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise failed("too_large")

    def _storable(self, text: str, kind: str) -> str:
        """Without NUL and lone halves of characters, which no database stores; halves of one character are joined."""
        if not self._half[kind] and text.isascii():
            return text.replace("\0", "")
        text = self._half[kind] + text
        self._half[kind] = ""
        if _SURROGATE.search(text):
            if "\ud800" <= text[-1] <= "\udbff":
                text, self._half[kind] = text[:-1], text[-1]
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text.replace("\0", "")

    def _tool_calls(self, delta: Mapping[str, Any]) -> list[dict[str, Any]]:
        entries = [entry for entry in _list(delta.get("tool_calls")) if isinstance(entry, dict)]
        if not entries and isinstance(old := delta.get("function_call"), dict):
            entries = [{"index": 0, "function": old}]
        return [self._tool_call(entry) for entry in entries]

    def _tool_call(self, entry: dict[str, Any]) -> dict[str, Any]:
        function = dict(entry["function"]) if isinstance(entry.get("function"), dict) else {}
        if not isinstance(function.get("arguments"), str | None):  # Ollama and some gateways give objects
            function["arguments"] = json.dumps(function["arguments"], ensure_ascii=False)
        return {**entry, "index": self._index_of(entry), "function": function}

    def _index_of(self, entry: Mapping[str, Any]) -> int:
        """The given index, else the place of the id among those seen, else the call spoken of last."""
        index, name = entry.get("index"), str(entry.get("id") or "")
        if isinstance(index, int) and 0 <= index < 1000:
            self._calls += [""] * (index + 1 - len(self._calls))
            self._calls[index] = name or self._calls[index]
            return index
        if name and name in self._calls:
            return self._calls.index(name)
        if name or not self._calls:
            self._calls.append(name)
        return len(self._calls) - 1


def usage_in(chunk: Mapping[str, Any]) -> UsagePiece | None:
    """Token counts wherever a server puts them: `usage`, Groq's `x_groq`, llama.cpp's `timings`."""
    groq = chunk.get("x_groq")
    usage = chunk.get("usage") or (groq.get("usage") if isinstance(groq, dict) else None)
    if isinstance(usage, dict):
        prompt, completion = _tokens(usage.get("prompt_tokens")), _tokens(usage.get("completion_tokens"))
        told: Mapping[str, Any] = usage
    elif isinstance(timings := chunk.get("timings"), dict):
        prompt, completion = _tokens(timings.get("prompt_n")), _tokens(timings.get("predicted_n"))
        if prompt is not None:
            prompt += _tokens(timings.get("cache_n")) or 0
        told = timings
    else:
        return None
    if prompt is None and completion is None:
        return None
    return UsagePiece(
        prompt_tokens=prompt or 0,
        completion_tokens=completion or 0,
        window=_tokens(told.get("window")),
        load_ms=_tokens(told.get("load_ms")),
        prompt_ms=_tokens(told.get("prompt_ms")),
        answer_ms=_tokens(told.get("answer_ms", told.get("predicted_ms"))),
    )


def _tokens(value: object) -> int | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS:
        return int(value)
    return None


def _raise_error_in(chunk: Mapping[str, Any]) -> None:
    """An error object inside a stream that began with status 200, in any of its shapes."""
    if chunk.get("error") or chunk.get("object") == "error" or ("detail" in chunk and "choices" not in chunk):
        status = chunk.get("code") or chunk.get("status")
        raise AnswerFailed(failure_from(status if isinstance(status, int) else 200, dict(chunk)))


def _content(content: object) -> tuple[str, str]:
    """(thinking, text) of a content field: text, or a list of parts."""
    if isinstance(content, str):
        return "", content
    thought, text = "", ""
    for part in _list(content):
        if isinstance(part, str):
            text += part
        elif isinstance(part, dict) and part.get("type") == "thinking":
            inner = part.get("thinking")
            thought += inner if isinstance(inner, str) else _content(inner)[1]
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            text += part["text"]
    return thought, text


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
