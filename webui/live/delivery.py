"""The hub of answers being written in this process: one ticker, readers that know how far they are, notices to people.

`Stream` is a reply while it is written, `Reader` is one socket that watches one reply. With Redis (`relay.py`) a reply
that another process writes is watched in the same way. No token passes a channel layer, no reader has a queue.
"""

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from webui.live.frames import Frame, Record
from webui.live.readers import Reader
from webui.live.streams import Stream

if TYPE_CHECKING:
    from webui.live.relay import Relay

TICK = 0.04  # seconds between deliveries: frames of a fast model merge
BURST = 64  # frames to one reader before the others have their turn

Callback = Callable[..., Awaitable[None] | None]
log = logging.getLogger(__name__)


class Hub:
    """All streams of this process and what delivers them. It belongs to one event loop, the one it is used in."""

    def __init__(self) -> None:
        self.on_stop: Callback | None = None
        self.streams: dict[int, Stream] = {}
        self._relay: Relay | None = None
        self._people: dict[int, list[Callback]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begin()

    def open(self, message: int, record: Record | None = None) -> Stream:
        """A reply that this process writes. With the record of one that had ended, its numbers go on."""
        self._attune()
        record = record or Record(message=message)
        if record.end is not None:
            # The end had a number, which people have seen: a stage takes it.
            record.trail.append(["waiting", ""])
            record.end = None
        stream = Stream(record, wake=self._mark, deliver=self._deliver_at_once)
        self.streams[message] = stream
        if self._relay:
            self._relay.open(stream)
        return stream

    async def watch(self, message: int, reader: Reader) -> bool:
        """Deliver what the reader has not seen, and go on as it comes.

        False when nobody known writes the reply, or what is known of it ended where the reader is: the database knows.
        """
        self._attune()
        stream = self.streams.get(message)
        if stream is None and self._relay:
            stream = await self._relay.follow(message)
        if stream is None or stream.has_nothing_for(reader):
            return False
        self._attach(stream, reader)
        return True

    def show(self, record: Record, reader: Reader) -> None:
        """Deliver what the reader has not seen of a stored record, no faster than it acknowledges."""
        self._attune()
        self._attach(Stream(record), reader)

    def forget(self, readers: Iterable[Reader]) -> None:
        """The socket is gone: none of its readers gets anything more."""
        for reader in readers:
            reader.leave()
            reader.gone = True

    @property
    def follows_others(self) -> bool:
        """Whether what other processes write can be watched now."""
        return self._relay is not None and self._relay.ready

    async def ask_stop(self, message: int) -> None:
        """Call `on_stop` in the process that writes this reply."""
        if message in self.streams:
            self._stop_asked(message)
        elif self._relay:
            self._relay.tell(stop=message)

    def subscribe(self, person: int, callback: Callback) -> None:
        self._people.setdefault(person, []).append(callback)

    def unsubscribe(self, person: int, callback: Callback) -> None:
        rest = [other for other in self._people.pop(person, ()) if other != callback]
        if rest:
            self._people[person] = rest

    async def notify(self, person: int, frame: Frame, except_: Callback | None = None) -> None:
        """Tell all tabs of a person, but for the one whose callback is `except_`."""
        self._attune()
        self._tell(person, frame, except_)
        if self._relay:
            self._relay.tell(person=person, frame=frame)

    def start(self, redis_url: str = "") -> None:
        """To be called in the event loop before the hub is used there; again does no harm."""
        self._attune()
        if redis_url and self._relay is None:
            from webui.live.relay import Relay  # redis is loaded where it is used

            self._relay = Relay(redis_url, self)
            for stream in self.streams.values():
                self._relay.open(stream)

    async def stop(self) -> None:
        """Deliver what there is, then let go of everything."""
        self._attune()
        self._tick()
        await self._deliver()
        if self._relay:
            await self._relay.stop()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._begin()

    # Called by the relay

    def deliver(self, stream: Stream) -> None:
        """A reply that another process writes has new frames."""
        self._due.extend(stream.readers)
        self._start_delivery()

    def lose(self, stream: Stream) -> None:
        """A reply that another process writes comes no more; without `lost`, a reader's client is to come again."""
        for reader in tuple(stream.readers):
            reader.leave()
            if callback := reader.lost or reader.close:
                self._call(callback)

    def hear(self, note: dict[str, Any]) -> None:
        """What another process told all others."""
        match note:
            case {"stop": message}:
                self._stop_asked(message)
            case {"person": person, "frame": frame}:
                self._tell(person, frame)

    def _stop_asked(self, message: int) -> None:
        if message in self.streams and self.on_stop is not None:
            self._call(self.on_stop, message)

    def _tell(self, person: int, frame: Frame, except_: Callback | None = None) -> None:
        for callback in tuple(self._people.get(person, ())):
            if callback != except_:
                self._call(callback, frame)

    def _call(self, callback: Callback, *arguments: Any) -> None:
        """Call somebody else's function; what it fails with is logged and harms nobody here."""
        try:
            waiting = callback(*arguments)
        except Exception:
            log.exception("a callback of the live hub failed")
            return
        if inspect.iscoroutine(waiting):
            self._spawn(waiting)

    def _begin(self) -> None:
        self.streams.clear()
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._dirty: list[Stream] = []
        self._due: deque[Reader] = deque()
        self._delivery_comes = False
        self._ended: list[Stream] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._relay = None

    def _attune(self) -> None:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._begin()

    def _attach(self, stream: Stream, reader: Reader) -> None:
        if reader.gone:
            return
        reader.leave()
        reader.watch(stream, self._go_on, self._give_up)
        self._go_on(reader)

    def _mark(self, stream: Stream) -> None:
        """Something was added: deliver it at the next tick, which is now when nothing happened lately."""
        self._dirty.append(stream)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_soon(self._tick)

    def _deliver_at_once(self, stream: Stream) -> None:
        stream.settle()
        if stream.record.end is not None:
            self._ended.append(stream)
        if self._relay:
            self._relay.mark(stream)
        if stream.readers or self._ended:
            self._due.extend(stream.readers)
            self._start_delivery()

    def _tick(self) -> None:
        dirty, self._dirty = self._dirty, []
        for stream in dirty:
            stream.marked = False
            stream.settle()
            self._due.extend(stream.readers)
            if self._relay:
                self._relay.mark(stream)
        if not dirty and not self._due:
            self._timer = None
            return
        # Once more even when nothing is added: a reader that is slow to take a frame may hold up this delivery.
        self._timer = asyncio.get_running_loop().call_later(TICK, self._tick)
        if self._due:
            self._start_delivery()

    def _go_on(self, reader: Reader) -> None:
        self._due.append(reader)
        self._start_delivery()

    def _give_up(self, reader: Reader) -> None:
        self.forget({reader})
        if reader.close is not None:
            self._call(reader.close)

    def _start_delivery(self) -> None:
        if not self._delivery_comes:
            self._delivery_comes = True
            self._spawn(self._deliver())

    async def _deliver(self) -> None:
        """Bring everybody level who is due. Where one send hangs, the next tick's delivery takes the rest."""
        self._delivery_comes = False
        while self._due:
            reader = self._due.popleft()
            if not reader.busy and await self._advance(reader):
                self._due.append(reader)
                await asyncio.sleep(0)
        for stream in self._ended:
            if self.streams.get(stream.record.message) is stream:
                del self.streams[stream.record.message]
        self._ended.clear()

    async def _advance(self, reader: Reader) -> bool:
        """Send a reader some of what it has not seen; whether there is more. While busy it takes what comes, too."""
        reader.busy = True
        try:
            for _ in range(BURST):
                if (frame := reader.take()) is None:
                    return False
                await reader.send(frame)
        except Exception:
            log.exception("a reader of reply failed")
            self.forget({reader})
            return False
        finally:
            reader.busy = False
        return True

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


hub = Hub()
