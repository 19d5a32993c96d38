"""Files -> text: which kinds are read, and by whom. Add a kind: write a `Reader`, name it in `READERS`."""

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, ParsedFile, ParseError, Reader
from knowledge.parsing.html import HtmlReader
from knowledge.parsing.markdown import MarkdownReader
from knowledge.parsing.office import OfficeReader
from knowledge.parsing.pdf import PdfReader
from knowledge.parsing.text import TextReader

__all__ = ["READERS", "Block", "ParseError", "ParsedFile", "Reader", "extension_of", "reader_for"]

_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_ALL: list[Reader] = [
    PdfReader(),
    OfficeReader("docx", f"{_OPEN_XML}.wordprocessingml.document", "word/document.xml"),
    OfficeReader("pptx", f"{_OPEN_XML}.presentationml.presentation", "ppt/presentation.xml"),
    OfficeReader("odt", "application/vnd.oasis.opendocument.text", "content.xml"),
    OfficeReader("epub", "application/epub+zip", "META-INF/container.xml"),
    MarkdownReader(),
    TextReader(),
    HtmlReader(),
]
READERS: dict[str, Reader] = {extension: reader for reader in _ALL for extension in reader.extensions}


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def reader_for(name: str, head: bytes) -> Reader:
    """The reader of this name and this content; `ParseError` when there is none, or when the two disagree."""
    extension = extension_of(name)
    reader = READERS.get(extension)
    if reader is None:
        raise ParseError(sentences.UNKNOWN_TYPE, kinds=", ".join(reader.extensions[0] for reader in _ALL))
    if not reader.recognises(head):
        raise ParseError(sentences.WRONG_TYPE, extension=extension)
    return reader
