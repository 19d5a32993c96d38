"""What a model server sends, cut into chunks: limits, tolerance, broken text. Pure. Raises `AnswerFailed`."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from providers.failures import failed

_loads: Callable[[bytes], object]
try:
    from orjson import loads as _loads
except ImportError:  # three times slower, and all that differs
    _loads = json.loads


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and bytes.

    The first text may take minutes, since a large model has to be loaded; but most servers begin their answer before
    they have a word of it, so that one which does not is known to hang after `headers`.
    """

    connect: float = 5
    headers: float = 60
    first: float = 300
    idle: float = 60
    total: float = 1800
    retry_pause: float = 1
    line: int = 1024 * 1024
    answer: int = 4 * 1024 * 1024
    body: int = 64 * 1024 * 1024  # of JSON around the text
    error_body: int = 64 * 1024


class Decoder(Protocol):
    """Fed with bytes as they were read, gives the chunks that are complete."""

    done: bool  # the server said that nothing more comes

    def feed(self, data: bytes) -> Iterator[object]: ...

    def end(self) -> Iterator[object]: ...


class LineDecoder:
    """One JSON document a line, as Ollama sends."""

    def __init__(self, limits: Limits) -> None:
        self.done = False
        self._limits = limits
        self._left = limits.body
        self._parts: list[bytes] = []  # of the line whose end has not come
        self._length = 0

    def feed(self, data: bytes) -> Iterator[object]:
        for line in self._lines(data):
            if line and not line.isspace():
                yield _document(line)

    def end(self) -> Iterator[object]:
        """The last line counts even when the server forgot its end."""
        line = b"".join(self._parts)
        if line.strip():
            yield _document(line, whole=False)

    def _lines(self, data: bytes) -> list[bytes]:
        """The lines that this read completes. \\r, \\n and both end a line; none of them stands inside JSON text."""
        self._left -= len(data)
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        self._length += len(data) if not end else 0
        if self._left < 0 or self._length > self._limits.line:
            raise failed("too_large")
        if not end:
            self._parts.append(data)
            return []
        if end == len(data) and not self._parts:
            lines = data.splitlines()
        else:
            lines = b"".join((*self._parts, data[:end])).splitlines()
            self._parts = [data[end:]] if end < len(data) else []
        self._length = len(data) - end
        if len(data) + self._length > self._limits.line and max(map(len, lines)) > self._limits.line:
            raise failed("too_large")
        return lines


class EventDecoder(LineDecoder):
    """Server-sent events, and what comes in their place: a whole JSON answer, or a web page.

    More forgiving than the standard: a line with a whole document counts at once, whether or not a blank one follows.
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._read = self._begin
        self._torn: list[bytes] = []  # a document over several data lines

    def feed(self, data: bytes) -> Iterator[object]:
        return self._read(data)

    def end(self) -> Iterator[object]:
        if self._read == self._gather:
            yield _document(b"".join(self._parts), whole=False)
        elif not self.done:
            yield from self._events([b"".join(self._parts)])
            if self._torn:
                raise failed("cut_off")

    def _begin(self, data: bytes) -> Iterator[object]:
        """Until the first visible character tells what this is."""
        self._parts.append(data)
        head = b"".join(self._parts).lstrip()
        if not head:
            self._left -= len(data)
            if self._left < 0:
                raise failed("too_large")
            self._parts = self._parts[:1]
            return iter(())
        if head.startswith(b"<"):
            raise failed("web_page")
        self._parts = []
        self._read = self._gather if head.startswith((b"{", b"[")) else self._stream
        return self._read(head)

    def _gather(self, data: bytes) -> Iterator[object]:
        self._parts.append(data)
        self._length += len(data)
        if self._length > self._limits.answer:
            raise failed("too_large")
        return iter(())

    def _stream(self, data: bytes) -> Iterator[object]:
        return self._events(self._lines(data))

    def _events(self, lines: list[bytes]) -> Iterator[object]:
        for line in lines:
            if self.done:
                return
            if line.startswith(b"data:"):
                payload = line[6:] if line[5:6] == b" " else line[5:]
                if payload.startswith(b"[DONE]"):
                    self.done = True
                elif self._torn or payload:
                    yield from self._document_of(payload)
            elif not line:
                if self._torn:
                    raise failed("bad_response")
            elif line.startswith(b"{"):  # an error that forgot the form it should have
                yield _document(line)

    def _document_of(self, payload: bytes) -> Iterator[object]:
        if self._torn:
            payload = b"\n".join((*self._torn, payload))
            if len(payload) > self._limits.line:
                raise failed("too_large")
        elif not payload.lstrip().startswith((b"{", b"[")):
            return  # `ping` and the like
        try:
            document = _parsed(payload)
        except ValueError:
            self._torn = [payload]
            return
        self._torn = []
        yield document


def _document(line: bytes, *, whole: bool = True) -> object:
    if line.lstrip().startswith(b"<"):
        raise failed("web_page")
    try:
        return _parsed(line)
    except ValueError:
        raise failed("bad_response" if whole or line.rstrip().endswith(b"}") else "cut_off") from None


def _parsed(text: bytes) -> object:
    """Strictly and quickly, else with every tolerance: broken UTF-8, halves of characters, NaN. Raises ValueError."""
    try:
        return _loads(text)
    except ValueError:
        pass
    try:
        return json.loads(text.decode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("too deep") from None
