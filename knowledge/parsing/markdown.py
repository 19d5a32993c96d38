"""Markdown: headings, tables and code, told apart line by line. Also what the office readers' output goes through."""

import re
from collections.abc import Iterator
from pathlib import Path

from knowledge.parsing.base import Block, HeadingPath, ParsedFile, with_text
from knowledge.parsing.text import TextReader, read_text

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_CLOSING = re.compile(r"[ \t]+#+[ \t]*$")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_RULE_CELL = re.compile(r"\s*:?-+:?\s*")
_MARKUP = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}|!?\[([^\]]*)\]\([^)]*\)")
_LONGEST_HEADING = 200


class MarkdownReader(TextReader):
    extensions: tuple[str, ...] = ("md", "markdown")
    media_type = "text/markdown"
    parser = "Markdown"

    def read(self, path: Path) -> ParsedFile:
        text, notes = read_text(path)
        return ParsedFile(blocks=with_text(blocks_of(text)), notes=notes)


def blocks_of(text: str, page: int | None = None) -> Iterator[Block]:
    """Blocks in reading order. A heading is in the path of its blocks; one with nothing below it is text itself."""
    walk = _Walk(page)
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        at = walk.step(lines, at)
        yield from walk.take()
    walk.close()
    yield from walk.take()


class _Walk:
    """Where we are in the file: below which headings, in which paragraph or fence, and which blocks are done."""

    def __init__(self, page: int | None) -> None:
        self._page = page
        self._headings = HeadingPath()
        self._lines: list[str] = []
        self._fence = ""
        self._done: list[Block] = []
        self._bare: tuple[int, str] | None = None

    def take(self) -> list[Block]:
        done, self._done = self._done, []
        return done

    def step(self, lines: list[str], at: int) -> int:
        """Reads one line, or one table; the number of the next line to read."""
        line = lines[at]
        if self._in_fence(line):
            self._lines.append(line)
        elif found := _HEADING.match(line):
            self._enter(len(found[1]), _CLOSING.sub("", found[2] or ""))
        elif _is_table(lines, at):
            return self._table(lines, at)
        elif self._is_underlined(line):
            self._enter(1 if "=" in line else 2, self._lines.pop())
        else:
            self._lines.append(line)
        return at + 1

    def close(self) -> None:
        self._flush()
        self._keep_bare(0)

    def _in_fence(self, line: str) -> bool:
        if found := _FENCE.match(line):
            if not self._fence:
                self._fence = found[1]
            elif found[1].startswith(self._fence):
                self._fence = ""
            return True
        return bool(self._fence)

    def _is_underlined(self, line: str) -> bool:
        """A line of = or - under a single line of text makes that a heading."""
        if not _UNDERLINE.match(line) or not self._lines or not self._lines[-1].strip():
            return False
        return len(self._lines) == 1 or not self._lines[-2].strip()

    def _enter(self, level: int, title: str) -> None:
        self._flush()
        self._keep_bare(level)
        title = _MARKUP.sub(lambda found: found[1] or "", title).strip()[:_LONGEST_HEADING]
        if title:
            self._headings.enter(level, title)
            self._bare = (level, title)

    def _keep_bare(self, next_level: int) -> None:
        """A heading that is followed by none of its own text or sub-headings must not vanish: it becomes text."""
        if self._bare and next_level <= self._bare[0]:
            self._done.append(Block(text=self._bare[1], heading=self._headings.path, page=self._page))
        self._bare = None

    def _table(self, lines: list[str], at: int) -> int:
        self._flush()
        end = at + 2
        while end < len(lines) and "|" in lines[end] and lines[end].strip():
            end += 1
        self._add("\n".join(lines[at:end]), table=True)
        return end

    def _flush(self) -> None:
        self._add("\n".join(self._lines).strip("\n"))
        self._lines = []

    def _add(self, text: str, *, table: bool = False) -> None:
        if text.strip():
            self._bare = None
            self._done.append(Block(text=text, heading=self._headings.path, page=self._page, table=table))


def _is_table(lines: list[str], at: int) -> bool:
    if "|" not in lines[at] or at + 1 == len(lines) or "-" not in lines[at + 1] or "|" not in lines[at + 1]:
        return False
    return all(_RULE_CELL.fullmatch(cell) for cell in lines[at + 1].strip().strip("|").split("|"))
