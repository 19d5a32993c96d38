"""Answers between web processes, over Redis: each reply is one Redis Stream, read by every process that shows it.

A second stream carries what concerns every process: requests to stop, notices to people. Losing Redis costs nothing
but speed: what is not relayed is dropped, `Reader.lost` sends those who watch from elsewhere to the database, and the
whole record follows when Redis is back. Nothing is raised into the hub, which never waits but for `follow`.
"""

import asyncio
import json
import logging
import random
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from webui.live.frames import Frame, encode
from webui.live.incoming import Incoming
from webui.live.keys import CONTROL, CONTROL_TTL, process_key
from webui.live.outgoing import Outgoing
from webui.live.streams import Stream

TICK = 0.04  # seconds between two looks at the replies that are followed
BEAT = 1.0  # seconds between two signs of life
ALIVE_MS = 4000  # a process without one for so long is dead to those who follow it
PATIENCE = 3.0  # seconds until a command that is not answered has failed
SLOWEST_RETRY = 5.0  # seconds between two attempts to reach Redis
NOTES = 1000  # kept in the control stream, and kept here until they are sent

log = logging.getLogger(__name__)


class Receiver(Protocol):
    """The hub, as the relay knows it."""

    def deliver(self, stream: Stream) -> None: ...

    def lose(self, stream: Stream) -> None: ...

    def hear(self, note: Frame) -> None: ...


class Relay:
    """This process's side of Redis."""

    def __init__(self, url: str, hub: Receiver) -> None:
        self._hub = hub
        self._name = uuid.uuid4().hex
        never = Retry(NoBackoff(), 0)  # what to do after a failure is decided here
        self._redis = Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=never, protocol=2
        )
        self._outgoing = Outgoing(self._redis, self._name)
        self._incoming = Incoming(self._redis, hub.deliver, hub.lose)
        self._ready = asyncio.Event()
        self._to_send = asyncio.Event()
        self._notes: deque[str] = deque(maxlen=NOTES)
        self._heard = ""  # the id of the newest note
        self._few = asyncio.Semaphore(8)  # connections at once, when everybody comes back after a restart
        loops = (self._stay_alive, self._send, self._collect, self._listen)
        self._tasks = [asyncio.create_task(loop(), name=f"relay{loop.__name__}") for loop in loops]

    @property
    def ready(self) -> bool:
        return self._ready.is_set()

    def open(self, stream: Stream) -> None:
        """Relay this stream from now on."""
        self._outgoing.open(stream)
        self._to_send.set()

    def mark(self, stream: Stream) -> None:
        """The stream has new frames."""
        self._outgoing.mark(stream)
        self._to_send.set()

    def tell(self, **note: Any) -> None:
        """Say something to all other processes."""
        if self._ready.is_set():
            self._notes.append(encode({**note, "from": self._name}))
            self._to_send.set()

    async def follow(self, message: int) -> Stream | None:
        """The stream of a reply that another process writes; None when nobody seems to, or Redis is away."""
        if not self._ready.is_set():
            return None
        try:
            async with self._few:
                return await self._incoming.follow(message)
        except (RedisError, OSError) as problem:
            self._fail(problem)
            return None

    async def stop(self) -> None:
        """Send what there is, within a second, and go."""
        running = set(self._tasks)
        while running:
            for task in running:
                task.cancel()
            # Again: Python 3.11's wait_for, which redis uses, swallows a cancellation that comes as it returns.
            _ended, running = await asyncio.wait(running, timeout=0.1)
        try:
            if self._ready.is_set():
                async with asyncio.timeout(1):
                    await self._send_all()
                    await self._redis.delete(process_key(self._name))
        except (RedisError, OSError) as problem:
            log.warning("Redis did not take the last frames: %s", problem)
        await self._redis.aclose()

    async def _stay_alive(self) -> None:
        failures = 0
        while True:
            failures = 0 if await self._attempt(self._beat) else failures + 1
            wait = min(BEAT / 4 * 2**failures, SLOWEST_RETRY) if failures else BEAT
            await asyncio.sleep(wait * random.uniform(0.8, 1.0))

    async def _beat(self) -> None:
        await self._redis.set(process_key(self._name), 1, px=ALIVE_MS)
        if not self._ready.is_set():
            await self._catch_up()
            self._ready.set()
            self._to_send.set()
            log.info("Redis is there: answers are followed between processes")
        await self._incoming.check()

    async def _catch_up(self) -> None:
        """Begin with what is said from now on, or go on where it was heard last (unless Redis forgot all that)."""
        newest: Any = await self._redis.xrevrange(CONTROL, count=1)
        end = newest[0][0].decode() if newest else "0-0"
        if not self._heard or _numbers(self._heard) > _numbers(end):
            self._heard = end
        await self._outgoing.resume()

    async def _send(self) -> None:
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            if self._ready.is_set():
                await self._attempt(self._send_all)
            else:
                self._outgoing.let_go()

    async def _send_all(self) -> None:
        if await self._outgoing.publish():
            self._to_send.set()
        if self._notes:
            notes, self._notes = self._notes, deque(maxlen=NOTES)
            async with self._redis.pipeline(transaction=False) as pipeline:
                for note in notes:
                    pipeline.xadd(CONTROL, {"note": note}, maxlen=NOTES, approximate=True)
                pipeline.expire(CONTROL, CONTROL_TTL)
                await pipeline.execute()

    async def _collect(self) -> None:
        while True:
            await self._incoming.begun.wait()
            if await self._attempt(self._incoming.collect):
                await asyncio.sleep(TICK)

    async def _listen(self) -> None:
        while True:
            await self._ready.wait()
            await self._attempt(self._hear)

    async def _hear(self) -> None:
        """What the other processes say, for a moment shorter than Redis may be silent."""
        answer: Any = await self._redis.xread({CONTROL: self._heard}, block=int(PATIENCE * 300))
        for _key, entries in answer or ():
            for number, fields in entries:
                self._heard = number.decode()
                note = json.loads(fields[b"note"])
                if note["from"] != self._name:
                    self._hub.hear(note)

    async def _attempt(self, work: Callable[[], Awaitable[object]]) -> bool:
        try:
            await work()
        except (RedisError, OSError) as problem:
            self._fail(problem)
            return False
        return True

    def _fail(self, problem: Exception) -> None:
        """Redis does not do what it should."""
        if self._ready.is_set():
            log.warning("Redis is not usable, answers of other processes come from the database: %s", problem)
        self._ready.clear()
        self._notes.clear()
        self._outgoing.start_over()
        self._incoming.lose()


def _numbers(entry: str) -> tuple[int, int]:
    first, _, second = entry.partition("-")
    return int(first), int(second)
