"""What a model server sends, made safe byte by byte before anything parses it: limits, patience, broken text.

The `openai` client has no limit for a line, stops silently at an HTML page, and breaks on bad UTF-8; this stands
between it and the socket. Raises `AnswerFailed`.
"""

import asyncio
import codecs
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from providers.failures import Failure, failed

_BURST = 4096
_RETRIED = {"rate_limited", "overloaded"}
_RETRIES = 2
_LONGEST_WAIT = 20  # seconds; who asks us to wait longer gets an error that says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds and bytes. The first text may take minutes, since a large model has to be loaded."""

    connect: float = 5
    first: float = 300
    idle: float = 90
    total: float = 1800
    retry_pause: float = 1
    line: int = 1024 * 1024
    answer: int = 4 * 1024 * 1024
    body: int = 64 * 1024 * 1024  # of JSON around the text
    error_body: int = 64 * 1024


@dataclass(slots=True)
class Patience:
    """How long to wait for the next bytes of one answer: shorter once text has come, never beyond the total."""

    limits: Limits
    started: bool = False
    begun: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        left = self.limits.total - (time.monotonic() - self.begun)
        if left <= 0:
            raise failed("too_long")
        return min(left, self.limits.idle if self.started else self.limits.first)


class Chunks(Protocol):
    def __aiter__(self) -> AsyncIterator[bytes]: ...


async def guarded(chunks: Chunks, patience: Patience) -> AsyncIterator[bytes]:
    """The same bytes as valid UTF-8, each line within the limit, each read within the patience."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pending = False  # a character that is cut between two reads
    line, left = 0, patience.limits.body
    iterator = aiter(chunks)
    while True:
        try:
            async with asyncio.timeout(patience.seconds()):
                chunk = await anext(iterator)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise failed("went_silent" if patience.started else "timeout") from None
        left -= len(chunk)
        at = chunk.rfind(b"\n")
        line = line + len(chunk) if at < 0 else len(chunk) - at
        if line > patience.limits.line or left < 0:
            raise failed("too_large")
        if pending or not chunk.isascii():
            chunk = decoder.decode(chunk).encode()
            pending = bool(decoder.getstate()[0])
        yield chunk
        if len(chunk) >= _BURST:
            # Reading what is already here does not wait, so a fast server would keep everybody else from their turn.
            await asyncio.sleep(0)


async def as_events(chunks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    """A stream of server-sent events, whatever came: a whole JSON answer becomes one event, a page is refused."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if head.strip():
            break
    match head.lstrip()[:1]:
        case b"<":
            raise failed("web_page")
        case b"{" | b"[":
            yield b"data: " + await _whole(head, chunks, limit) + b"\n\n"
            return
    yield head
    async for chunk in chunks:
        yield chunk
    # The last event counts even when the server forgot its line end.
    yield b"\n\n"


async def _whole(head: bytes, chunks: AsyncIterator[bytes], limit: int) -> bytes:
    async for chunk in chunks:
        head += chunk
        if len(head) > limit:
            raise failed("too_large")
    # Line ends never stand inside a JSON string, but they would end the event.
    return head.replace(b"\r", b" ").replace(b"\n", b" ")


async def capped(chunks: Chunks, limit: int) -> AsyncIterator[bytes]:
    """At most so many bytes: enough of an error to tell what it is."""
    async for chunk in chunks:
        if chunk[:limit]:
            yield chunk[:limit]
        limit -= len(chunk)
        if limit <= 0:
            return


async def lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a stream without their ends, the last one too when its end is missing."""
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
    yield rest


def pause_before_retry(failure: Failure, retries: int, limits: Limits) -> float | None:
    """Seconds to wait before asking again, or None when it is no use."""
    if failure.code == "hung_up" and not retries:
        # A connection kept from the last answer, which the server had closed meanwhile: it has not seen the question.
        return 0
    if failure.code not in _RETRIED or retries >= _RETRIES or (failure.retry_after or 0) > _LONGEST_WAIT:
        return None
    growing = limits.retry_pause * (1 + random.random() / 4) * 3**retries
    return max(failure.retry_after or 0, growing)
