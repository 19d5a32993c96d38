"""A reply while it is written: pieces are gathered, and become one frame when the hub asks for it."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from webui.live.frames import Frame, Record, encode, numbered, written

if TYPE_CHECKING:
    from webui.live.readers import Reader

RECENT = 64  # frames kept encoded: made once, whoever reads them

Told = Callable[["Stream"], None]


def _nobody(stream: "Stream") -> None:
    """A stream that nobody adds to wakes nobody."""


class Stream:
    """A reply while it is written. Only its runner adds to it; the hub delivers.

    `wake` is told that something waits for the next tick, `deliver` that it should not wait: the first piece of text
    or of reasoning, a stage, the sources, the end.
    """

    __slots__ = (
        "_deliver", "_pending", "_pending_is_text", "_recent", "_spoken", "_wake",
        "marked", "readers", "record", "unsent",
    )  # fmt: skip

    def __init__(self, record: Record, *, wake: Told = _nobody, deliver: Told = _nobody) -> None:
        self.record = record
        self.readers: set[Reader] = set()
        self.marked = False
        self.unsent: list[str] | None = None  # frames that the relay has yet to send; None when it wants none
        self._wake, self._deliver = wake, deliver
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._pending: list[str] = []
        self._pending_is_text = True
        self._spoken = {False: False, True: False}

    def add_text(self, text: str) -> None:
        self._add(text, is_text=True)

    def add_reasoning(self, text: str) -> None:
        self._add(text, is_text=False)

    def reach(self, stage: str, detail: str = "") -> None:
        self.settle()
        self.record.trail.append([stage, detail])
        self._keep(self._encoded({"type": "status", "stage": stage, "detail": detail}))
        self._deliver(self)

    def show_sources(self, sources: list[Frame]) -> None:
        self.settle()
        self.record.sources = sources
        self.record.trail.append("sources")
        self._keep(self._encoded({"type": "sources", "sources": sources}))
        self._deliver(self)

    def finish(self, end: Frame) -> None:
        """The last frame; what was pending goes before it."""
        self.settle()
        self.record.end = end
        self._keep(numbered(end, self.record))
        self._deliver(self)

    def take(self, frame: Frame, encoded: str) -> None:
        """The next frame of a reply that another process writes."""
        record = self.record
        match frame["type"]:
            case "delta":
                record.add_text(frame["text"])
            case "reasoning":
                record.add_reasoning(frame["text"])
            case "status":
                record.trail.append([frame["stage"], frame["detail"]])
            case "sources":
                record.sources = frame["sources"]
                record.trail.append("sources")
            case _:
                record.end = {name: value for name, value in frame.items() if name not in ("message", "seq")}
        self._keep(encoded)

    def adopt(self, record: Record) -> None:
        """The same reply, further on."""
        self.record = record
        self._recent.clear()

    def settle(self) -> None:
        """Turn what is pending into a frame."""
        if not self._pending:
            return
        piece = "".join(self._pending)
        self._pending.clear()
        record = self.record
        if self._pending_is_text:
            record.add_text(piece)
            self._keep(written("delta", piece, record.message, len(record.trail)))
        else:
            record.add_reasoning(piece)
            self._keep(written("reasoning", piece, record.message, len(record.trail)))

    def has_nothing_for(self, reader: "Reader") -> bool:
        """Now and ever."""
        return self.record.end is not None and reader.after >= self.record.seq

    def next_frame(self, reader: "Reader") -> str | None:
        missing = self.record.seq - reader.after
        if missing <= 0:
            return None
        if missing <= len(self._recent):
            return self._recent[-missing]
        return reader.next_frame(self.record)

    def _add(self, piece: str, *, is_text: bool) -> None:
        if not piece:
            return
        if is_text is not self._pending_is_text:
            self.settle()
            self._pending_is_text = is_text
        self._pending.append(piece)
        if not self._spoken[is_text]:
            self._spoken[is_text] = True
            self._deliver(self)
        elif not self.marked:
            self.marked = True
            self._wake(self)

    def _encoded(self, body: Frame) -> str:
        return encode({**body, "message": self.record.message, "seq": len(self.record.trail)})

    def _keep(self, frame: str) -> None:
        self._recent.append(frame)
        if self.unsent is not None:
            self.unsent.append(frame)
