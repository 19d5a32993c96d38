"""The ticker: it settles what was added to streams and brings their readers level, none of them waiting for another."""

import asyncio
import contextlib
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from webui.live.readers import Reader
from webui.live.streams import Stream

TICK = 0.04  # seconds between deliveries: frames of a fast model merge
BURST = 64  # frames to one reader before the others have their turn

Callback = Callable[..., Awaitable[None] | None]
log = logging.getLogger(__name__)


class Delivery:
    """All that is on its way to readers in one event loop. `settled` is told what may have new frames."""

    def __init__(self, settled: Callable[[Stream], None], ended: Callable[[Stream], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._settled, self._ended = settled, ended
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._dirty: list[Stream] = []
        self._due: deque[Reader] = deque()
        self._finished: list[Stream] = []
        self._comes = False
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self, stream: Stream) -> None:
        """Something was added: deliver it at the next tick, which is now when nothing happened lately."""
        self._dirty.append(stream)
        if self._timer is None:
            self._timer = self._loop.call_soon(self._tick)

    def at_once(self, stream: Stream) -> None:
        """Something was added that should not wait."""
        stream.settle()
        self._settled(stream)
        if stream.record.end is not None:
            self._finished.append(stream)
        self.advance(stream)

    def advance(self, stream: Stream) -> None:
        """There are new frames."""
        if stream.readers or self._finished:
            self._due.extend(stream.readers)
            self._start()

    def attach(self, stream: Stream, reader: Reader) -> None:
        reader.leave()
        reader.watch(stream, self._go_on, self._give_up)
        self._go_on(reader)

    def call(self, callback: Callback, *arguments: Any) -> None:
        """Call somebody else's function; what it fails with is logged and harms nobody here."""
        try:
            waiting = callback(*arguments)
        except Exception:
            log.exception("a callback of the live hub failed")
            return
        if inspect.iscoroutine(waiting):
            self._spawn(waiting)

    async def stop(self) -> None:
        """Deliver what there is to those who take it."""
        self._tick()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._deliver()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        dirty, self._dirty = self._dirty, []
        for stream in dirty:
            stream.marked = False
            stream.settle()
            self._due.extend(stream.readers)
            self._settled(stream)
        if not dirty and not self._due:
            self._timer = None
            return
        self._timer = self._loop.call_later(TICK, self._tick)
        if self._due:
            self._start()

    def _go_on(self, reader: Reader) -> None:
        self._due.append(reader)
        self._start()

    def _give_up(self, reader: Reader) -> None:
        reader.retire()
        if reader.close is not None:
            self.call(reader.close)

    def _start(self) -> None:
        if not self._comes:
            self._comes = True
            self._spawn(self._deliver())
        if self._timer is None:
            # Even when nothing is added: a reader that is slow to take a frame may hold up this delivery.
            self._timer = self._loop.call_later(TICK, self._tick)

    async def _deliver(self) -> None:
        """Bring everybody level who is due. Where one send hangs, the next tick's delivery takes the rest."""
        self._comes = False
        while self._due:
            reader = self._due.popleft()
            if not reader.busy and await self._advance(reader):
                self._due.append(reader)
                await asyncio.sleep(0)
        finished, self._finished = self._finished, []
        for stream in finished:
            self._ended(stream)

    async def _advance(self, reader: Reader) -> bool:
        """Send a reader some of what it has not seen; whether there is more. While busy it takes what comes, too."""
        reader.busy = True
        try:
            for _ in range(BURST):
                if (frame := reader.take()) is None:
                    return False
                await reader.send(frame)
        except Exception:
            log.exception("a page could not be sent frame %s", reader.after)
            reader.retire()
            return False
        finally:
            reader.busy = False
        return True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
