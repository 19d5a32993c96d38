"""What a reader of one kind of file is, and what it gives: blocks of text with their heading path and page."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from knowledge.parsing import sentences

LONGEST_TEXT = 5_000_000
# A sentence of knowledge/parsing/sentences.py and what is filled into it: something that was left out.
Note = tuple[str, dict[str, str | int]]


class ParseError(Exception):
    """The file cannot be read. The text is an English sentence for the person who uploaded it."""

    def __init__(self, sentence: str, **values: str | int) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence = sentence
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A run of text below one heading, on one page; `table` means Markdown rows, the first two being the head."""

    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    table: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFile:
    """What a file says. `pages` is None where a file has none; `notes` say whatever of it is not in the blocks."""

    blocks: tuple[Block, ...]
    pages: int | None = None
    pages_without_text: int = 0
    parser: str = ""
    notes: tuple[Note, ...] = ()


class Reader(Protocol):
    """One kind of file. `recognises` looks at the first 4 KiB of the content, since a name alone proves nothing."""

    extensions: tuple[str, ...]
    media_type: str
    parser: str
    """Who does the work, for the record kept of each file."""

    def recognises(self, head: bytes) -> bool: ...

    def read(self, path: Path) -> ParsedFile:
        """Runs in a process of its own (isolation.py). Raises `ParseError`; whatever else it raises means damaged."""


@runtime_checkable
class Recogniser(Protocol):
    """A reader that can also look at pictures of text, when somebody asks for it: it takes seconds a page."""

    def recognise(self, path: Path, seconds: int) -> ParsedFile:
        """Stops before the seconds are over and says in a note how far it came. Raises as `Reader.read`."""


class HeadingPath:
    """The headings above the present line, outermost first."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> None:
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, title))

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(title for _level, title in self._open)


def with_text(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks that say something; `ParseError` when they say more than anybody searches."""
    kept, size = [], 0
    for block in blocks:
        size += len(block.text)
        if size > LONGEST_TEXT:
            raise ParseError(sentences.TOO_MUCH_TEXT, millions=LONGEST_TEXT // 1_000_000)
        if block.text.strip():
            kept.append(block)
    return tuple(kept)
