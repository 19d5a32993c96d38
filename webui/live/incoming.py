"""Replies that other processes write, read from Redis: each is read from its beginning once, then all together."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from webui.live.frames import Record
from webui.live.keys import process_key, reply_key
from webui.live.streams import Stream

# JSON has no raw control characters, so that they can part it; one long string is read five times as quickly as lists.
COLLECT = """
local found = {}
for i, key in ipairs(KEYS) do
  for _, entry in ipairs(redis.call('XRANGE', key, ARGV[i], '+')) do
    found[#found + 1] = i .. '\\t' .. entry[2][1] .. '\\t' .. entry[2][2]
  end
end
return table.concat(found, '\\f')
"""

log = logging.getLogger(__name__)


class Gap(Exception):
    """What came does not go on from what is here."""


@dataclass(slots=True)
class Followed:
    """One reply that another process writes."""

    stream: Stream
    writer: str = ""
    begun: int = 0

    @property
    def ended(self) -> bool:
        return self.stream.record.end is not None

    def apply(self, kind: str, value: str) -> None:
        """Take an entry of its stream."""
        message, seq = self.stream.record.message, self.stream.record.seq
        try:
            if kind == "whole":
                content = json.loads(value)
                self.writer, before, self.begun = content.pop("writer"), self.begun, content.pop("begun")
                if before not in (0, self.begun):
                    raise Gap(f"reply {message} was begun anew: what it goes on from may differ")
                record = Record(message=message, **content)
                if record.seq >= seq:
                    self.stream.adopt(record)
                return
            for line in value.split("\n"):
                frame = json.loads(line)
                if frame["seq"] > seq + 1:
                    raise Gap(f"frame {frame['seq']} of reply {message} came after {seq}")
                if frame["seq"] == seq + 1:
                    self.stream.take(frame, line)
                    seq += 1
        except (ValueError, LookupError, TypeError) as strange:
            raise Gap(f"an entry of reply {message} after frame {seq} cannot be read: {strange!r}") from None


class Incoming:
    """All of them. `deliver` is told that a stream has new frames, `lose` that it comes no more."""

    def __init__(self, redis: "Redis", deliver: Callable[[Stream], None], lose: Callable[[Stream], None]) -> None:
        self._script = redis.register_script(COLLECT)
        self._redis = redis
        self._deliver, self._lost = deliver, lose
        self._followed: dict[int, Followed] = {}
        self.begun = asyncio.Event()

    async def follow(self, message: int) -> Stream | None:
        """The stream of a reply, fed from now on unless it has ended; None when no living process writes it."""
        if followed := self._followed.get(message):
            return followed.stream
        found = await self._script(keys=[reply_key(message)], args=["-"])
        if not found:
            return None
        followed = Followed(Stream(Record(message=message)))
        try:
            for entry in found.decode().split("\f"):
                followed.apply(*entry.split("\t", 2)[1:])
        except Gap as gap:
            log.warning("%s", gap)
            return None
        if followed.ended:
            return followed.stream
        if not await self._redis.exists(process_key(followed.writer)):
            return None
        followed = self._followed.setdefault(message, followed)  # two may ask at the same moment
        self.begun.set()
        return followed.stream

    async def collect(self) -> bool:
        """Read what is new of all that is still watched; whether anything is."""
        for message in [message for message, followed in self._followed.items() if not followed.stream.readers]:
            del self._followed[message]
        following = list(self._followed.items())
        if not following:
            self.begun.clear()
            return False
        keys = [reply_key(message) for message, _ in following]
        places = [f"({followed.begun}-{followed.stream.record.seq}" for _, followed in following]
        found = await self._script(keys=keys, args=places)
        for entry in found.decode().split("\f") if found else ():
            place, kind, value = entry.split("\t", 2)
            self._take(*following[int(place) - 1], kind, value)
        return True

    async def check(self) -> None:
        """Let go of those whose writer gave no sign of life, or whose stream is gone."""
        writers = {message: process_key(followed.writer) for message, followed in self._followed.items()}
        keys = {*writers.values(), *map(reply_key, writers)}
        if not keys or await self._redis.exists(*keys) == len(keys):
            return
        for message, writer in writers.items():
            if await self._redis.exists(writer, reply_key(message)) < 2:
                self.lose(message)

    def lose(self, *messages: int) -> None:
        """These are not followed any more; all when none is named."""
        for message in messages or tuple(self._followed):
            if followed := self._followed.pop(message, None):
                self._lost(followed.stream)

    def _take(self, message: int, followed: Followed, kind: str, value: str) -> None:
        if self._followed.get(message) is not followed:
            return
        try:
            followed.apply(kind, value)
        except Gap as gap:
            log.warning("%s", gap)
            self.lose(message)
            return
        self._deliver(followed.stream)
        if followed.ended:
            del self._followed[message]
