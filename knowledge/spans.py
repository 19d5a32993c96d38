"""Where the words of a passage stand in a document as it is read now: it may have been read or cut anew since.

Compared are letters and digits alone, so that other blanks, line ends and signs do no harm. Pure.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

SHORT = 12  # letters of a line that say too little to be looked for by themselves
LONGER = 3  # times the passage's own length, over which its lines are no passage any more
_RUNS = re.compile(r"[^\W_]+")
_CLOSING = re.compile(r"[^\w\s]{1,3}")  # the point behind the last word belongs to it


@dataclass(frozen=True, slots=True)
class Span:
    """Characters start…end of the document's text."""

    start: int
    end: int


class Words:
    """A text to be searched by its letters and digits, each of which knows its place."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] = []
        self._places: list[int] = []
        parts: list[str] = []
        length = 0
        for run in _RUNS.finditer(text):
            part = run[0].lower()
            self._starts.append(length)
            self._places.append(run.start())
            parts.append(part)
            length += len(part)
        self._squeezed = "".join(parts)

    def find(self, passage: str, near: int | None = None) -> Span | None:
        """The place of a passage, of several the nearest to character `near`; None when it is not there.

        Where it does not stand in one piece its longer lines do, all of them and near each other.
        """
        whole = squeezed(passage)
        if not whole:
            return None
        at = self._letter(near or 0)
        if found := self._nearest(whole, at):
            return self._span(*found)
        lines = [line for line in map(squeezed, passage.splitlines()) if len(line) > SHORT]
        places = [place for line in lines if (place := self._nearest(line, at))]
        if not lines or len(places) < len(lines):
            return None
        start, end = min(place[0] for place in places), max(place[1] for place in places)
        return self._span(start, end) if end - start <= LONGER * len(whole) else None

    def _letter(self, place: int) -> int:
        """The number of the letter at, or last before, a character of the text."""
        run = bisect_right(self._places, place) - 1
        return self._starts[run] + place - self._places[run] if run >= 0 else 0

    def _nearest(self, wanted: str, near: int) -> tuple[int, int] | None:
        after = self._squeezed.find(wanted, max(near, 0))
        before = self._squeezed.rfind(wanted, 0, max(near, 0) + len(wanted))
        found = [start for start in (before, after) if start >= 0]
        start = min(found, key=lambda place: abs(place - near), default=None)
        return None if start is None else (start, start + len(wanted))

    def _span(self, start: int, end: int) -> Span:
        last = self._place(end - 1) + 1
        closing = _CLOSING.match(self._text, last)
        return Span(self._place(start), closing.end() if closing else last)

    def _place(self, letter: int) -> int:
        run = bisect_right(self._starts, letter) - 1
        return self._places[run] + letter - self._starts[run]


def squeezed(text: str) -> str:
    """Its letters and digits, in lower case."""
    return "".join(_RUNS.findall(text)).lower()


def put_together(pieces: Iterable[tuple[str, int, int]], since: int = 0) -> str:
    """The text of a document, from character `since` on, from the (text, start, end) of its chunks in their order.

    Between them stand blanks. A chunk's text ends with the document's own characters; before them a table's head may
    be repeated.
    """
    parts: list[str] = []
    length = since
    for text, start, end in pieces:
        own = text[max(len(text) - (end - start), 0) :]
        if start < length:
            own = own[length - start :]
        elif start > length:
            parts.append("\n" * (start - length))
            length = start
        parts.append(own)
        length += len(own)
    return "".join(parts)
