"""Plain text in whatever encoding it was written."""

from pathlib import Path
from unicodedata import category

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, Note, ParsedFile, ParseError, with_text
from knowledge.web import charset

_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# Control characters that no editor writes; more than one in thirty, and the file is no text.
_CONTROLS = [chr(code) for code in range(1, 32) if chr(code) not in "\t\n\r\f\v\x1a\x1b"]
_LEAST_SHARE = 30
_NO_TEXT = ("Cc", "Cn", "Co", "Cs")
# What no text begins with, though its first kilobytes may be free of zeros.
_OTHER_KINDS = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x7fELF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"{\\rtf",
    b"7z\xbc",
)


class TextReader:
    extensions: tuple[str, ...] = ("txt",)
    media_type = "text/plain"
    parser = "plain text"

    def recognises(self, head: bytes) -> bool:
        return is_text(head)

    def read(self, path: Path) -> ParsedFile:
        text, notes = read_text(path)
        return ParsedFile(blocks=with_text([Block(text=text)]), notes=notes)


def is_text(head: bytes) -> bool:
    if head.startswith(_OTHER_KINDS):
        return False
    return head.startswith(_MARKS) or b"\x00" not in head or bool(_wide(head))


def read_text(path: Path) -> tuple[str, tuple[Note, ...]]:
    """A file's text, and how much of it was lost. `ParseError` when it is no text at all."""
    text = decode(path.read_bytes())
    unseen = sum(map(text.count, _CONTROLS))
    lost = text.count("\ufffd")
    if (unseen + lost) * _LEAST_SHARE > len(text):
        raise ParseError(sentences.NO_TEXT_KIND)
    return text, (((sentences.CHARACTERS_LOST, {"number": lost}),) if lost else ())


def decode(body: bytes) -> str:
    """The text with \\n line ends and without the characters that databases refuse."""
    text = body.decode(wide, errors="replace") if (wide := _wide(body[:4096])) else charset.decode(body)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _wide(head: bytes) -> str:
    """UTF-16 without a byte order mark: its spaces and line ends have their zeros all on one side."""
    if head.startswith(_MARKS) or not head.count(0):
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if min(even, odd) * 10 > max(even, odd):
        return ""
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    reading = head[: len(head) // 2 * 2].decode(encoding, errors="replace")
    odd_ones = sum(category(character) in _NO_TEXT and character not in "\t\n\r\f" for character in reading)
    return encoding if odd_ones + reading.count("\ufffd") <= 1 + len(reading) // 50 else ""
