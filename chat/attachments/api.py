"""/api/attachments: files for questions, before they are sent and after. Another person's are not there."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from ninja import Router, Status
from ninja.errors import HttpError

from chat.attachments import reading, taking
from chat.attachments.taking import PLACE
from chat.models import Attachment
from knowledge import storage
from knowledge.documents import UploadRefused

router = Router(tags=["attachments"])
PIECE = 256 * 1024
SOON = 1.5  # seconds that an upload waits for its reading: most answers are then the last word
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            }
        },
    }
}


@router.post("/attachments", response={201: dict[str, Any]}, openapi_extra=_FORM)
async def attach(request: HttpRequest) -> Status[dict[str, Any]]:
    """A file (multipart `file`) for a question that is not sent yet."""
    try:
        taking.check_announced_size(request.headers.get("Content-Length", ""))
        attachment = await sync_to_async(_received)(request)
    except UploadRefused as refusal:
        raise HttpError(refusal.status, str(refusal)) from None
    if attachment.state == Attachment.State.READING:
        reading.read_later(attachment.pk)
        await reading.settle(attachment.pk, SOON)
        attachment = await sync_to_async(_one)(request, attachment.pk)
    return Status(201, attachment.to_wire())


@router.get("/attachments/{uuid:attachment_id}")
async def read_attachment(request: HttpRequest, attachment_id: uuid.UUID) -> dict[str, Any]:
    """What it is, and whether it has been read."""
    attachment = await sync_to_async(_one)(request, attachment_id)
    if attachment.state == Attachment.State.READING:
        await reading.nudge([attachment.pk])
    return attachment.to_wire()


@router.delete("/attachments/{uuid:attachment_id}", response={204: None})
def remove_attachment(request: HttpRequest, attachment_id: uuid.UUID) -> Status[None]:
    """One that was not sent. What belongs to a message goes with it."""
    attachment = _one(request, attachment_id)
    if attachment.owner_id != request.auth.pk or attachment.sent_at:  # type: ignore[attr-defined]
        raise HttpError(409, _("This file belongs to a message. Delete the message, and the file goes with it."))
    attachment.delete()
    return Status(204, None)


@router.get("/attachments/{uuid:attachment_id}/file", response={200: None})
async def download(request: HttpRequest, attachment_id: uuid.UUID) -> StreamingHttpResponse:
    """A picture as it was drawn anew, to be shown; a document as it came, to be kept."""
    attachment = await sync_to_async(_one)(request, attachment_id)
    if attachment.kind == Attachment.Kind.IMAGE:
        return bytes_of(attachment.file_name, attachment.media_type, attachment.name)
    return bytes_of(attachment.file_name, "application/octet-stream", attachment.name, to_keep=True)


@router.get("/attachments/{uuid:attachment_id}/thumbnail", response={200: None})
async def thumbnail(request: HttpRequest, attachment_id: uuid.UUID) -> StreamingHttpResponse:
    """A picture's small copy."""
    attachment = await sync_to_async(_one)(request, attachment_id)
    if not attachment.small_name:
        raise Http404
    return bytes_of(attachment.small_name, "image/jpeg", attachment.name)


def bytes_of(stored: str, media_type: str, name: str, *, to_keep: bool = False) -> StreamingHttpResponse:
    """A stored file, as it may be shown or kept."""
    path = storage.path_of(stored, PLACE)
    if not path.exists():
        raise Http404
    headers = {
        "Content-Length": str(path.stat().st_size),
        "Content-Disposition": content_disposition_header(as_attachment=to_keep, filename=name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return StreamingHttpResponse(_pieces(path), content_type=media_type, headers=headers)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await sync_to_async(file.read, thread_sensitive=False)(PIECE):
            yield piece


def _one(request: HttpRequest, attachment_id: uuid.UUID) -> Attachment:
    visible = Attachment.objects.visible_to(request.auth)  # type: ignore[attr-defined]
    attachment: Attachment | None = visible.filter(pk=attachment_id).defer("text").first()
    if attachment is None:
        raise Http404
    return attachment


def _received(request: HttpRequest) -> Attachment:
    """Reads the body and draws a picture anew, which may take a while: off the event loop."""
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        raise HttpError(422, _("The body must be a file (multipart, field “file”)."))
    return taking.take_in(request.auth, file.name or "", file)  # type: ignore[attr-defined]
