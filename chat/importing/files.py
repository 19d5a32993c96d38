"""The objects of which a file is made, one after the other: of a list its entries, otherwise the whole. Bounded.

A JSON file, or a ZIP with some in it. Read in small pieces, so that a thread that does it holds nobody else up, and no
deeper, longer or larger than chats can honestly be. Raises `BadFile` with a sentence.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import ijson
from django.utils.translation import gettext as _
from ijson.common import JSONError

from chat.importing.shapes import BadFile
from knowledge import archives

MOST_UPLOADED = 300 * 1024**2  # bytes
MOST_READ = 600 * 1024**2  # bytes of JSON in it
MOST_FILES = 20_000  # in an archive
MOST_DEPTH = 20_000  # a chat of 10,000 messages, each inside the one before
MOST_VALUES = 5_000_000  # of one object: names, texts, numbers
_PIECE = 64 * 1024
_COPY_OF_A_DATABASE = re.compile(r"(^|/)(IndexedDB|Local Storage)/", re.IGNORECASE)


def objects(path: Path) -> Iterator[object]:
    """Whatever they are: who asks looks whether it is a chat."""
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise BadFile(_("This file is empty (0 bytes)."))
    if head == b"PK\x03\x04":
        yield from _in_zip(path)
        return
    with path.open("rb") as file:
        counted = _Counted(file, MOST_READ)
        if not counted.looks_like_json:
            raise BadFile(_("This is neither a JSON file nor a ZIP archive with one in it."))
        yield from _in_json(counted)


class _Counted:
    """Gives the bytes of a file on, without a mark at its beginning, until more came than may be."""

    def __init__(self, source: IO[bytes] | archives.Readable, left: int) -> None:
        self._source, self.left = source, left
        self._first = source.read(_PIECE).removeprefix(b"\xef\xbb\xbf").lstrip()

    @property
    def looks_like_json(self) -> bool:
        return self._first[:1] in (b"{", b"[")

    @property
    def is_list(self) -> bool:
        return self._first[:1] == b"["

    def read(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        piece, self._first = self._first, b""
        piece = piece or self._source.read(_PIECE)
        self.left -= len(piece)
        if self.left < 0:
            raise BadFile(_("Unpacked, this file is larger than 600 MB. Export fewer chats at once."))
        return piece


def _in_zip(path: Path) -> Iterator[object]:
    left, seen, is_database = MOST_READ, 0, False
    try:
        for member in archives.members(path, ".zip", most=MOST_FILES):
            is_database = is_database or bool(_COPY_OF_A_DATABASE.search(f"{member.folder}/{member.name}"))
            if member.source is None or not member.name.lower().endswith(".json"):
                continue
            counted = _Counted(member.source, left)
            if counted.looks_like_json:
                seen += 1
                yield from _in_json(counted)
            left = counted.left
    except archives.ArchiveRefused as refusal:
        raise BadFile(_(str(refusal))) from None
    if not seen and is_database:
        raise BadFile(
            _("This backup is a copy of the program's own database, which only it can read. Export to JSON instead.")
        )
    if not seen:
        raise BadFile(_("There is no JSON file in this archive."))


def _in_json(source: _Counted) -> Iterator[object]:
    try:
        yield from _built(ijson.basic_parse(source, use_float=True, buf_size=_PIECE), entries=source.is_list)
    except (JSONError, UnicodeDecodeError, *archives.DAMAGES):
        raise BadFile(_("This file is damaged: it is no whole JSON. Export it again.")) from None


def _built(events: Iterator[tuple[str, Any]], *, entries: bool) -> Iterator[object]:
    """Objects out of what the parser says; without recursion, each given away as soon as it is whole."""
    stack: list[Any] = []
    names: list[str] = []
    count = 0
    for event, value in events:
        match event:
            case "map_key":
                names[-1] = value
                continue
            case "start_map" | "start_array":
                made: Any = {} if event == "start_map" else []
                if stack and not (entries and len(stack) == 1):
                    _put(stack[-1], names[-1], made)
                stack.append(made)
                names.append("")
                if len(stack) > MOST_DEPTH:
                    raise BadFile(_("Something in this file lies deeper than any chat."))
                done = None
            case "end_map" | "end_array":
                done = stack.pop()
                names.pop()
            case _:
                if stack and not (entries and len(stack) == 1):
                    _put(stack[-1], names[-1], value)
                done = None
        count += 1
        if count > MOST_VALUES:
            raise BadFile(_("Something in this file is larger than any chat."))
        if done is not None and len(stack) == entries and (not entries or event == "end_map"):
            count = 0
            yield done


def _put(parent: Any, name: str, value: Any) -> None:
    if isinstance(parent, list):
        parent.append(value)
    else:
        parent[name] = value
