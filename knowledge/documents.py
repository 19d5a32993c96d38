"""Taking in a file or a page of the web. Raises `UploadRefused` with a sentence for the person.

Removing is `document.delete()` or `library.delete()`; removal.py sees to the rest.
"""

import asyncio
import re
import unicodedata
from html import unescape
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from knowledge import room, storage
from knowledge.models import Document, Library
from knowledge.parsing import ParseError, reader_for
from webui.conf import conf

if TYPE_CHECKING:
    from knowledge.web.fetch import Page

LONGEST_NAME = 255
LONGEST_PATH = 480
_MEGABYTE = 1024 * 1024
_FORM_AROUND_FILE = 64 * 1024
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,1000})", re.IGNORECASE)
_PAGE_KINDS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "text/markdown": "md",
}
_UNSAFE = re.compile(r'[\\/:*?"<>|]+')


class Source(Protocol):
    """An open file: uploaded, fetched, or in a test."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> object: ...


class UploadRefused(Exception):
    """This cannot be taken in. `status` is what HTTP calls it."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def add_file(
    library: Library, name: str, source: Source, *, url: str = "", path: str = "", is_note: bool = False
) -> tuple[Document, bool]:
    """A document for these bytes, queued to be read; the existing one and False when the library has them already.

    `path` is the folder it came from, for people.
    """
    name = clean_name(name)
    media_type = _media_type(name, source)
    stored = _stored(library, source)
    fields = {"name": name, "path": clean_path(path), "media_type": media_type, "url": url, "is_note": is_note}
    try:
        document, created = _row_for(library, stored, fields)
    except BaseException:
        storage.forget(stored.name, is_needed)
        raise
    if not storage.path_of(stored.name).exists():
        # The last row of the same content was deleted while this one was made, and took the file along.
        source.seek(0)
        _stored(library, source)
    if not created:
        document.retry()
    return document, created


def is_needed(file_name: str) -> bool:
    """Whether any document still has this content."""
    return Document.objects.filter(file_name=file_name).exists()


async def fetch_page(url: str, *, user_id: int) -> tuple[str, BytesIO, str]:
    """The (name, bytes, address) of a page on the web, through the guarded client. Off the event loop: `add_file`."""
    from knowledge.web.fetch import FetchError, fetch

    try:
        page = await fetch(url.strip(), user_id=user_id)
    except FetchError as error:
        raise UploadRefused(str(error), 422) from None
    name, body = await asyncio.to_thread(file_of_page, page)
    return name, BytesIO(body), page.final_url


def file_of_page(page: "Page") -> tuple[str, bytes]:
    """The (name, bytes) that a page is stored as. Takes a while for a large one: off the event loop."""
    # In UTF-8, since the encoding that the server declared would be lost with the header.
    body = page.body if page.media_type == "application/pdf" else page.text.encode()
    return _name_of_page(page.final_url, page.media_type, body), body


def check_announced_size(content_length: str) -> None:
    """Refuse before reading what says itself that it is too large. What says nothing is counted while it is read."""
    if content_length.isdecimal() and int(content_length) > conf.max_upload_mb * _MEGABYTE + _FORM_AROUND_FILE:
        raise too_large()


def too_large() -> UploadRefused:
    return UploadRefused(
        _("This file is larger than the %(limit)s MB that are allowed here.") % {"limit": conf.max_upload_mb}, 413
    )


def size_of(source: Source) -> int:
    """What it takes to store it; counted once more when it is."""
    end = source.seek(0, 2)
    source.seek(0)
    return end if isinstance(end, int) else 0


def clean_name(name: str) -> str:
    """The given name as data for people: no path, no control or direction characters, NFC, at most 255 bytes."""
    name = clean_line(name.replace("\\", "/").rpartition("/")[2]).strip(". ") or "file"
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 20:
        return _cut(name, LONGEST_NAME)
    return _cut(stem, LONGEST_NAME - len(dot + extension.encode().decode())) + dot + extension


def clean_path(path: str) -> str:
    """The folders above a file as data for people: nothing in it leads anywhere."""
    parts = [clean_line(part) for part in path.replace("\\", "/").split("/")]
    return _cut("/".join(part for part in parts if part and part not in (".", "..")), LONGEST_PATH)


def clean_line(text: str) -> str:
    """One line for people: NFC, no control, direction or other characters that cannot be seen."""
    # Line breaks first, as spaces; removed they would join two words.
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")).strip()


def _media_type(name: str, source: Source) -> str:
    head = source.read(4096)
    source.seek(0)
    if not head:
        raise UploadRefused(_("This file is empty (0 bytes)."), 422)
    try:
        return reader_for(name, head).media_type
    except ParseError as error:
        raise UploadRefused(_(error.sentence) % error.values, 415) from None


def _stored(library: Library, source: Source) -> storage.StoredFile:
    try:
        room.check(library.owner_id, size_of(source))
        return storage.store(source, limit=conf.max_upload_mb * _MEGABYTE, by_content=True)
    except storage.TooLarge:
        raise too_large() from None
    except room.NoRoom as refusal:
        raise UploadRefused(str(refusal), 413) from None
    except storage.StorageFull:
        raise UploadRefused(_("The server's disk is full. Tell an administrator."), 507) from None


def _row_for(library: Library, stored: storage.StoredFile, fields: dict[str, Any]) -> tuple[Document, bool]:
    same = library.documents.filter(sha256=stored.sha256)
    if existing := same.first():
        return existing, False
    try:
        with transaction.atomic():
            document = library.documents.create(file_name=stored.name, size=stored.size, sha256=stored.sha256, **fields)
            room.check(library.owner_id, stored.size, final=True)
            room.check_queue(library.owner_id)
            document.ingest_later()
            return document, True
    except room.TooManyWait as refusal:
        raise UploadRefused(str(refusal), 429) from None
    except room.NoRoom as refusal:
        raise UploadRefused(str(refusal), 413) from None
    except IntegrityError:
        # Somebody else was faster with the same file; or the library is gone, which `get` then says.
        return same.get(), False


def _cut(text: str, size: int) -> str:
    return text.encode()[: max(size, 1)].decode(errors="ignore")


def _name_of_page(url: str, media_type: str, body: bytes) -> str:
    """A page has no file name: its title, else its address, with the ending of what was sent."""
    extension = _PAGE_KINDS.get(media_type, "txt")
    parts = urlsplit(url)
    found = _TITLE.search(body[:100_000].decode(errors="ignore")) if extension == "html" else None
    name = unescape(found[1]) if found else f"{parts.hostname} {PurePosixPath(unquote(parts.path)).stem}"
    return f"{clean_line(_UNSAFE.sub(' ', name))[:120] or parts.hostname}.{extension}"
