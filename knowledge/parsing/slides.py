"""PPTX: each slide a page under its title, with its tables and what the speaker noted."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.parsing.base import Block, Note, ParsedFile, with_text
from knowledge.parsing.packages import OLE, ZIP, Package
from knowledge.parsing.tables import TableText

if TYPE_CHECKING:
    from lxml.etree import _Element

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"sldNum", "dt", "ftr", "hdr", "sldImg"}
_LONGEST_TITLE = 200
NOTES = "Notes"


class SlidesReader:
    extensions: tuple[str, ...] = ("pptx",)
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    parser = "lxml"

    def recognises(self, head: bytes) -> bool:
        return head.startswith((ZIP, OLE))

    def read(self, path: Path) -> ParsedFile:
        main = "ppt/presentation.xml"
        package = Package(path, main, self.extensions[0])
        related = package.related(main)
        # The order of the show is that of this list, not that of the parts' numbers.
        ids = [element.get(_RELATION, "") for element in package.tree(main).iter("{*}sldId")]
        names = [related[one][1] for one in ids if one in related]
        notes: list[Note] = []
        slides = [list(_slide(package, name, number, notes)) for number, name in enumerate(names, 1)]
        blocks = with_text(block for slide in slides for block in slide)
        silent = len(names) - len({block.page for block in blocks})
        return ParsedFile(blocks=blocks, pages=len(names), pages_without_text=silent, notes=tuple(notes))


def _slide(package: Package, name: str, number: int, notes: list[Note]) -> Iterator[Block]:
    root = package.tree(name)
    shapes = [shape for shape in root.iter("{*}sp", "{*}graphicFrame") if _role(shape) not in _FURNITURE]
    title = next((" ".join(_text(shape).split()) for shape in shapes if _role(shape) in _TITLES), "")[:_LONGEST_TITLE]
    heading = (title,) if title else ()
    lines: list[str] = []
    for shape in shapes:
        if (grid := next(shape.iter("{*}tbl"), None)) is not None:
            table = TableText(title or str(number), heading=heading, page=number)
            yield Block(text="\n".join(lines), heading=heading, page=number)
            yield from table.read([_text(cell) for cell in row.iter("{*}tc")] for row in grid.iter("{*}tr"))
            lines = []
            notes += table.notes
        elif _role(shape) not in _TITLES:
            lines += filter(None, _text(shape).split("\n"))
    related = package.related(name).values()
    for kind, part in related:
        # Drawn schemes keep their words in a part of their own.
        if kind == "diagramData" and part in package:
            lines += filter(None, _text(package.tree(part)).split("\n"))
    # A slide that has a title and nothing else still says that.
    only_title = not any(True for _grid in root.iter("{*}tbl"))
    yield Block(text="\n".join(lines) or (title if only_title else ""), heading=heading, page=number)
    for kind, part in related:
        if kind == "notesSlide" and part in package:
            said = [_text(shape) for shape in package.tree(part).iter("{*}sp") if _role(shape) not in _FURNITURE]
            yield Block(text="\n".join(filter(None, said)), heading=(*heading, NOTES), page=number)


def _role(shape: "_Element") -> str:
    """What the shape is on its slide, such as its title; "" for a free one."""
    placeholder = next(shape.iter("{*}ph"), None)
    return "" if placeholder is None else placeholder.get("type", "body")


def _text(element: "_Element") -> str:
    paragraphs = []
    for paragraph in element.iter("{*}p"):
        pieces = ("\n" if one.tag.endswith("}br") else one.text or "" for one in paragraph.iter("{*}t", "{*}br"))
        paragraphs.append("".join(pieces).strip())
    return "\n".join(filter(None, paragraphs))
