"""A fetched page as text under its headings: HTML by trafilatura, PDF by our parser. Raises `PageUnreadable`."""

import asyncio
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from knowledge.parsing import isolation
from knowledge.parsing.base import Block, HeadingPath, ParseError
from knowledge.web.fetch import Page
from knowledge.web.plaintext import plain, plain_line

if TYPE_CHECKING:
    from lxml.etree import _Element

LONGEST_HTML = 600_000
MOST_TAGS = 25_000  # trafilatura needs up to a tenth of a millisecond for each
LONGEST_TEXT = 60_000
LEAST_TEXT = 40
SECONDS = 4.0
_SIGN_IN = re.compile(r"<input[^>]{0,300}type\s*=\s*[\"']?password", re.IGNORECASE)
_LANGUAGE = re.compile(r"<html[^>]{0,300}\slang\s*=\s*[\"']?([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)", re.IGNORECASE)
# A date that merely stands in the text is not the page's, and looking for one takes longer than all the rest.
_DATES = {"original_date": True, "extensive_search": False}
# It logs the address of every page that it finds nothing in.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
# Its own threads: one that cannot be stopped in time must not hold up everyone's database calls.
_readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pages")


class PageUnreadable(Exception):
    """There is no text to be had from this page. The text is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """`blocks` are the same as those of a document, so that both are cut into passages in one way."""

    title: str
    blocks: tuple[Block, ...]
    date: str = ""
    language: str = ""

    @property
    def text(self) -> str:
        return "\n\n".join(block.text for block in self.blocks)


def prepare() -> None:
    """Loads what reads HTML, in a thread: to be called while the pages are still on their way."""
    _readers.submit(_load)


def _load() -> None:
    import trafilatura  # noqa: F401


async def read(page: Page, *, seconds: float = SECONDS) -> PageText:
    """What a person would read on the page, as plain data."""
    reader = _read_pdf if page.media_type == "application/pdf" else _read_text
    loop = asyncio.get_running_loop()
    try:
        read = await asyncio.wait_for(loop.run_in_executor(_readers, copy_context().run, reader, page), seconds)
    except TimeoutError:
        raise PageUnreadable(_("Reading the page took too long.")) from None
    if len(read.text) < LEAST_TEXT:
        raise PageUnreadable(_("There is hardly any text on the page."))
    return read


def _read_text(page: Page) -> PageText:
    text = page.text
    if "html" in page.media_type or text.lstrip()[:15].lower().startswith(("<!doctype html", "<html")):
        return _read_html(_beginning(text), page.final_url)
    return PageText(title="", blocks=(Block(text=plain(text[:LONGEST_TEXT])),))


def _beginning(html: str) -> str:
    """As much of a page as is read."""
    tags = re.finditer("<", html[:LONGEST_HTML])
    last = next(islice(tags, MOST_TAGS, None), None)
    return html[: last.start() if last else LONGEST_HTML]


def _read_html(html: str, url: str) -> PageText:
    import trafilatura

    try:
        found = trafilatura.bare_extraction(
            html, url=url, fast=True, include_comments=False, with_metadata=True, date_extraction_params=_DATES
        )
    except (ValueError, RecursionError, AssertionError):
        found = None
    blocks = () if found is None or isinstance(found, dict) else tuple(_bounded(_blocks(found.body)))
    if _SIGN_IN.search(html) and sum(len(block.text) for block in blocks) < 600:
        raise PageUnreadable(_("The page asks to sign in."))
    language = match[1].lower() if (match := _LANGUAGE.search(html[:5000])) else ""
    return PageText(
        title=plain_line(getattr(found, "title", "") or ""),
        blocks=blocks,
        date=plain_line(getattr(found, "date", "") or "", 10),
        language=language,
    )


def _blocks(body: "_Element") -> Iterator[Block]:
    """Trafilatura's own tree in reading order: paragraphs under one heading together, tables alone."""
    headings = HeadingPath()
    gathered: list[str] = []
    for element in body:
        if element.tag in ("head", "table") and gathered:
            yield Block(text="\n\n".join(gathered), heading=headings.path)
            gathered.clear()
        match element.tag:
            case "head":
                headings.enter(_level(element), plain_line(_words(element)))
            case "table":
                yield Block(text=_table(element), heading=headings.path, table=True)
            case "list":
                gathered.append("\n".join(f"- {plain_line(_words(item), 2000)}" for item in element.iter("item")))
            case "graphic" | "comment":
                continue
            case _:
                gathered.append(plain(_words(element)))
    if gathered:
        yield Block(text="\n\n".join(gathered), heading=headings.path)


def _level(element: "_Element") -> int:
    level = str(element.get("rend", "h2"))[1:]
    return int(level) if level.isdigit() else 2


def _table(element: "_Element") -> str:
    rows = [[plain_line(_words(cell), 500) for cell in row.iter("cell")] for row in element.iter("row")]
    lines = ["| " + " | ".join(row) + " |" for row in rows if row]
    if lines:
        lines.insert(1, "|" + " --- |" * len(next(row for row in rows if row)))
    return "\n".join(lines)


def _bounded(blocks: Iterator[Block]) -> Iterator[Block]:
    left = LONGEST_TEXT
    for block in blocks:
        if left > 0 and block.text.strip():
            yield replace(block, text=block.text[:left])
            left -= len(block.text)


def _words(element: "_Element") -> str:
    return "".join(str(part) for part in element.itertext())


def _read_pdf(page: Page) -> PageText:
    with NamedTemporaryFile(suffix=".pdf") as file:
        file.write(page.body)
        file.flush()
        try:
            found = isolation.parse(Path(file.name), "pdf", seconds=int(SECONDS))
        except ParseError as error:
            raise PageUnreadable(_(error.sentence) % error.values) from None
    blocks = (replace(block, text=plain(block.text)) for block in found.blocks)
    return PageText(title="", blocks=tuple(_bounded(blocks)))
