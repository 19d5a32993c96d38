"""Rows of cells -> blocks: captions, Markdown tables with their head, and lists of records where a table is too wide.

Whatever cuts a table into passages repeats its first two lines (chunking.py); a record names its columns itself.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, Note

LONGEST_TABLE = 4_000_000
MOST_CELLS = 3_000_000
_LONGEST_HEAD = 240
_LONGEST_ROW = 400
_NUMBER = re.compile(r"[-+(]?[$€£¥￥]?\s?\d[\d.,:/\- ]*[%)]?")
Row = list[str]


class TableText:
    """One sheet or file of rows. `blocks` and `notes` are there once it was read."""

    def __init__(self, name: str, heading: tuple[str, ...] = (), page: int | None = None) -> None:
        self._name, self._heading, self._page = name, heading, page
        self.notes: list[Note] = []

    def read(self, rows: Iterable[Sequence[str]]) -> Iterator[Block]:
        kept = _without_empty_columns(self._bounded(rows))
        for section in _sections(kept):
            yield from self._section(section)

    def _bounded(self, rows: Iterable[Sequence[str]]) -> list[Row]:
        """The rows until there are too many, each without its empty end; an empty row stays as a gap."""
        kept: list[Row] = []
        size = cells = count = 0
        for count, row in enumerate(rows, 1):
            cells += len(row) or 1
            cleaned = [" ".join(cell.split()) for cell in row]
            while cleaned and not cleaned[-1]:
                cleaned.pop()
            size += sum(map(len, cleaned)) + 3 * len(cleaned)
            if size > LONGEST_TABLE or cells > MOST_CELLS:
                self.notes.append((sentences.ROWS_LEFT_OUT, {"table": self._name[:100], "rows": count - 1}))
                break
            if cleaned or (kept and kept[-1]):
                kept.append(cleaned)
        return kept

    def _section(self, rows: list[Row]) -> Iterator[Block]:
        widest = max(len(row) - row.count("") for row in rows)
        captions = 0
        while captions < len(rows) and widest > 1 and len(rows[captions]) - rows[captions].count("") == 1:
            captions += 1
        if widest < 2:
            captions = len(rows)
        if captions:
            yield self._block("\n".join(" ".join(filter(None, row)) for row in rows[:captions]))
        if rows[captions:]:
            yield self._table(rows[captions:])

    def _table(self, rows: list[Row]) -> Block:
        width = max(map(len, rows))
        rows = [row + [""] * (width - len(row)) for row in rows]
        if any(_NUMBER.fullmatch(cell) for cell in rows[0]):
            # The first row is data already: the columns are called as spreadsheets call them.
            rows.insert(0, [column_name(at) for at in range(width)])
        head, *body = rows
        lengths = sorted(sum(map(len, row)) + 3 * width for row in rows[1:]) or [0]
        if body and (sum(map(len, head)) + 3 * width > _LONGEST_HEAD or lengths[len(lengths) // 2] > _LONGEST_ROW):
            records = [record for row in body if (record := _record(head, row))]
            if sum(map(len, records)) <= LONGEST_TABLE:
                return self._block("\n\n".join(records))
        lines = [_line(head), "|" + " --- |" * width, *map(_line, body)]
        return self._block("\n".join(lines), table=True)

    def _block(self, text: str, *, table: bool = False) -> Block:
        return Block(text=text, heading=self._heading, page=self._page, table=table)


def column_name(at: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    name = ""
    at += 1
    while at:
        at, letter = divmod(at - 1, 26)
        name = chr(65 + letter) + name
    return name


def _without_empty_columns(rows: list[Row]) -> list[Row]:
    used = {at for row in rows for at, cell in enumerate(row) if cell}
    if used == set(range(len(used))):
        return rows
    order = sorted(used)
    return [[row[at] for at in order if at < len(row)] for row in rows]


def _sections(rows: list[Row]) -> Iterator[list[Row]]:
    """A sheet may hold several tables: one begins after an empty row, with a row that has names and no numbers."""
    section: list[Row] = []
    for at, row in enumerate(rows):
        if row:
            section.append(row)
        elif len(section) > 1 and at + 2 < len(rows) and _is_head(rows[at + 1], rows[at + 2]):
            yield section
            section = []
    if section:
        yield section


def _is_head(row: Row, following: Row) -> bool:
    filled = [cell for cell in row if cell]
    if any(_NUMBER.fullmatch(cell) for cell in filled) or not following:
        return False
    return len(filled) > 1 and any(_NUMBER.fullmatch(cell) for cell in following)


def _line(row: Row) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _record(head: Row, row: Row) -> str:
    named = ((name or column_name(at), cell) for at, (name, cell) in enumerate(zip(head, row, strict=True)))
    return "\n".join(f"{name}: {cell}" for name, cell in named if cell)
