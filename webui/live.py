"""The hub of answers being written in this process: numbered frames, one ticker, readers that know how far they are.

A reply is a `Record`: text, reasoning, and a trail that says how both were cut into frames. The stored form in the
database is the same, so that any frame can be made again from either, byte for byte. No token passes a channel layer.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

TICK = 0.04  # seconds between deliveries: frames of a fast model merge, a first word goes at once

Frame = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Record:
    """What has been written of one reply.

    Each item of `trail` is one frame: a positive number of characters of text, a negative one of reasoning,
    [stage, detail], or "sources". `end` is the last frame without its number, None while the answer runs.
    """

    message: int
    text: str = ""
    reasoning: str = ""
    trail: list[Any] = field(default_factory=list)
    sources: list[Frame] = field(default_factory=list)
    end: Frame | None = None

    @property
    def seq(self) -> int:
        """The number of the newest frame; 0 when there is none."""
        return len(self.trail) + (self.end is not None)


def replay(record: Record, after: int) -> Iterator[Frame]:
    """The frames of a record with a number above `after`, in order."""
    text_at = sum(item for item in record.trail[:after] if isinstance(item, int) and item > 0)
    reasoning_at = -sum(item for item in record.trail[:after] if isinstance(item, int) and item < 0)
    for seq, item in enumerate(record.trail[after:], after + 1):
        match item:
            case int() if item > 0:
                body: Frame = {"type": "delta", "text": record.text[text_at : text_at + item]}
                text_at += item
            case int():
                body = {"type": "reasoning", "text": record.reasoning[reasoning_at : reasoning_at - item]}
                reasoning_at -= item
            case "sources":
                body = {"type": "sources", "sources": record.sources}
            case [stage, detail]:
                body = {"type": "status", "stage": stage, "detail": detail}
        yield {**body, "message": record.message, "seq": seq}
    if record.end is not None and after < record.seq:
        yield {**record.end, "message": record.message, "seq": record.seq}


@dataclass(slots=True, eq=False)
class Reader:
    """One socket watching one reply. `after` is the number of the last frame it was sent."""

    send: Callable[[str], Awaitable[None]]
    after: int = 0
    busy: bool = False


class Stream:
    """A reply while it is written. Only its runner adds to it; the hub's ticker delivers."""

    def __init__(self, message: int, wake: Callable[["Stream"], None]) -> None:
        self.record = Record(message=message)
        self.readers: list[Reader] = []
        self._wake = wake
        self._pending: list[str] = []
        self._pending_is_text = True

    def add_text(self, text: str) -> None:
        self._add(text, is_text=True)

    def add_reasoning(self, text: str) -> None:
        self._add(text, is_text=False)

    def reach(self, stage: str, detail: str) -> None:
        self.settle()
        self.record.trail.append([stage, detail])
        self._wake(self)

    def show_sources(self, sources: list[Frame]) -> None:
        self.settle()
        self.record.sources = sources
        self.record.trail.append("sources")
        self._wake(self)

    def finish(self, end: Frame) -> None:
        """The last frame; what was pending goes before it."""
        self.settle()
        self.record.end = end
        self._wake(self)

    def settle(self) -> None:
        """Turn what is pending into a frame."""
        if not self._pending:
            return
        piece = "".join(self._pending)
        self._pending.clear()
        if self._pending_is_text:
            self.record.text += piece
            self.record.trail.append(len(piece))
        else:
            self.record.reasoning += piece
            self.record.trail.append(-len(piece))

    def _add(self, piece: str, *, is_text: bool) -> None:
        if not piece:
            return
        if is_text != self._pending_is_text:
            self.settle()
            self._pending_is_text = is_text
        self._pending.append(piece)
        self._wake(self)


class Hub:
    """All streams of this process and the one task that delivers them."""

    def __init__(self) -> None:
        self.streams: dict[int, Stream] = {}
        self._dirty: set[Stream] = set()
        self._awake = asyncio.Event()
        self._ticker: asyncio.Task[None] | None = None

    def open(self, message: int) -> Stream:
        stream = Stream(message, self._mark)
        self.streams[message] = stream
        self._start_ticker()
        return stream

    async def watch(self, message: int, reader: Reader) -> bool:
        """Deliver what the reader has not seen, and go on as it comes. False when the reply is not written here."""
        stream = self.streams.get(message)
        if stream is None:
            return False
        stream.readers.append(reader)
        await self._advance(stream, reader)
        return True

    def forget(self, readers: set[Reader]) -> None:
        """The socket is gone: none of its readers gets anything more."""
        for stream in self.streams.values():
            stream.readers = [reader for reader in stream.readers if reader not in readers]

    def _mark(self, stream: Stream) -> None:
        self._dirty.add(stream)
        self._awake.set()

    def _start_ticker(self) -> None:
        loop = asyncio.get_running_loop()
        if self._ticker is None or self._ticker.done() or self._ticker.get_loop() is not loop:
            self._awake = asyncio.Event()
            self._ticker = loop.create_task(self._tick())

    async def _tick(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            dirty, self._dirty = self._dirty, set()
            for stream in dirty:
                stream.settle()
                for reader in tuple(stream.readers):
                    await self._advance(stream, reader)
                if stream.record.end is not None:
                    self.streams.pop(stream.record.message, None)
            await asyncio.sleep(TICK)

    async def _advance(self, stream: Stream, reader: Reader) -> None:
        """Bring one reader level. A reader that is being advanced already takes the new frames with it."""
        if reader.busy:
            return
        reader.busy = True
        try:
            while reader.after < stream.record.seq:
                for frame in list(replay(stream.record, reader.after)):
                    await reader.send(encode(frame))
                    reader.after = frame["seq"]
        finally:
            reader.busy = False


def encode(frame: Frame) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


hub = Hub()
