"""CSV and TSV: the separator is found out, the first row names the columns."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from knowledge.parsing.base import Block, ParsedFile, with_text
from knowledge.parsing.tables import TableText
from knowledge.parsing.text import is_text, read_text

_SAMPLE_LINES = 50
_LONGEST_CELL = 1_000_000


class SeparatedReader:
    extensions: tuple[str, ...] = ("csv", "tsv")
    media_type = "text/csv"
    parser = "csv"

    def recognises(self, head: bytes) -> bool:
        return is_text(head)

    def read(self, path: Path) -> ParsedFile:
        text, notes = read_text(path)
        table = TableText(self.extensions[0].upper())
        try:
            blocks = with_text(table.read(rows_of(text)))
        except csv.Error:
            # No table after all, such as one quotation mark that is never closed: its lines are text.
            return ParsedFile(blocks=with_text([Block(text=text)]), notes=notes)
        return ParsedFile(blocks=blocks, notes=(*notes, *table.notes))


def rows_of(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    lines = io.StringIO(text, newline="")
    if (first := text[:7].lower()).startswith("sep=") and first[5:6] == "\n":
        # Excel's own way to say it.
        lines.readline()
        return csv.reader(lines, delimiter=first[4])
    return csv.reader(lines, delimiter=_separator(text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES]))


def _separator(lines: list[str]) -> str:
    """The one that cuts the most lines into the same number of cells, and into the most cells."""

    def evenness(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
        most = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return (widths.count(most) if most > 1 else 0, most)

    return max((",", ";", "\t", "|", "，"), key=evenness)
