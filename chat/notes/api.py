"""/api/notes: one's own notes, and a note as a file for a question."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from chat.models import Note
from chat.models.note import LONGEST_NOTE
from chat.notes import keeping
from knowledge.documents import UploadRefused

router = Router(tags=["notes"])
MOST = 100


class Written(Schema):
    title: str = Field("", max_length=200)
    text: str = Field(max_length=LONGEST_NOTE)


@router.get("/notes")
def list_notes(request: HttpRequest, q: str = "") -> dict[str, Any]:
    """Those with all words of `q`, changed last first; 100 at most."""
    rows = Note.objects.visible_to(request.auth).having(q[:200]).defer("text")[:MOST]  # type: ignore[attr-defined]
    return {"notes": [_to_wire(row) for row in rows]}


@router.post("/notes", response={201: dict[str, Any]})
def add_note(request: HttpRequest, body: Written) -> Status[dict[str, Any]]:
    try:
        return Status(201, _to_wire(keeping.write(request.auth, body.title, body.text)))  # type: ignore[attr-defined]
    except UploadRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from None


@router.post("/notes/{uuid:note_id}/attachment", response={201: dict[str, Any]})
def attach_note(request: HttpRequest, note_id: uuid.UUID) -> Status[dict[str, Any]]:
    """The note as an attachment (docs/protocol.md, Files), to be sent with a question."""
    note = Note.objects.visible_to(request.auth).filter(pk=note_id).first()  # type: ignore[attr-defined]
    if note is None:
        raise Http404
    try:
        return Status(201, keeping.attach(request.auth, note).to_wire())  # type: ignore[attr-defined]
    except UploadRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from None


def _to_wire(row: Note) -> dict[str, Any]:
    return {"id": str(row.pk), "title": row.title, "url": f"/notes/{row.pk}/", "changed_at": row.changed_at.isoformat()}
