"""Pasted text and notes: documents that are written here. Saving a changed one reads it again. Synchronous.

Raises `UploadRefused` with a sentence for the person.
"""

from io import BytesIO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from knowledge import documents, keywords, room, storage
from knowledge.documents import UploadRefused
from knowledge.models import Document, Library

LONGEST = 1_000_000  # characters
_ENDING = ".md"


def add_note(library: Library, title: str, text: str) -> tuple[Document, bool]:
    """As `documents.add_file`: the existing one and False when the library has the same text."""
    return documents.add_file(library, _name(title, text), _bytes(text), is_note=True)


def text_of(note: Document) -> str:
    path = storage.path_of(note.file_name)
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def change(note: Document, title: str, text: str) -> None:
    """The new text is read at once; until then nothing of the note is found."""
    before = note.file_name
    name = _name(title, text)
    try:
        room.check(note.library.owner_id, max(0, len(text.encode()) - note.size))
        stored = storage.store(_bytes(text), limit=LONGEST * 4, by_content=True)
    except storage.StorageFull:
        raise UploadRefused(_("The server's disk is full. Tell an administrator."), 507) from None
    except room.NoRoom as refusal:
        raise UploadRefused(str(refusal), 413) from None
    if stored.name == before and name == note.name:
        return
    try:
        with transaction.atomic():
            # Its words go by the name that it had when they came.
            keywords.remove(note.pk)
            note.chunks.all().delete()
            note.replace_content(name=name, file_name=stored.name, sha256=stored.sha256, size=stored.size)
    except IntegrityError:
        storage.forget(stored.name, documents.is_needed)
        raise UploadRefused(_("This library has a document with exactly this text already."), 409) from None
    if stored.name != before:
        storage.forget(before, documents.is_needed)


def _bytes(text: str) -> BytesIO:
    if not text.strip():
        raise UploadRefused(_("There is no text yet. Write or paste some."), 422)
    if len(text) > LONGEST:
        raise UploadRefused(
            _("This text is longer than %(most)s characters. Upload it as a file.") % {"most": LONGEST}, 413
        )
    return BytesIO(text.replace("\r\n", "\n").encode(errors="replace"))


def _name(title: str, text: str) -> str:
    """The given title, else the first line."""
    first = next((line.strip("# \t") for line in text.splitlines() if line.strip("# \t")), "")
    return documents.clean_name(
        (documents.clean_line(title) or documents.clean_line(first)[:80] or _("Note")) + _ENDING
    )
