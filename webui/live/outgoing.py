"""Replies that this process writes, on their way to Redis: one call a tick for all of them.

An entry of a reply's stream is `whole` (the record as it is, and who writes it) or `frames` (what came since, a line
each). Its id is the moment when this process began to write the reply, and the number of the entry's last frame, so
that nothing is added twice, and who goes on with an answer that its process seemed to have left takes its stream over.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from webui.live.frames import encode
from webui.live.keys import ENDED_TTL, RUNNING_TTL, reply_key
from webui.live.streams import Stream

ENTRIES = 4000  # in a reply's stream, before one with the whole record takes their place
PAUSE = 1.0  # seconds until a record that Redis refused (it has no memory left) is offered again

# One command a reply costs the client five times as much. A stream that Redis has lost is not begun in the middle.
PUBLISH = """
local missed = {}
local function began(id) return string.match(id, '%d+') end
for i, key in ipairs(KEYS) do
  local kind, seconds, id = string.match(ARGV[2 * i - 1], '(%a+) (%d+) (.+)')
  local value, added = ARGV[2 * i], nil
  if kind == 'whole' then
    added = redis.pcall('XADD', key, 'MAXLEN', 1, id, kind, value)
  else
    added = redis.pcall('XADD', key, 'NOMKSTREAM', id, kind, value)
  end
  if type(added) == 'string' then
    redis.call('EXPIRE', key, seconds)
  elseif added and string.find(added.err, 'equal or smaller') then
    local newest = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)
    if newest[1] and began(newest[1][1]) ~= began(id) then missed[#missed + 1] = -i end
  else
    redis.call('DEL', key)
    missed[#missed + 1] = i
  end
end
return missed
"""


@dataclass(slots=True)
class Written:
    """One reply that this process writes."""

    stream: Stream
    begun: int  # milliseconds: of two, the later one counts
    whole: bool = True  # the next entry must be the whole record
    known: bool = False  # Redis has, or had, something of it
    entries: int = 0
    not_before: float = 0.0

    @property
    def ended(self) -> bool:
        return self.stream.record.end is not None

    def start_over(self) -> None:
        self.whole, self.stream.unsent = True, None


class Outgoing:
    """All of them. While Redis is away nothing is kept for it."""

    def __init__(self, redis: "Redis", writer: str) -> None:
        self._script = redis.register_script(PUBLISH)
        self._redis = redis
        self._writer = writer
        self._written: dict[int, Written] = {}
        self._dirty: dict[int, Written] = {}
        self._endless: set[int] = set()  # what Redis has of them lacks the end

    def open(self, stream: Stream) -> None:
        written = Written(stream, begun=time.time_ns() // 1_000_000)
        self._dirty[stream.record.message] = self._written[stream.record.message] = written

    def mark(self, stream: Stream) -> None:
        written = self._written.get(stream.record.message)
        if written is not None and written.stream is stream:
            self._dirty[stream.record.message] = written

    async def publish(self) -> bool:
        """Send what is new; whether there is more to send at once."""
        dirty, self._dirty = self._dirty, {}
        sent, arguments = self._entries(dirty)
        if sent:
            keys = [reply_key(written.stream.record.message) for written, _whole in sent]
            for place in await self._script(keys=keys, args=arguments):
                if place > 0:
                    self._refused(*sent[place - 1])
                else:
                    self._overtaken(sent[-place - 1][0])
        for message, written in dirty.items():
            if written.ended and not written.whole and not written.stream.unsent:
                self._written.pop(message, None)
        return bool(self._dirty)

    def start_over(self) -> None:
        """Redis has failed."""
        for written in self._written.values():
            written.start_over()
        self.let_go()

    def let_go(self) -> None:
        """Forget what has ended while Redis is away."""
        self._dirty.clear()
        for message, written in list(self._written.items()):
            if written.ended:
                del self._written[message]
                if written.known:
                    self._endless.add(message)

    async def resume(self) -> None:
        """Redis is back: offer all that runs, and leave nothing there that would never end."""
        if self._endless:
            await self._redis.delete(*map(reply_key, self._endless - self._written.keys()))
            self._endless.clear()
        self._dirty.update(self._written)

    def _entries(self, dirty: dict[int, Written]) -> tuple[list[tuple[Written, bool]], list[Any]]:
        """What is sent now (each with whether it is whole), and the script's arguments."""
        now = asyncio.get_running_loop().time()
        sent: list[tuple[Written, bool]] = []
        arguments: list[Any] = []
        for message, written in dirty.items():
            stream, record = written.stream, written.stream.record
            if written.whole and now < written.not_before:
                if written.ended:
                    del self._written[message]  # the database has it, and Redis nothing
                continue
            whole = written.whole or written.entries >= ENTRIES
            if not whole and not stream.unsent:
                continue
            value = self._whole(written) if whole else "\n".join(stream.unsent or ())
            stream.unsent = []
            written.whole, written.known = False, True
            written.entries = 0 if whole else written.entries + 1
            ttl = ENDED_TTL if written.ended else RUNNING_TTL
            arguments += (f"{'whole' if whole else 'frames'} {ttl} {written.begun}-{record.seq}", value)
            sent.append((written, whole))
        return sent, arguments

    def _whole(self, written: Written) -> str:
        record = written.stream.record
        parts = {"text": record.text, "reasoning": record.reasoning, "trail": record.trail}
        origin = {"writer": self._writer, "begun": written.begun}
        return encode({**parts, "sources": record.sources, "end": record.end, **origin})

    def _refused(self, written: Written, whole: bool) -> None:
        """Redis has lost this stream (then it gets the whole record at once), or has no room for it."""
        written.start_over()
        if whole:
            written.not_before = asyncio.get_running_loop().time() + PAUSE
        self.mark(written.stream)

    def _overtaken(self, written: Written) -> None:
        """Another process goes on with this reply: what is written here concerns this process alone."""
        written.stream.unsent = None
        self._written.pop(written.stream.record.message, None)
