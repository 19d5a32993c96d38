"""Office and e-book files through kreuzberg, as Markdown. No pages: such files hold none until they are laid out."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

from knowledge.parsing import sentences
from knowledge.parsing.base import ParsedFile, ParseError, with_text
from knowledge.parsing.markdown import blocks_of

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LARGEST_UNPACKED = 400 * 1024 * 1024
_MOST_ENTRIES = 20_000
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!<>~-])")
_SIGNS_OF_PASSWORD = ("password", "encrypt")


class OfficeReader:
    """A zip of XML. `entry` must lie in it, which tells one kind from another and from any other archive."""

    def __init__(self, extension: str, media_type: str, entry: str) -> None:
        self.extensions: tuple[str, ...] = (extension,)
        self.media_type = media_type
        self._entry = entry

    def recognises(self, head: bytes) -> bool:
        # An encrypted office file is an OLE container; it is let in to be told so.
        return head.startswith((_ZIP, _OLE))

    def read(self, path: Path) -> ParsedFile:
        with path.open("rb") as file:
            if file.read(8) == _OLE:
                raise ParseError(sentences.ENCRYPTED)
        _check_zip(path, self._entry, self.extensions[0])
        blocks = blocks_of(_markdown(path, self.media_type))
        return ParsedFile(blocks=with_text(replace(block, text=_unescaped(block.text)) for block in blocks))


def _check_zip(path: Path, entry: str, extension: str) -> None:
    """Before any parser: the sums that a zip itself states, since parsers unpack first and count later."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise ParseError(sentences.DAMAGED) from None
    unpacked = sum(info.file_size for info in infos)
    if unpacked > _LARGEST_UNPACKED or len(infos) > _MOST_ENTRIES:
        raise ParseError(sentences.BOMB, megabytes=_LARGEST_UNPACKED // 1024**2)
    if any(info.flag_bits & 1 for info in infos):
        raise ParseError(sentences.ENCRYPTED)
    if entry not in {info.filename for info in infos}:
        raise ParseError(sentences.WRONG_TYPE, extension=extension)


def _markdown(path: Path, media_type: str) -> str:
    import kreuzberg

    config = kreuzberg.ExtractionConfig(use_cache=False, output_format="markdown")
    try:
        return str(kreuzberg.extract_file_sync(path, mime_type=media_type, config=config).content)
    except kreuzberg.KreuzbergError as error:
        told = str(error).lower()
        protected = any(sign in told for sign in _SIGNS_OF_PASSWORD)
        raise ParseError(sentences.ENCRYPTED if protected else sentences.DAMAGED) from None


def _unescaped(text: str) -> str:
    """Backslashes are for renderers; people and searches should see what the author wrote."""
    return _ESCAPED.sub(r"\1", text)
