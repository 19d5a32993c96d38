"""PDF through PDFium: text page by page, headings from the bookmarks."""

import ctypes
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, HeadingPath, ParsedFile, ParseError, with_text

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

CJK = r"\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_SPACE_IN_CJK = re.compile(rf"(?<=[{CJK}])[ \t\u3000]+(?=[{CJK}])")
_SENTENCE_END = (".", "!", "?", ":", "。", "！", "？", "：", "…")
_DIGITS = re.compile(r"\d+")
_DOTS = re.compile(r"(?:[ .·…]*\.){4,}[ .·…]*")
_NUMBER_AT_EDGE = re.compile(r"^\s*(\d{1,5})\b|\b(\d{1,5})\s*$")
_LONGEST_FOOT = 150
_CHAPTER_WORD = 40
_MOST_BOOKMARKS = 5000


class PdfReader:
    extensions: tuple[str, ...] = ("pdf",)
    media_type = "application/pdf"
    parser = "PDFium"

    def recognises(self, head: bytes) -> bool:
        return b"%PDF-" in head[:1024]

    def read(self, path: Path) -> ParsedFile:
        pages, bookmarks = _read(path)
        if not any(page.strip() for page in pages):
            raise ParseError(sentences.SCAN, pages=len(pages))
        return ParsedFile(blocks=with_text(_blocks(_without_running_lines(pages), bookmarks)), pages=len(pages))


def _read(path: Path) -> tuple[list[str], dict[int, list[tuple[int, str]]]]:
    """The text of each page, and by page the (level, title) of the bookmarks that lead there."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
            raise ParseError(sentences.ENCRYPTED) from None
        raise ParseError(sentences.DAMAGED) from None
    if len(document) == 0:
        raise ParseError(sentences.EMPTY)
    return [_page_text(document, number) for number in range(len(document))], _bookmarks(document)


def _page_text(document: "PdfDocument", number: int) -> str:
    import pypdfium2

    try:
        page = document[number]
        textpage = page.get_textpage()
        text = textpage.get_text_bounded()
        textpage.close()
        page.close()
    except (pypdfium2.PdfiumError, ctypes.ArgumentError):
        # One unreadable page of many: the others are worth having.
        return ""
    return _clean(text)


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


def _without_running_lines(pages: list[str]) -> list[str]:
    """Heads and feet that stand on most pages, numbers aside, are no part of the text."""
    if len(pages) < 5:
        return pages
    split = [page.strip("\n").split("\n") for page in pages]
    for edge in (0, -1):
        forms = Counter(_form(lines[edge]) for lines in split if lines)
        running = {form for form, count in forms.items() if count * 3 > len(pages)}
        split = [
            (lines[1:] if edge == 0 else lines[:-1]) if lines and _form(lines[edge]) in running else lines
            for lines in split
        ]
    return ["\n".join(lines) for lines in _without_page_numbers(split)]


def _without_page_numbers(pages: list[list[str]]) -> list[list[str]]:
    """A foot such as “2.5. Priorities 11” or “12 Chapter 2”: its number keeps one distance to the page's own."""
    for place in (-1, 0, 1):
        distances = [_distances(lines, place, at) for at, lines in enumerate(pages)]
        common = Counter(distance for found in distances for distance in found).most_common(1)
        if common and common[0][1] * 2 > len(pages):
            for lines, found in zip(pages, distances, strict=True):
                if common[0][0] in found:
                    del lines[place]
    return pages


def _distances(lines: list[str], place: int, at: int) -> set[int]:
    """How far the numbers at the ends of a line are from the page's; the second line must be a number and no more."""
    if len(lines) <= max(place, 0) or len(lines[place]) > (_LONGEST_FOOT if place < 1 else 5):
        return set()
    return {at - int(first or last) for first, last in _NUMBER_AT_EDGE.findall(lines[place])}


def _form(line: str) -> str:
    return _DIGITS.sub("0", " ".join(line.split()))


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
    return Block(text=_flow(lines), heading=headings.path, page=index + 1)


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


def _flow(lines: list[str]) -> str:
    """Lines -> paragraphs: a line as wide as the page's text that ends no sentence goes on in the next one."""
    widths = sorted(len(line) for line in lines if line.strip())
    full = widths[len(widths) * 9 // 10] * 3 // 4 if widths else 0
    flowing: list[str] = []
    continues = False
    for line in (line.strip() for line in lines):
        if continues and line:
            flowing[-1] = _joined(flowing[-1], line)
        else:
            flowing.append(line)
        continues = bool(line) and len(line) >= max(full, 15) and not line.endswith(_SENTENCE_END)
    return _SPACE_IN_CJK.sub("", "\n".join(flowing)).strip("\n")


def _joined(before: str, after: str) -> str:
    is_cjk = re.compile(f"[{CJK}]").match
    return before + ("" if is_cjk(before[-1]) and is_cjk(after[0]) else " ") + after
