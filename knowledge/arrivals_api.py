"""/api/libraries/…/documents: what is in a library, and everything that can be put into it."""

import json
import uuid
from typing import Any

from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import BaseModel, Field, ValidationError

from knowledge import archives, documents, intake_jobs, notes
from knowledge.api import document_of, document_to_wire, library_of
from knowledge.documents import UploadRefused
from knowledge.models import Library, Right
from knowledge.web.fetch import mark_of

router = Router(tags=["libraries"])


class _Arrival(BaseModel):
    """One of `url`, `text` and `site`."""

    url: str = Field("", max_length=2000)
    site: str = Field("", max_length=2000)
    text: str = Field("", max_length=notes.LONGEST + 1)
    name: str = Field("", max_length=1000)
    mark: str = Field("", max_length=100)
    depth: int = 2
    pages: int = 50


class Note(Schema):
    """What it is to say from now on."""

    name: str = Field("", max_length=1000)
    text: str = Field(max_length=notes.LONGEST + 1)


_FIELDS = {name: {"type": "string"} for name in ("url", "site", "text", "name")}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}, "path": {"type": "string"}},
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {**_FIELDS, "depth": {"type": "integer"}, "pages": {"type": "integer"}},
                }
            },
        },
    }
}


@router.get("/libraries/{uuid:library_id}/documents")
def list_documents(
    request: HttpRequest, library_id: uuid.UUID, limit: int = 0, offset: int = 0
) -> list[dict[str, Any]]:
    """All of them, or `limit` from `offset` on; the newest first."""
    rows = library_of(request, library_id).documents.defer("steps")
    first = max(offset, 0)
    return [document_to_wire(document) for document in (rows[first : first + limit] if limit > 0 else rows[first:])]


@router.post("/libraries/{uuid:library_id}/documents", response={202: dict[str, Any]}, openapi_extra=_BODY)
async def add_document(request: HttpRequest, library_id: uuid.UUID) -> Status[dict[str, Any]]:
    """A file (multipart `file`, with the folder it lay in as `path`), or JSON: a page (`url`), a note (`text`, `name`),
    a whole site (`site`, which is a page or a sitemap, with `depth` and `pages`).

    With the `mark` that a search told of a page (in its receipt), `same` says whether it is still as it was read then.
    The same bytes are not taken twice. An archive and a site answer with `job`, whose documents come one by one.
    """
    library = await sync_to_async(library_of)(request, library_id, Right.WRITE)
    user = request.auth  # type: ignore[attr-defined]
    try:
        documents.check_announced_size(request.headers.get("Content-Length", ""))
        if request.content_type != "application/json":
            return Status(202, await sync_to_async(_received)(request, library))
        told = _told(request)
        if told.url:
            name, body, address = await documents.fetch_page(told.url, user_id=user.pk)
            taken = await sync_to_async(documents.add_file)(library, name, body, url=address)
        elif told.site:
            limits = {"depth": told.depth, "pages": told.pages}
            job = await sync_to_async(intake_jobs.add_site)(library, user, told.site, **limits)
            return Status(202, {"job": intake_jobs.to_wire(job)})
        else:
            taken = await sync_to_async(notes.add_note)(library, told.name, told.text)
    except UploadRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from None
    same = {"same": told.mark == mark_of(told.url, user_id=user.pk)} if told.url and told.mark else {}
    return Status(202, document_to_wire(taken[0]) | {"created": taken[1], **same})


@router.put("/libraries/{uuid:library_id}/documents/{uuid:document_id}/note", response={202: dict[str, Any]})
def change_note(
    request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID, body: Note
) -> Status[dict[str, Any]]:
    """Change a note; it is read again at once."""
    note = document_of(request, document_id, library_id, Right.WRITE)
    if not note.is_note:
        raise Http404
    try:
        notes.change(note, body.name or note.title, body.text)
    except UploadRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from None
    return Status(202, document_to_wire(note))


def _told(request: HttpRequest) -> _Arrival:
    try:
        told = _Arrival.model_validate(json.loads(request.body))
    except (ValueError, ValidationError):
        told = _Arrival()
    if not (told.url.strip() or told.site.strip() or told.text.strip()):
        raise HttpError(422, _("The body must be a file (multipart, field “file”) or JSON with “url”."))
    return told


def _received(request: HttpRequest, library: Library) -> dict[str, Any]:
    """Reads the body, which may take a while: off the event loop."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise HttpError(422, _("The body must be a file (multipart, field “file”) or JSON with “url”."))
    name = file.name or ""
    if archives.is_archive(name):
        user = request.auth  # type: ignore[attr-defined]
        return {"job": intake_jobs.to_wire(intake_jobs.add_archive(library, user, name, file))}
    document, created = documents.add_file(library, name, file, path=request.POST.get("path", ""))
    return document_to_wire(document) | {"created": created}
