"""XLSX through openpyxl, row by row: each sheet is a heading, each of its tables keeps its head."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, Note, ParsedFile, ParseError, with_text
from knowledge.parsing.packages import OLE, ZIP, Package
from knowledge.parsing.tables import TableText

if TYPE_CHECKING:
    from openpyxl import Workbook

_MIDNIGHT = datetime.time()


class SpreadsheetReader:
    extensions: tuple[str, ...] = ("xlsx", "xlsm")
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    parser = "openpyxl"

    def recognises(self, head: bytes) -> bool:
        return head.startswith((ZIP, OLE))

    def read(self, path: Path) -> ParsedFile:
        Package(path, "xl/workbook.xml", self.extensions[0])
        notes: list[Note] = []
        return ParsedFile(blocks=with_text(_sheets(_open(path), notes)), notes=tuple(notes))


def _open(path: Path) -> "Workbook":
    import warnings

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    warnings.simplefilter("ignore")
    try:
        # What formulas came to when the file was saved, not the formulas. Links to other files are not followed.
        return load_workbook(path.open("rb"), read_only=True, data_only=True, keep_links=False)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, AttributeError):
        raise ParseError(sentences.DAMAGED) from None


def _sheets(workbook: "Workbook", notes: list[Note]) -> Iterator[Block]:
    for sheet in workbook.worksheets:
        # The size that a sheet claims is a wish, and a trap where it says a million rows.
        sheet.reset_dimensions()
        table = TableText(sheet.title, heading=(sheet.title,))
        yield from table.read([shown(cell) for cell in row] for row in sheet.iter_rows())
        notes += table.notes


def shown(cell: Any) -> str:
    """A cell as people see it: a share as percent, a whole number without .0, a day without midnight."""
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if "%" in (cell.number_format or ""):
            return f"{value * 100:.6g}%"
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return str(value.date()) if value.time() == _MIDNIGHT else value.isoformat(" ", "seconds")
    return str(value)
