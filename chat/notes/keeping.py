"""Notes written, put into a library, and attached to a question. Raises `UploadRefused` with a sentence."""

import re
from io import BytesIO
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from chat.attachments import reading, taking
from chat.models import Attachment, Note
from chat.models.note import LONGEST_NOTE
from knowledge import notes
from knowledge.documents import UploadRefused, clean_line, clean_name
from knowledge.models import Document, Library

if TYPE_CHECKING:
    from webui.accounts.models import User

MOST = 5000  # notes of one person
_MARKS = re.compile(r"^[#>*\-\s]+|[*_`]+")


def write(user: "User", title: str, text: str, note: Note | None = None) -> Note:
    """A new note, or other words for this one. Without a title the first line is it."""
    text = text.replace("\x00", "").replace("\r\n", "\n")
    if not text.strip():
        raise UploadRefused(_("There is no text yet. Write or paste some."), 422)
    if len(text) > LONGEST_NOTE:
        raise UploadRefused(
            _("This note is longer than %(most)s characters. Put it into a library as a file.")
            % {"most": f"{LONGEST_NOTE:,}"},
            413,
        )
    if note is None and Note.objects.visible_to(user).count() >= MOST:
        raise UploadRefused(_("You have %(most)s notes. Delete some first.") % {"most": f"{MOST:,}"}, 409)
    note = note or Note(owner=user)
    note.title, note.text = (clean_line(title) or _first_line(text))[:200], text
    note.save()
    return note


def put_into(note: Note, library: Library) -> Document:
    """Its copy in this library, with the words of now; one that it has there already is read again."""
    document = note.document
    if document is not None and document.library_id == library.pk:
        notes.change(document, note.title, note.text)
        return document
    made, _created = notes.add_note(library, note.title, note.text)
    note.document = made
    Note.objects.filter(pk=note.pk).update(document=made)
    return made


def attach(user: "User", note: Note) -> Attachment:
    """A file of these words for a question of this person's, as they are now."""
    made = taking.take_in(user, clean_name(f"{note.title or _('Note')}.md"), BytesIO(note.text.encode()))
    reading.leave(made)
    return made


def _first_line(text: str) -> str:
    lines = (_MARKS.sub("", line).strip() for line in text.splitlines())
    return clean_line(next((line for line in lines if line), ""))[:80] or _("Note")
