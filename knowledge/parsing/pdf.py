"""PDF through PDFium: text page by page, headings from the bookmarks, scanned pages by text recognition when asked."""

import ctypes
import re
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.parsing import recognition, sentences
from knowledge.parsing.base import LONGEST_TEXT, Block, HeadingPath, Note, ParsedFile, ParseError, with_text
from knowledge.parsing.flow import flow
from knowledge.parsing.running_lines import without_running_lines

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_DOTS = re.compile(r"(?:[ .·…]*\.){4,}[ .·…]*")
_CHAPTER_WORD = 40
_MOST_BOOKMARKS = 5000
# Less than this on a page with a picture is a stamp or a page number upon a scan.
_STAMP = 20
_DRAWN = 300
_DOTS_AN_INCH = 250


class PdfReader:
    extensions: tuple[str, ...] = ("pdf",)
    media_type = "application/pdf"
    parser = "PDFium"

    def recognises(self, head: bytes) -> bool:
        return b"%PDF-" in head[:1024]

    def read(self, path: Path) -> ParsedFile:
        document = _open(path)
        found = _Found.of(document)
        if found.pictures and len(found.silent) == len(found.pages):
            sentence = sentences.SCAN if recognition.installed() else sentences.SCAN_WITHOUT_OCR
            raise ParseError(sentence, pages=len(found.pages))
        notes: list[Note] = []
        if found.pictures:
            notes.append((sentences.PAGES_WITHOUT_TEXT, {"empty": len(found.pictures), "pages": len(found.pages)}))
        return found.parsed(document, notes, self.parser)

    def recognise(self, path: Path, seconds: int) -> ParsedFile:
        if not recognition.installed():
            raise ParseError(sentences.PICTURE_WITHOUT_OCR)
        document = _open(path)
        found = _Found.of(document)
        notes: list[Note] = []
        done = _recognise(document, found, recognition.Deadline(seconds * 0.9))
        if done < len(found.pictures):
            notes.append((sentences.PAGES_LEFT_OUT, {"done": done, "pages": len(found.pictures)}))
        if not any(page.strip() for page in found.pages):
            raise ParseError(sentences.NOTHING_RECOGNISED)
        return found.parsed(document, notes, f"{self.parser} + Tesseract")


@dataclass(slots=True)
class _Found:
    """The text of each page; which pages (from 0) have none, which of those show pictures, how many are broken."""

    pages: list[str] = field(default_factory=list)
    silent: set[int] = field(default_factory=set)
    pictures: list[int] = field(default_factory=list)
    broken: int = 0

    @classmethod
    def of(cls, document: "PdfDocument") -> "_Found":
        found, size = cls(), 0
        for number in range(len(document)):
            text, shows_picture = _page(document, number)
            found.broken += text is None
            found.pages.append(text or "")
            size += len(text or "")
            if size > LONGEST_TEXT:
                raise ParseError(sentences.TOO_MUCH_TEXT, millions=LONGEST_TEXT // 1_000_000)
            if len((text or "").strip()) < (_STAMP if shows_picture else 1):
                found.silent.add(number)
                if shows_picture:
                    found.pictures.append(number)
        return found

    def parsed(self, document: "PdfDocument", notes: list[Note], parser: str) -> ParsedFile:
        if self.broken:
            notes.append((sentences.UNREADABLE_PAGES, {"number": self.broken}))
        silent = sum(not page.strip() for page in self.pages)
        blocks = with_text(_blocks(without_running_lines(self.pages), _bookmarks(document)))
        return ParsedFile(
            blocks=blocks, pages=len(self.pages), pages_without_text=silent, parser=parser, notes=tuple(notes)
        )


def _open(path: Path) -> "PdfDocument":
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
            raise ParseError(sentences.ENCRYPTED) from None
        raise ParseError(sentences.DAMAGED) from None
    if len(document) == 0:
        raise ParseError(sentences.EMPTY)
    return document


def _page(document: "PdfDocument", number: int) -> tuple[str | None, bool]:
    """The text of a page, None when it is broken: the others are worth having. And whether it shows a picture."""
    import pypdfium2

    try:
        page = document[number]
        textpage = page.get_textpage()
        text = _clean(textpage.get_text_bounded())
        textpage.close()
        shown = len(text.strip()) < _STAMP and _shows_picture(page)
        page.close()
    except (pypdfium2.PdfiumError, ctypes.ArgumentError):
        return None, False
    return text, shown


def _shows_picture(page: "PdfPage") -> bool:
    """A picture, or letters that were turned into many lines."""
    import pypdfium2

    kinds = [found.type for found in islice(page.get_objects(max_depth=3), _DRAWN)]
    return pypdfium2.raw.FPDF_PAGEOBJ_IMAGE in kinds or kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_PATH) == _DRAWN


def _recognise(document: "PdfDocument", found: _Found, deadline: recognition.Deadline) -> int:
    """Fills in the pages that are pictures while there is time; how many that were."""
    import pypdfium2

    since = time.monotonic()
    for done, number in enumerate(found.pictures):
        if not deadline.room(done, since):
            return done
        try:
            page = document[number]
            inches = page.get_width() * page.get_height() / 72**2
            scale = min(_DOTS_AN_INCH, (recognition.MOST_PIXELS / max(inches, 0.1)) ** 0.5) / 72
            picture = page.render(scale=scale, grayscale=True).to_pil()
            page.close()
        except (pypdfium2.PdfiumError, ctypes.ArgumentError, ValueError):
            continue
        text = recognition.text_in(picture, deadline.left)
        if len(text) > len(found.pages[number].strip()):
            found.pages[number] = text
    return len(found.pictures)


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # PDFium marks a hyphen at the end of a line with U+0002; before a capital or digit it belongs to the word.
    text = re.sub("\x02\n?(?=[A-Z0-9])", "-", text)
    text = re.sub("[\x02\ufffe\xad]\n?", "", text)
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cn"))
    return _DOTS.sub(" … ", text)


def _bookmarks(document: "PdfDocument") -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    for count, bookmark in enumerate(document.get_toc(max_depth=8)):
        if count == _MOST_BOOKMARKS:
            break
        destination = bookmark.get_dest()
        page = destination.get_index() if destination else None
        title = " ".join(bookmark.get_title().split())[:200]
        if page is not None and title:
            found.setdefault(page, []).append((bookmark.level, title))
    return found


def _blocks(pages: list[str], bookmarks: dict[int, list[tuple[int, str]]]) -> Iterator[Block]:
    headings = HeadingPath()
    for index, page in enumerate(pages):
        lines = page.split("\n")
        at = 0
        for level, title in bookmarks.get(index, []):
            line = _line_of(title, lines, at)
            if at == 0 and len("".join(lines[:line])) < _CHAPTER_WORD:
                # “CHAPTER THREE” above the title belongs to it.
                line = 0
            yield _block(lines[at:line], headings, index)
            at = line
            headings.enter(level, title)
        yield _block(lines[at:], headings, index)


def _block(lines: list[str], headings: HeadingPath, index: int) -> Block:
    return Block(text=flow(lines), heading=headings.path, page=index + 1)


def _line_of(title: str, lines: list[str], start: int) -> int:
    """The line a bookmark means: the one that ends with its title (numbers stand in front). Not found: where we are."""
    wanted = _letters(title)
    for at in range(start, len(lines)):
        line = _letters(lines[at])
        if line.endswith(wanted) or (len(line) > 12 and wanted.startswith(line)):
            return at
    return start


def _letters(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
