"""What has been written of one reply, and the numbered frames that are made of it.

A reply is a `Record`: text, reasoning, and a trail that says how both were cut into frames. The stored form in the
database is the same, so that any frame can be made again from either, byte for byte.
"""

import json
from collections.abc import Iterator
from json.encoder import encode_basestring as quoted
from typing import Any

Frame = dict[str, Any]

PIECES = 512  # as many are kept apart before they are joined: adding to one long string copies it every time

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Record:
    """What has been written of one reply.

    Each item of `trail` is one frame: a positive number of characters of text, a negative one of reasoning,
    [stage, detail], or "sources". `end` is the last frame without its number, None while the answer runs.

    It grows on the event loop. Another thread that wants text and trail to agree takes `copy()` on the loop first.
    """

    __slots__ = ("_reasonings", "_texts", "end", "message", "sources", "trail")

    def __init__(
        self,
        *,
        message: int,
        text: str = "",
        reasoning: str = "",
        trail: list[Any] | None = None,
        sources: list[Frame] | None = None,
        end: Frame | None = None,
    ) -> None:
        self.message = message
        self._texts = [text] if text else []
        self._reasonings = [reasoning] if reasoning else []
        self.trail = [] if trail is None else trail
        self.sources = [] if sources is None else sources
        self.end = end

    @property
    def text(self) -> str:
        return "".join(self._texts)

    @property
    def reasoning(self) -> str:
        return "".join(self._reasonings)

    @property
    def seq(self) -> int:
        """The number of the newest frame; 0 when there is none."""
        return len(self.trail) + (self.end is not None)

    def add_text(self, piece: str) -> None:
        self._texts.append(piece)
        self.trail.append(len(piece))
        if len(self._texts) > PIECES:
            self.join()

    def add_reasoning(self, piece: str) -> None:
        self._reasonings.append(piece)
        self.trail.append(-len(piece))
        if len(self._reasonings) > PIECES:
            self.join()

    def join(self) -> None:
        """Make one string of the pieces, so that parts of it can be cut out. New lists: a thread may read the old."""
        if len(self._texts) > 1:
            self._texts = [self.text]
        if len(self._reasonings) > 1:
            self._reasonings = [self.reasoning]

    def copy(self) -> "Record":
        """As it is now, for another thread."""
        return Record(
            message=self.message,
            text=self.text,
            reasoning=self.reasoning,
            trail=list(self.trail),
            sources=self.sources,
            end=self.end,
        )


class Place:
    """How far somebody has read a record: the number of the last frame, and where the next one's text begins.

    The two offsets are brought up to `after` when they are needed, from the frame they were last right for.
    """

    __slots__ = ("_reasoning_at", "_right_for", "_text_at", "after")

    def __init__(self, after: int = 0) -> None:
        self.after = after
        self.forget_offsets()

    def forget_offsets(self) -> None:
        """To be called when `after` went back, or another record is read."""
        self._right_for = self._text_at = self._reasoning_at = 0

    def next_frame(self, record: Record) -> str | None:
        """The frame after this place, encoded; None when there is none yet. The place stays where it is."""
        if self.after >= len(record.trail):
            return None if record.end is None or self.after >= record.seq else numbered(record.end, record)
        for item in record.trail[self._right_for : self.after]:
            if isinstance(item, int):
                self._pass(item)
        self._right_for, seq = self.after, self.after + 1
        match record.trail[self.after]:
            case int() as count if count > 0:
                record.join()
                return written("delta", record.text[self._text_at : self._text_at + count], record.message, seq)
            case int() as count:
                record.join()
                piece = record.reasoning[self._reasoning_at : self._reasoning_at - count]
                return written("reasoning", piece, record.message, seq)
            case "sources":
                return encode({"type": "sources", "sources": record.sources, "message": record.message, "seq": seq})
            case [stage, detail]:
                status = {"type": "status", "stage": stage, "detail": detail, "message": record.message, "seq": seq}
                return encode(status)
            case strange:
                raise ValueError(f"reply {record.message} has {strange!r} in its trail")

    def _pass(self, count: int) -> None:
        if count > 0:
            self._text_at += count
        else:
            self._reasoning_at -= count


def written(kind: str, piece: str, message: int, seq: int) -> str:
    """The frame of a piece of text or reasoning, as `encode` would write it, in a tenth of the time."""
    return f'{{"type":"{kind}","text":{quoted(piece)},"message":{message},"seq":{seq}}}'


def numbered(end: Frame, record: Record) -> str:
    """The last frame of a record."""
    return encode({**end, "message": record.message, "seq": len(record.trail) + 1})


def replay(record: Record, after: int) -> Iterator[Frame]:
    """The frames of a record with a number above `after`, in order."""
    place = Place(after)
    while frame := place.next_frame(record):
        yield json.loads(frame)
        place.after += 1
