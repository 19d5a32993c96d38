"""/api/chats/…/sources/…: a citation with the place it leads to, for the reader beside the chat."""

import uuid
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest
from ninja import Router

from chat.attachments.opening import PDF, opened
from chat.living import mark_changes
from chat.models import Message, Source
from chat.reading import readable
from chat.sight import open_sources
from knowledge import downloads, reading
from knowledge.models import Document
from knowledge.reading import Sheet
from knowledge.spans import Span

if TYPE_CHECKING:
    from webui.accounts.models import User

router = Router(tags=["chats"])


@router.get("/chats/{uuid:chat_id}/messages/{int:message_id}/sources/{int:number}")
def read_source(
    request: HttpRequest, chat_id: uuid.UUID, message_id: int, number: int, page: int | None = None
) -> dict[str, Any]:
    """Source `number` of an answer, its document, and a page of what was read of that: `page`, or the cited one.

    `document` is null where there is none that this person may open. `place` says whether the words still stand there.
    """
    user = request.auth  # type: ignore[attr-defined]
    reply = _reply(request, chat_id, message_id)
    open_sources(user, [reply])
    source = next((one for one in reply.sources.all() if one.n == number), None)
    if source is None:
        raise Http404
    mark_changes([source])
    told = {"source": source.to_wire(), "read_at": reply.created_at.isoformat()}
    document = None
    if source.document_id and not source.is_shut:
        visible = Document.objects.visible_to(user).select_related("library")
        document = visible.filter(pk=source.document_id, status=Document.Status.READY).first()
    if document is None:
        return told | _attached(user, reply, source, page)
    span = reading.find_again(document, source.own_text, _span(source))
    if span is None and page is None:
        # Where it stood, as far as that can be told.
        page = source.page
    sheet = reading.sheet(document, number=page, span=span or _beginning(source, page))
    return told | {
        "document": _document_to_wire(document),
        "place": {"found": span is not None, "page": _page(sheet, source, span)},
        "sheet": _sheet_to_wire(sheet, marks=span is not None),
    }


def _attached(user: "User", reply: Message, source: Source, page: int | None) -> dict[str, Any]:
    """The same of a file that went with a question; nothing but the passage where it is of no such file."""
    file = opened(user, reply, source, page)
    if file is None:
        return {"document": None, "place": None, "sheet": None}
    return {
        "document": file.to_wire(),
        "place": {"found": file.found, "page": file.page or source.page},
        "sheet": _sheet_to_wire(file.sheet, marks=True),
    }


def _reply(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> Message:
    chat = readable(request.auth, chat_id)  # type: ignore[attr-defined]
    found = Message.objects.filter(conversation=chat).select_related("assistant") if chat else Message.objects.none()
    message: Message | None = found.filter(pk=message_id).first()
    if message is None:
        raise Http404
    return message


def _span(source: Source) -> Span | None:
    return None if source.start is None or source.end is None else Span(source.start, source.end)


def _beginning(source: Source, page: int | None) -> Span | None:
    """A place to open a document at that has no pages, for words that are not in it any more."""
    return None if page is not None or source.start is None else Span(source.start, source.start)


def _page(sheet: Sheet, source: Source, span: Span | None) -> int | None:
    """The page of the file where the words begin, of what has pages."""
    if not sheet.paged:
        return None
    marked = next((piece.page for piece in sheet.pieces if piece.marked), None) if span else None
    return marked or source.page


def _document_to_wire(document: Document) -> dict[str, Any]:
    return {
        "id": str(document.pk),
        "name": document.name,
        "library": document.library.name,
        "address": f"/knowledge/{document.library_id}/documents/{document.pk}/",
        "file": f"/api/documents/{document.pk}/file",
        "pdf": document.media_type == PDF and downloads.file_of(document) is not None,
        "size": document.size,
        "url": document.url or None,
    }


def _sheet_to_wire(sheet: Sheet, *, marks: bool) -> dict[str, Any]:
    """`parts` of a section are [text, marked] in their order; rows of tables are lines that begin with “|”."""
    sections = []
    for heading, pieces in reading.by_heading(sheet.pieces):
        parts = []
        for piece in pieces:
            parts += [[piece.before, False]] * bool(piece.before) + [[piece.text, piece.marked and marks]]
        sections.append({"heading": heading, "parts": parts})
    return {"number": sheet.number, "count": sheet.count, "paged": sheet.paged, "sections": sections}
