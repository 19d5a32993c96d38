"""The hub: where the runner opens what it writes, sockets watch it, and people's tabs are told what happened.

`Stream` is a reply while it is written, `Reader` is one socket that watches one reply. With Redis (`relay.py`) a reply
that another process writes is watched in the same way. No token passes a channel layer, no reader has a queue.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from webui.live.delivery import Callback, Delivery
from webui.live.frames import Frame, Record
from webui.live.readers import Reader
from webui.live.streams import Stream

if TYPE_CHECKING:
    from webui.live.relay import Relay


class Hub:
    """All that this process writes and watches, in the one event loop where it is used."""

    def __init__(self) -> None:
        self.on_stop: Callback | None = None
        self.streams: dict[int, Stream] = {}
        self._people: dict[int, list[Callback]] = {}
        self._relay: Relay | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

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
        await self._delivery.stop()
        if self._relay:
            await self._relay.stop()
        self.streams.clear()
        self._loop = None

    def open(self, message: int, record: Record | None = None) -> Stream:
        """A reply that this process writes. With the record of one that had ended, its numbers go on."""
        self._attune()
        record = record or Record(message=message)
        if record.end is not None:
            # The end had a number, which people have seen: a stage takes it.
            record.trail.append(["waiting", ""])
            record.end = None
        stream = Stream(record, wake=self._delivery.wake, deliver=self._delivery.at_once)
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
        if not reader.gone:
            self._delivery.attach(stream, reader)
        return True

    def show(self, record: Record, reader: Reader) -> None:
        """Deliver what the reader has not seen of a stored record, no faster than it acknowledges."""
        self._attune()
        if not reader.gone:
            self._delivery.attach(Stream(record), reader)

    def forget(self, readers: Iterable[Reader]) -> None:
        """The socket is gone: none of its readers gets anything more."""
        for reader in readers:
            reader.retire()
            reader.gone = True

    @property
    def follows_others(self) -> bool:
        """Whether what other processes write can be watched now."""
        return self._relay is not None and self._relay.ready

    async def ask_stop(self, message: int) -> None:
        """Call `on_stop` in the process that writes this reply."""
        if loop := self._other_loop():
            await _there(loop, self.ask_stop(message))
        elif message in self.streams:
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
        if loop := self._other_loop():
            await _there(loop, self.notify(person, frame, except_))
            return
        self._attune()
        self._tell(person, frame, except_)
        if self._relay:
            self._relay.tell(person=person, frame=frame)

    # Called by the relay

    def deliver(self, stream: Stream) -> None:
        """A reply that another process writes has new frames."""
        self._delivery.advance(stream)

    def lose(self, stream: Stream) -> None:
        """A reply that another process writes comes no more; without `lost`, a reader's client is to come again."""
        for reader in tuple(stream.readers):
            reader.leave()
            if callback := reader.lost or reader.close:
                self._delivery.call(callback)

    def hear(self, note: Frame) -> None:
        """What another process told all others."""
        match note:
            case {"stop": message}:
                self._stop_asked(message)
            case {"person": person, "frame": frame}:
                self._tell(person, frame)

    def _stop_asked(self, message: int) -> None:
        if message in self.streams and self.on_stop is not None:
            self._delivery.call(self.on_stop, message)

    def _tell(self, person: int, frame: Frame, except_: Callback | None = None) -> None:
        for callback in tuple(self._people.get(person, ())):
            if callback != except_:
                self._delivery.call(callback, frame)

    def _attune(self) -> None:
        """Begin, or begin anew in another event loop when the one before has ended."""
        if self._other_loop():
            raise RuntimeError("the live hub is used in another event loop")
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._relay = loop, None
            self._delivery = Delivery(self._settled, self._ended)
            self.streams.clear()

    def _other_loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop of another thread, when the hub runs in that one."""
        loop = self._loop
        return loop if loop is not None and loop.is_running() and loop is not asyncio.get_running_loop() else None

    def _settled(self, stream: Stream) -> None:
        if self._relay:
            self._relay.mark(stream)

    def _ended(self, stream: Stream) -> None:
        if self.streams.get(stream.record.message) is stream:
            del self.streams[stream.record.message]


async def _there(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> None:
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))


hub = Hub()
