"""What was read of a document, page by page: its chunks put together again, the cited one marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Max, Min

from knowledge.chunking import BETWEEN_BLOCKS, BETWEEN_HEADINGS
from knowledge.models import Chunk, Document
from knowledge.parsing.base import Block
from knowledge.spans import Span, Words, put_together

PER_SHEET = 40
CHARACTERS = 20_000  # on a sheet of a file that has neither chunks nor pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text of one chunk; overlaps are shown once. `marked`: of the cited passage. `before`: blanks."""

    chunk_id: int
    text: str
    heading: str
    page: int | None
    marked: bool
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is shown at once: a page of the file, or some chunks of a file that has no pages."""

    number: int
    count: int
    pieces: tuple[Piece, ...]
    paged: bool


def sheet(
    document: Document, *, number: int | None = None, chunk_id: int | None = None, span: Span | None = None
) -> Sheet:
    """Page `number`, or the one where the marked words begin, or the first. Out of range: the nearest.

    Marked are the characters of `span`, or else of the chunk.
    """
    chunks = document.chunks.all()
    cited = chunks.filter(pk=chunk_id).first() if chunk_id else None
    marked = Span(*_as_read(cited).as_read[1:]) if cited else None
    if span is not None:
        cited, marked = _chunk_at(document, span.start), span
    bounds = chunks.aggregate(last=Max("ordinal"), first_page=Min("page"))
    paged = bounds["first_page"] is not None
    count = (document.pages or 1) if paged else (bounds["last"] or 0) // PER_SHEET + 1
    if number is None:
        number = _number_of(cited, paged) if cited else 1
    number = min(max(number, 1), count)
    return Sheet(
        number=number, count=count, pieces=tuple(_pieces(_shown(document, number, paged), marked)), paged=paged
    )


def find_again(document: Document, text: str, span: Span | None) -> Span | None:
    """Where a passage that stood at `span` stands in what is read of the document now; None when it does not."""
    rows = document.chunks.order_by("ordinal").only("text", "start", "end", "original", "document_id")
    if span is not None:
        near = [row.as_read for row in rows.filter(start__lt=span.end, end__gt=span.start)]
        since = near[0][1] if near else 0
        if near and (found := Words(put_together(near, since)).find(text, span.start - since)):
            return Span(found.start + since, found.end + since)
    return Words(put_together(row.as_read for row in rows)).find(text, span.start if span else None)


def place_in(blocks: Sequence[Block], text: str) -> Span | None:
    """Where a passage stands in a file of which nothing is kept but its blocks."""
    return Words(put_together((row.text, row.start, row.end) for row in _as_chunks(blocks))).find(text)


def sheet_of(blocks: Sequence[Block], *, number: int | None = None, span: Span | None = None) -> Sheet:
    """As `sheet`, of a file of which nothing is kept but its blocks."""
    chunks = _as_chunks(blocks)
    paged = any(chunk.page is not None for chunk in chunks)
    places = [chunk.page or 1 for chunk in chunks] if paged else [chunk.start // CHARACTERS + 1 for chunk in chunks]
    count = max(places, default=1)
    if number is None:
        number = next((at for at, chunk in zip(places, chunks, strict=True) if span and chunk.end > span.start), 1)
    number = min(max(number, 1), count)
    shown = [chunk for at, chunk in zip(places, chunks, strict=True) if at == number]
    return Sheet(number=number, count=count, pieces=tuple(_pieces(shown, span)), paged=paged)


def _as_chunks(blocks: Sequence[Block]) -> list[Chunk]:
    """Rows that are stored nowhere, each with its place in the text."""
    chunks, at = [], 0
    for number, block in enumerate(blocks):
        heading, end = BETWEEN_HEADINGS.join(block.heading), at + len(block.text)
        chunks.append(Chunk(pk=number, text=block.text, heading=heading, page=block.page, start=at, end=end))
        at = end + len(BETWEEN_BLOCKS)
    return chunks


def _chunk_at(document: Document, place: int) -> Chunk | None:
    """The chunk that the character is in, or the last before it."""
    rows = document.chunks.order_by("ordinal")
    return rows.filter(end__gt=place).first() or rows.last()


def _number_of(cited: Chunk, paged: bool) -> int:
    return (cited.page or 1) if paged else cited.ordinal // PER_SHEET + 1


def _shown(document: Document, number: int, paged: bool) -> list[Chunk]:
    chunks = document.chunks.order_by("ordinal")
    if not paged:
        return list(chunks.filter(ordinal__gte=(number - 1) * PER_SHEET, ordinal__lt=number * PER_SHEET))
    shown = list(chunks.filter(page=number))
    before = chunks.filter(page__lt=number).last()
    # A passage that begins on the page before may end here; then it shares its end with the first one here.
    goes_on = before is not None and (not shown or before.as_read[2] > shown[0].as_read[1])
    return [before, *shown] if before and goes_on else shown


def _pieces(chunks: Sequence[Chunk], marked: Span | None) -> list[Piece]:
    pieces: list[Piece] = []
    shown_to = 0
    for row in chunks:
        chunk = _as_read(row)
        start = max(chunk.start, shown_to)
        # Blanks between chunks belong to none of them.
        gap = " " if start - shown_to == 1 else "\n\n"
        own = chunk.text[len(chunk.text) - (chunk.end - chunk.start) :]
        head = chunk.text[: len(chunk.text) - len(own)] if start == chunk.start else ""
        for left, right, is_marked in _cut(start, chunk.end, marked):
            text = own[left - chunk.start : right - chunk.start]
            if text.strip():
                space = gap if left == start and start > shown_to and pieces else ""
                pieces.append(
                    Piece(
                        chunk_id=chunk.pk, text=head + text, heading=chunk.heading, page=chunk.page,
                        marked=is_marked, before=space,
                    )
                )  # fmt: skip
                head = ""
        shown_to = max(shown_to, chunk.end)
    return pieces


def _as_read(chunk: Chunk) -> Chunk:
    """What stands in the document, whatever somebody has made of the passage since."""
    if chunk.original is not None:
        chunk.text, chunk.start, chunk.end = chunk.as_read
    return chunk


def _cut(start: int, end: int, cited: Span | None) -> list[tuple[int, int, bool]]:
    """start…end in parts before, in and after the cited passage."""
    if cited is None:
        return [(start, end, False)]
    left, right = min(max(cited.start, start), end), max(min(cited.end, end), start)
    if left >= right:
        return [(start, end, False)]
    return [(start, left, False), (left, right, True), (right, end, False)]


def by_heading(pieces: Sequence[Piece]) -> list[tuple[str, list[Piece]]]:
    return [(heading, list(group)) for heading, group in groupby(pieces, key=lambda piece: piece.heading)]
