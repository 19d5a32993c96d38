"""XLSX, row by row: each sheet is a heading, each of its tables keeps its head.

openpyxl knows the sheets, their strings and number formats; the rows are streamed here, at a tenth of the time that it
takes to make objects of all cells.
"""

import datetime
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, Note, ParsedFile, ParseError, with_text
from knowledge.parsing.packages import OLE, ZIP, Package
from knowledge.parsing.tables import TableText

if TYPE_CHECKING:
    from lxml.etree import _Element
    from openpyxl import Workbook
    from openpyxl.reader.excel import ExcelReader

_MIDNIGHT = datetime.time()
_MOST_COLUMNS = 16_384


class SpreadsheetReader:
    extensions: tuple[str, ...] = ("xlsx", "xlsm")
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    parser = "openpyxl"

    def recognises(self, head: bytes) -> bool:
        return head.startswith((ZIP, OLE))

    def read(self, path: Path) -> ParsedFile:
        package = Package(path, "xl/workbook.xml", self.extensions[0])
        notes: list[Note] = []
        return ParsedFile(blocks=with_text(_sheets(package, _open(path), notes)), notes=tuple(notes))


def _open(path: Path) -> "ExcelReader":
    """What stands around the sheets. openpyxl's own opening also reads each whole sheet that does not say its size."""
    import warnings

    from openpyxl.reader.excel import ExcelReader, apply_stylesheet
    from openpyxl.utils.exceptions import InvalidFileException

    warnings.simplefilter("ignore")
    try:
        # What formulas came to when the file was saved, not the formulas. Links to other files are not followed.
        reader = ExcelReader(path.open("rb"), read_only=True, data_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        apply_stylesheet(reader.archive, reader.wb)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, AttributeError, SyntaxError):
        raise ParseError(sentences.DAMAGED) from None
    return reader


def _sheets(package: Package, reader: "ExcelReader", notes: list[Note]) -> Iterator[Block]:
    cells = _Cells(reader.wb, reader.shared_strings)
    for sheet, relation in reader.parser.find_sheets():
        if relation.target not in package or "chartsheet" in relation.Type:
            continue
        table = TableText(sheet.name, heading=(sheet.name,))
        # The size that a sheet claims is a wish, and a trap where it says a million rows; it is not looked at.
        yield from table.read(_rows(package, relation.target, cells))
        notes += table.notes


def _rows(package: Package, part: str, cells: "_Cells") -> Iterator[list[str]]:
    last = 0
    for row in package.elements(part, ("{*}row",)):
        number = int(row.get("r") or last + 1)
        if number > last + 1:
            # However many are missing, it is one gap.
            yield []
        last = number
        shown: list[str] = []
        for cell in row:
            if text := cells.text(cell):
                place = cell.get("r")
                if place and (at := column(place.rstrip("0123456789"))) > len(shown):
                    shown += [""] * (at - len(shown))
                shown.append(text)
        yield shown


@cache
def column(letters: str) -> int:
    """“C” is 2, “AA” is 26."""
    at = 0
    for letter in letters[:3].upper():
        at = at * 26 + ord(letter) - 64
    return max(0, min(at, _MOST_COLUMNS) - 1)


class _Cells:
    """Cells as people see them: a share as percent, a whole number without .0, a day without midnight."""

    def __init__(self, workbook: "Workbook", strings: list[str]) -> None:
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        self._strings = strings
        custom = dict(enumerate(workbook._number_formats, 164))
        formats = [(BUILTIN_FORMATS | custom).get(style.numFmtId, "") for style in workbook._cell_styles]
        self._shares = {at for at, pattern in enumerate(formats) if "%" in pattern}
        self._days = workbook._date_formats
        self._spans = workbook._timedelta_formats
        self._epoch = workbook.epoch

    def text(self, cell: "_Element") -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return "".join(part.text or "" for part in cell.iter("{*}t"))
        value = next((part.text for part in cell if part.tag[-2:] == "}v"), None)
        if not value:
            return ""
        if kind == "s":
            at = int(value)
            return self._strings[at] if 0 <= at < len(self._strings) else ""
        if kind == "b":
            return "FALSE" if value == "0" else "TRUE"
        return self._number(value, int(cell.get("s") or 0)) if kind == "n" else value

    def _number(self, value: str, style: int) -> str:
        try:
            number = float(value)
            if style in self._days:
                from openpyxl.utils.datetime import from_excel

                return _moment(from_excel(number, self._epoch, timedelta=style in self._spans))
        except (ValueError, OverflowError):
            return value
        return f"{number * 100:.6g}%" if style in self._shares else f"{number:.15g}"


def _moment(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return str(value.date()) if value.time() == _MIDNIGHT else value.isoformat(" ", "seconds")
    return str(value)
