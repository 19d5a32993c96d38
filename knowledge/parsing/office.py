"""Text documents of office programs and e-books, through kreuzberg, as Markdown. No pages: these files hold none."""

import re
from dataclasses import replace
from pathlib import Path

from knowledge.parsing import sentences
from knowledge.parsing.base import ParsedFile, ParseError, with_text
from knowledge.parsing.markdown import blocks_of
from knowledge.parsing.packages import OLE, ZIP, Package

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!<>~-])")
_BOLD_LINE = re.compile(r"^\*\*([^*\n]{1,80})\*\*$", re.MULTILINE)
_SIGNS_OF_PASSWORD = ("password", "encrypt")


class OfficeReader:
    """`entry` is the part that every such zip has. RTF is no zip and has none."""

    parser = "kreuzberg"

    def __init__(self, extension: str, media_type: str, entry: str) -> None:
        self.extensions: tuple[str, ...] = (extension,)
        self.media_type = media_type
        self._entry = entry

    def recognises(self, head: bytes) -> bool:
        # An encrypted office file is an OLE container; it is let in to be told so.
        return head.startswith((ZIP, OLE) if self._entry else b"{\\rtf")

    def read(self, path: Path) -> ParsedFile:
        if self._entry:
            refuse_locked(Package(path, self._entry, self.extensions[0]))
        markdown = _markdown(path, self.media_type)
        if not self._entry:
            # RTF has no headings, only lines that look like some.
            markdown = _BOLD_LINE.sub(r"## \1", markdown)
        blocks = blocks_of(markdown)
        return ParsedFile(blocks=with_text(replace(block, text=_unescaped(block.text)) for block in blocks))


def refuse_locked(package: Package) -> None:
    """OpenDocument encrypts its parts one by one and lists in its manifest how."""
    manifest = "META-INF/manifest.xml"
    if manifest not in package:
        return
    if next(package.tree(manifest).iter("{*}encryption-data"), None) is not None:
        raise ParseError(sentences.ENCRYPTED)


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
