"""Plain text in whatever encoding it was written."""

from pathlib import Path
from unicodedata import category

from knowledge.parsing.base import Block, ParsedFile, with_text
from knowledge.web import charset

_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
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

    def recognises(self, head: bytes) -> bool:
        return is_text(head)

    def read(self, path: Path) -> ParsedFile:
        return ParsedFile(blocks=with_text([Block(text=decode(path.read_bytes()))]))


def is_text(head: bytes) -> bool:
    if head.startswith(_OTHER_KINDS):
        return False
    return head.startswith(_MARKS) or b"\x00" not in head or bool(_wide(head))


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
