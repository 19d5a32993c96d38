"""ODS and ODP: the sheets and slides of OpenDocument, read as a stream. (ODT goes through kreuzberg.)"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, Note, ParsedFile, ParseError, with_text
from knowledge.parsing.office import refuse_locked
from knowledge.parsing.packages import ZIP, Package
from knowledge.parsing.slides import NOTES
from knowledge.parsing.tables import TableText

if TYPE_CHECKING:
    from lxml.etree import _Element

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_SHOW = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CONTENT = "content.xml"
# A sheet ends with “this empty row a million times”.
_MOST_REPEATS = 2_000


class OpenSheetReader:
    extensions: tuple[str, ...] = ("ods",)
    media_type = "application/vnd.oasis.opendocument.spreadsheet"
    parser = "lxml"

    def recognises(self, head: bytes) -> bool:
        return head.startswith(ZIP)

    def read(self, path: Path) -> ParsedFile:
        package = _opened(path, self.extensions[0], self.media_type)
        notes: list[Note] = []
        return ParsedFile(blocks=with_text(_sheets(package, notes)), notes=tuple(notes))


class OpenSlidesReader:
    extensions: tuple[str, ...] = ("odp",)
    media_type = "application/vnd.oasis.opendocument.presentation"
    parser = "lxml"

    def recognises(self, head: bytes) -> bool:
        return head.startswith(ZIP)

    def read(self, path: Path) -> ParsedFile:
        package = _opened(path, self.extensions[0], self.media_type)
        notes: list[Note] = []
        pages = package.elements(_CONTENT, (f"{_DRAW}page",))
        slides = [list(_slide(page, number, notes)) for number, page in enumerate(pages, 1)]
        blocks = with_text(block for slide in slides for block in slide)
        silent = len(slides) - len({block.page for block in blocks})
        return ParsedFile(blocks=blocks, pages=len(slides), pages_without_text=silent, notes=tuple(notes))


def _opened(path: Path, extension: str, media_type: str) -> Package:
    package = Package(path, _CONTENT, extension)
    with package.open("mimetype") as file:
        # The same parts make a text, a sheet and a show; only this tells them apart.
        if not file.read(200).decode(errors="replace").strip().startswith(media_type):
            raise ParseError(sentences.WRONG_TYPE, extension=extension)
    refuse_locked(package)
    return package


def _sheets(package: Package, notes: list[Note]) -> Iterator[Block]:
    rows: list[list[str]] = []
    for element in package.elements(_CONTENT, (f"{_TABLE}table", f"{_TABLE}table-row")):
        if element.tag == f"{_TABLE}table-row":
            rows += _repeated(_cells(element), element.get(f"{_TABLE}number-rows-repeated", ""))
            continue
        name = " ".join(element.get(f"{_TABLE}name", "").split())
        table = TableText(name, heading=(name,) if name else ())
        yield from table.read(rows)
        notes += table.notes
        rows = []


def _repeated(cells: list[str], times: str) -> list[list[str]]:
    return [cells] * (min(int(times), _MOST_REPEATS) if times.isdecimal() and any(cells) else 1)


def _cells(row: "_Element") -> list[str]:
    """What is shown in each, as the program that wrote the file shows it: “15 %”, “2026-01-31”."""
    cells: list[str] = []
    for cell in row.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        times = cell.get(f"{_TABLE}number-columns-repeated", "1")
        text = _text(cell, but=f"{_OFFICE}annotation")
        cells += [text] * (min(int(times), _MOST_REPEATS) if times.isdecimal() else 1)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _slide(page: "_Element", number: int, notes: list[Note]) -> Iterator[Block]:
    frames = list(page.iterchildren(f"{_DRAW}frame", f"{_DRAW}custom-shape", f"{_DRAW}g"))
    titles = [frame for frame in frames if frame.get(f"{_SHOW}class") == "title"]
    title = " ".join(_text(titles[0]).split())[:200] if titles else ""
    heading = (title,) if title else ()
    lines: list[str] = []
    for frame in frames:
        if (grid := next(frame.iter(f"{_TABLE}table"), None)) is not None:
            table = TableText(title or str(number), heading=heading, page=number)
            yield Block(text="\n".join(lines), heading=heading, page=number)
            yield from table.read([_cells(row) for row in grid.iter(f"{_TABLE}table-row")])
            lines = []
            notes += table.notes
        elif frame not in titles:
            lines.append(_text(frame))
    yield Block(text="\n".join(filter(None, lines)) or title, heading=heading, page=number)
    for said in page.iterchildren(f"{_SHOW}notes"):
        yield Block(text=_text(said), heading=(*heading, NOTES), page=number)


def _text(element: "_Element", but: str = "") -> str:
    paragraphs = []
    for paragraph in element.iter(f"{_TEXT}p", f"{_TEXT}h"):
        if but and next(paragraph.iterancestors(but), None) is not None:
            continue
        paragraphs.append("".join(_pieces(paragraph)).strip())
    return "\n".join(filter(None, paragraphs))


def _pieces(paragraph: "_Element") -> Iterator[str]:
    """Blanks, tabs and line breaks are elements here."""
    yield paragraph.text or ""
    for child in paragraph:
        if child.tag == f"{_TEXT}s":
            times = child.get(f"{_TEXT}c", "1")
            yield " " * (min(int(times), 100) if times.isdecimal() else 1)
        elif child.tag == f"{_TEXT}tab":
            yield "\t"
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif isinstance(child.tag, str):
            yield from _pieces(child)
        yield child.tail or ""
