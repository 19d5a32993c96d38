"""Blocks -> chunks: passages of some 500 characters that are embedded, found and cited. Pure.

A chunk never crosses a heading, and its `start` and `end` are places in `document_text(blocks)`. Rows of a table are
never torn apart from the table's head: it is repeated in front of every chunk of a long table, and a short one is in
one piece.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from knowledge.parsing.base import Block

SIZE = 500
OVERLAP = 100
SCRAP = 120
# So much must be a passage's own to be embedded without what it repeats.
LEAST_OWN = 120
BETWEEN_BLOCKS = "\n\n"
BETWEEN_HEADINGS = " › "
_LONGEST_HEADING = 500
_SHORTEST_NAME = 4
# Where to cut, the best first: paragraph, line, sentence, clause, word.
_SEPARATORS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\n[^\S\n]*\n\s*",
        r"\n\s*",
        r"[。！？…](?:[”’』」）]*)|[.!?](?=\s)\s*",
        r"[；;，、：](?:\s*)|,\s",
        r"\s+",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkText:
    """`text` ends with document_text[start:end]; before that stands at most the head of its table."""

    text: str
    heading: str
    page: int | None
    start: int
    end: int


class Passage(Protocol):
    """A ChunkText, or a stored chunk."""

    @property
    def text(self) -> str: ...
    @property
    def heading(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Placed:
    block: Block
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.block.text)


def chunk(blocks: Sequence[Block], *, size: int = SIZE, overlap: int = OVERLAP) -> list[ChunkText]:
    """The chunks of a document, in order. Linear in the length of the text."""
    text = document_text(blocks)
    chunks: list[ChunkText] = []
    for _key, run in groupby(_place(blocks), key=lambda placed: _run_key(placed, size)):
        members = list(run)
        if _is_long_table(members[0].block, size):
            spans, head = _table_spans(members[0], size), _table_head(members[0].block.text, size)
        else:
            whole = [(placed.start, placed.end) for placed in members if placed.block.table]
            spans, head = _spans(text, members[0].start, members[-1].end, size, overlap, whole=whole), ""
        chunks += _as_chunks(text, members, spans, head)
    return chunks


def document_text(blocks: Sequence[Block]) -> str:
    """The whole text that offsets count in."""
    return BETWEEN_BLOCKS.join(block.text for block in blocks)


def embedded_text(passage: Passage, title: str, before: Passage | None = None) -> str:
    """What is embedded: the passage below the document's title and its own headings.

    With the passage `before` it, without what that one has already: it costs a fifth of all the embedding and finds
    nothing more (docs/decisions/0001-embedding-model.md). People, models and the words index get it all the same.
    """
    above = BETWEEN_HEADINGS.join(part for part in (title, passage.heading) if part)
    shared = before.end - passage.start if before and before.start < passage.start else 0
    # A table's repeated head stands before the document's own characters: such a passage stays whole.
    is_plain = len(passage.text) == passage.end - passage.start
    text = passage.text[shared:] if is_plain and 0 < shared <= len(passage.text) - LEAST_OWN else passage.text
    return f"{above}\n{text}" if above else text


def _place(blocks: Sequence[Block]) -> Iterator[_Placed]:
    start = 0
    for block in blocks:
        yield _Placed(block, start)
        start += len(block.text) + len(BETWEEN_BLOCKS)


def _run_key(placed: _Placed, size: int) -> tuple[tuple[str, ...], int]:
    """Blocks with the same key are cut together: all below one heading, but a long table by itself."""
    return placed.block.heading, placed.start if _is_long_table(placed.block, size) else -1


def _is_long_table(block: Block, size: int) -> bool:
    return block.table and len(block.text) > size


def _as_chunks(text: str, members: list[_Placed], spans: Iterator[tuple[int, int]], head: str) -> Iterator[ChunkText]:
    heading = BETWEEN_HEADINGS.join(members[0].block.heading)[:_LONGEST_HEADING]
    at = 0
    for start, end in spans:
        while at + 1 < len(members) and members[at + 1].start <= start:
            at += 1
        own = text[start:end]
        if own.strip():
            repeats_head = head and start > members[0].start
            yield ChunkText(
                text=head + own if repeats_head else own,
                heading=heading, page=members[at].block.page, start=start, end=end,
            )  # fmt: skip


def _spans(
    text: str, start: int, end: int, size: int, overlap: int, *, whole: Sequence[tuple[int, int]] = ()
) -> Iterator[tuple[int, int]]:
    """Spans of at most `size` characters that end and begin at good places; the last one may take a scrap more.

    `whole` are the places of short tables, in order: none is cut, and none begins in its middle.
    """
    start = _skip_blank(text, start, end)
    while end - start > size:
        cut = _best_cut(text, start + size // 2, start + size)
        begin, stop = _around(whole, cut)
        if stop:
            # In front of the table; behind it when there is nothing in front, since it fits.
            cut = begin if text[start:begin].strip() else stop
        following = _begin_of_overlap(text, cut, overlap)
        following = _skip_blank(text, _around(whole, following)[1] or following, end)
        if end - following < min(SCRAP, size):
            break
        yield start, _trimmed(text, start, cut)
        start = following
    if start < end:
        yield start, _trimmed(text, start, end)


def _around(whole: Sequence[tuple[int, int]], at: int) -> tuple[int, int]:
    """The table that this place lies in the middle of; (0, 0) when in none."""
    found = bisect_left(whole, at, key=lambda place: place[0]) - 1
    return whole[found] if found >= 0 and at < whole[found][1] else (0, 0)


def _best_cut(text: str, low: int, high: int) -> int:
    """The last place in low…high after the best separator there is; `high` when there is none."""
    for separator in _SEPARATORS:
        found = 0
        for match in separator.finditer(text, low, high):
            found = match.end()
        if found:
            return found
    return high


def _begin_of_overlap(text: str, cut: int, overlap: int) -> int:
    """Where the next span begins: at the first sentence, clause or word in the last `overlap` characters."""
    if not overlap:
        return cut
    for separator in _SEPARATORS[1:]:
        match = separator.search(text, cut - overlap, cut)
        if match and match.end() < cut:
            return match.end()
    return cut - overlap


def _skip_blank(text: str, at: int, end: int) -> int:
    while at < end and text[at].isspace():
        at += 1
    return at


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def _table_head(table: str, size: int) -> str:
    """The first two rows, when there are others. A head that takes half a chunk has each of its names shortened."""
    lines = table.split("\n", 2)
    if len(lines) < 3:
        return ""
    head = "\n".join(lines[:2]) + "\n"
    if len(head) <= size // 2:
        return head
    names = lines[0].strip().strip("|").split(" | ")
    room = size // 2 // len(names) - 8
    if room < _SHORTEST_NAME:
        return ""
    short = " | ".join(name.strip() if len(name.strip()) <= room else name.strip()[: room - 1] + "…" for name in names)
    return f"| {short} |\n|{' --- |' * len(names)}\n"


def _table_spans(placed: _Placed, size: int) -> Iterator[tuple[int, int]]:
    """Whole rows while they fit; a row that is longer than a chunk is cut like text."""
    room = size - len(_table_head(placed.block.text, size))
    start = at = placed.start
    for row in placed.block.text.splitlines(keepends=True):
        allowed = size if start == placed.start else room
        if at > start and at + len(row.rstrip("\n")) - start > allowed:
            yield start, at
            start = at
        if len(row) > size:
            for left, right in _spans(row, 0, len(row), room, 0):
                yield at + left, at + right
            start = at + len(row)
        at += len(row)
    if at > start:
        yield start, at
