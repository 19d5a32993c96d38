"""Files -> text: which kinds are read, and by whom. Add a kind: write a `Reader`, name it in `_ALL`."""

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, ParsedFile, ParseError, Reader, Recogniser
from knowledge.parsing.html import HtmlReader
from knowledge.parsing.json_values import JsonReader
from knowledge.parsing.mail import MailReader
from knowledge.parsing.markdown import MarkdownReader
from knowledge.parsing.notebook import NotebookReader
from knowledge.parsing.office import OfficeReader
from knowledge.parsing.opendocument import OpenSheetReader, OpenSlidesReader
from knowledge.parsing.pdf import PdfReader
from knowledge.parsing.pictures import PictureReader
from knowledge.parsing.separated import SeparatedReader
from knowledge.parsing.slides import SlidesReader
from knowledge.parsing.source import LANGUAGES, SourceReader
from knowledge.parsing.spreadsheets import SpreadsheetReader
from knowledge.parsing.text import TextReader

__all__ = [
    "KINDS", "READERS", "Block", "ParseError", "ParsedFile", "Reader", "Recogniser", "extension_of", "reader_for",
]  # fmt: skip

_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_ALL: list[Reader] = [
    PdfReader(),
    OfficeReader("docx", f"{_OPEN_XML}.wordprocessingml.document", "word/document.xml"),
    SlidesReader(),
    SpreadsheetReader(),
    OfficeReader("odt", "application/vnd.oasis.opendocument.text", "content.xml"),
    OpenSheetReader(),
    OpenSlidesReader(),
    OfficeReader("rtf", "application/rtf", ""),
    OfficeReader("epub", "application/epub+zip", "META-INF/container.xml"),
    HtmlReader(),
    MarkdownReader(),
    TextReader(),
    SeparatedReader(),
    JsonReader(),
    MailReader(),
    NotebookReader(),
    PictureReader("png", media_type="image/png"),
    PictureReader("jpg", "jpeg", media_type="image/jpeg"),
    PictureReader("webp", media_type="image/webp"),
    PictureReader("tiff", "tif", media_type="image/tiff"),
]
_CODE: list[Reader] = [SourceReader(extension) for extension in LANGUAGES]
READERS: dict[str, Reader] = {extension: reader for reader in _ALL + _CODE for extension in reader.extensions}
# What people are shown; besides these, the source code of some forty languages.
KINDS = [reader.extensions[0] for reader in _ALL] + ["py", "js", "java", "sql"]


def extension_of(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def reader_for(name: str, head: bytes) -> Reader:
    """The reader of this name and this content; `ParseError` when there is none, or when the two disagree."""
    extension = extension_of(name)
    reader = READERS.get(extension)
    if reader is None:
        raise ParseError(sentences.UNKNOWN_TYPE, kinds=", ".join(KINDS))
    if not reader.recognises(head):
        raise ParseError(sentences.WRONG_TYPE, extension=extension)
    return reader
