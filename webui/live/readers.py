"""One socket watching one reply: how far it is, and how much of that its client has seen."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from webui.live.frames import Place

if TYPE_CHECKING:
    from webui.live.streams import Stream

UNSEEN = 512 * 1024  # bytes sent and not acknowledged before a reader pauses
PATIENCE = 30.0  # seconds that a paused reader may go without a word from its client
STEP = 16 * 1024  # bytes between two points at which an acknowledgement is counted


class Reader(Place):
    """`after` is the number of the last frame it was sent. It keeps nothing of what is not yet sent.

    `close` is called when the client was silent for too long while paused (`overdue` is true then). `lost` is called
    when the process that writes the reply has gone, or Redis has: what follows is in the database. The reader then
    watches nothing, its `after` is right, and it can be given to `hub.show` and `hub.watch` again.
    """

    __slots__ = (
        "_give_up", "_go_on", "_marks", "_seen", "_sent", "_timer",
        "busy", "close", "gone", "lost", "overdue", "send", "stream",
    )  # fmt: skip

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        after: int = 0,
        *,
        close: Callable[[], Any] | None = None,
        lost: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(after)
        self.send = send
        self.close = close
        self.lost = lost
        self.stream: Stream | None = None
        self.busy = self.gone = self.overdue = False
        self._sent = self._seen = 0
        self._marks: deque[tuple[int, int]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def paused(self) -> bool:
        return self._sent - self._seen > UNSEEN

    def acknowledge(self, seq: int) -> None:
        """The client has seen frame number `seq` and all before it."""
        if seq > self.after:
            return
        was_paused = self.paused
        while self._marks and self._marks[0][0] <= seq:
            self._seen = self._marks.popleft()[1]
        if seq == self.after:
            self._seen = self._sent
            self._marks.clear()
        if was_paused:
            self._be_patient()
            if not self.paused and self.stream is not None:
                self._go_on(self)

    def watch(self, stream: "Stream", go_on: Callable[["Reader"], None], give_up: Callable[["Reader"], None]) -> None:
        self._go_on, self._give_up = go_on, give_up
        self.forget_offsets()
        self.stream = stream
        stream.readers.add(self)

    def leave(self) -> None:
        if self.stream is not None:
            self.stream.readers.discard(self)
            self.stream = None

    def retire(self) -> None:
        """It needs nothing more."""
        self.leave()
        self._stop_waiting()

    def take(self) -> str | None:
        """The next frame to send, counted as sent; None when there is none, or none may be sent now."""
        if self.stream is None or self.paused:
            return None
        frame = self.stream.next_frame(self)
        if frame is None:
            if self.stream.has_nothing_for(self):
                self.retire()
            return None
        self.after += 1
        self._sent += len(frame) if frame.isascii() else len(frame.encode())
        if self._sent - (self._marks[-1][1] if self._marks else self._seen) >= STEP:
            self._marks.append((self.after, self._sent))
        if self.paused:
            self._be_patient()
        return frame

    def _be_patient(self) -> None:
        """Wait from now on for a word from the client, if one is owed."""
        self._stop_waiting()
        if self.paused:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._be_overdue)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _be_overdue(self) -> None:
        self.overdue = True
        self._give_up(self)
