"""Taking in a file or a page of the web. Raises `UploadRefused` with a sentence for the person.

Removing is `document.delete()` or `library.delete()`; removal.py sees to the rest.
"""

import re
import unicodedata
import uuid
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from knowledge import storage
from knowledge.models import Document, Library
from knowledge.parsing import ParseError, reader_for
from webui.conf import conf

LONGEST_NAME = 255
_MEGABYTE = 1024 * 1024
_UNSAFE = re.compile(r'[\\/:*?"<>|]+')


class UploadRefused(Exception):
    """This cannot be taken in. `status` is what HTTP calls it."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def add_file(library: Library, name: str, source: BinaryIO, *, url: str = "") -> tuple[Document, bool]:
    """A document for these bytes, queued to be read; the existing one and False when the library has them already."""
    name = clean_name(name)
    media_type = _media_type(name, source)
    try:
        stored = storage.store(source, limit=conf.max_upload_mb * _MEGABYTE)
    except storage.TooLarge:
        raise too_large() from None
    except storage.StorageFull:
        raise UploadRefused(_("The server's disk is full. Tell an administrator."), 507) from None
    try:
        document, created = _row_for(library, name, stored, media_type, url)
    except BaseException:
        storage.remove(stored.name)
        raise
    if not created:
        storage.remove(stored.name)
        document.retry()
    return document, created


async def fetch_page(url: str, *, user_id: int) -> tuple[str, BytesIO, str]:
    """The (name, bytes, address) of a page on the web, through the guarded client. Off the event loop: `add_file`."""
    from knowledge.web.fetch import FetchError, fetch

    try:
        page = await fetch(url.strip(), user_id=user_id)
    except FetchError as error:
        raise UploadRefused(str(error), 422) from None
    return _name_of_page(page.final_url, page.media_type), BytesIO(page.body), page.final_url


def too_large() -> UploadRefused:
    return UploadRefused(
        _("This file is larger than the %(limit)s MB that are allowed here.") % {"limit": conf.max_upload_mb}, 413
    )


def clean_name(name: str) -> str:
    """The given name as data for people: no path, no control or direction characters, NFC, at most 255 bytes."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    name = " ".join(name.split()).strip(". ") or "file"
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 20:
        return _cut(name, LONGEST_NAME)
    return _cut(stem, LONGEST_NAME - len(dot + extension.encode().decode())) + dot + extension


def _media_type(name: str, source: BinaryIO) -> str:
    head = source.read(4096)
    source.seek(0)
    if not head:
        raise UploadRefused(_("This file is empty (0 bytes)."), 422)
    try:
        return reader_for(name, head).media_type
    except ParseError as error:
        raise UploadRefused(_(error.sentence) % error.values, 415) from None


def _row_for(
    library: Library, name: str, stored: storage.StoredFile, media_type: str, url: str
) -> tuple[Document, bool]:
    same = library.documents.filter(sha256=stored.sha256)
    if existing := same.first():
        return existing, False
    try:
        with transaction.atomic():
            document = library.documents.create(
                name=name, file_name=stored.name, size=stored.size, sha256=stored.sha256,
                media_type=media_type, url=url,
            )  # fmt: skip
            document.ingest_later()
            return document, True
    except IntegrityError:
        # Somebody else was faster with the same file; or the library is gone, which `get` then says.
        return same.get(), False


def _cut(text: str, size: int) -> str:
    return text.encode()[: max(size, 1)].decode(errors="ignore")


def _name_of_page(url: str, media_type: str) -> str:
    """A page has no file name: its host and path, with the ending of what was sent."""
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(url)
    extension = {"application/pdf": "pdf", "text/plain": "txt", "text/markdown": "md"}.get(media_type, "html")
    if media_type in ("application/json", "application/xml"):
        extension = "txt"
    last = PurePosixPath(unquote(parts.path)).name
    stem = last.removesuffix(f".{extension}") if last.endswith(f".{extension}") else last
    name = _UNSAFE.sub(" ", f"{parts.hostname or uuid.uuid4().hex[:8]} {stem}").strip()
    return f"{name}.{extension}"
