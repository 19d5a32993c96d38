"""/api/libraries and /api/documents: what is in libraries and what is found there, each through the library's door."""

import uuid
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from knowledge import documents, downloads, reading
from knowledge.listing import reads_pictures
from knowledge.models import Document, Library, Right
from knowledge.passages import RetrievalError

CHARACTERS = 1000
router = Router(tags=["libraries"])


class LibraryName(Schema):
    name: str = Field(min_length=1, max_length=100)


class Question(Schema):
    query: str = Field(min_length=1, max_length=2000)
    top_k: int = Field(8, ge=1, le=50)


@router.get("/libraries")
def list_libraries(request: HttpRequest) -> list[dict[str, Any]]:
    """This person's libraries and those shared with them, with how many documents each holds and how many are ready.

    `right` is "own", "write" or "read"; `owner` names whose it is.
    """
    ready = Count("documents", filter=Q(documents__status=Document.Status.READY))
    user = request.auth  # type: ignore[attr-defined]
    libraries = Library.objects.visible_to(user).with_right(user).annotate(count=Count("documents"), ready=ready)
    return [
        {
            "id": str(library.pk), "name": library.name, "documents": library.count, "ready": library.ready,
            "right": library.right, "owner": library.owner.display_name,
        }
        for library in libraries.select_related("owner")
    ]  # fmt: skip


@router.post("/libraries", response={201: dict[str, Any]})
def create_library(request: HttpRequest, body: LibraryName) -> Status[dict[str, Any]]:
    library = Library.objects.create(owner=request.auth, name=_name(body))  # type: ignore[attr-defined]
    return Status(201, {"id": str(library.pk), "name": library.name})


@router.patch("/libraries/{uuid:library_id}")
def rename_library(request: HttpRequest, library_id: uuid.UUID, body: LibraryName) -> dict[str, Any]:
    library = library_of(request, library_id, Right.OWN)
    library.name = _name(body)
    library.save(update_fields=["name"])
    return {"id": str(library.pk), "name": library.name}


@router.delete("/libraries/{uuid:library_id}", response={204: None})
def delete_library(request: HttpRequest, library_id: uuid.UUID) -> Status[None]:
    """With everything in it."""
    library_of(request, library_id, Right.OWN).delete()
    return Status(204, None)


@router.delete("/libraries/{uuid:library_id}/documents/{uuid:document_id}", response={204: None})
def delete_document(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> Status[None]:
    document_of(request, document_id, library_id, Right.WRITE).delete()
    return Status(204, None)


@router.post("/libraries/{uuid:library_id}/documents/{uuid:document_id}/retry", response={202: dict[str, Any]})
def retry_document(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> Status[dict[str, Any]]:
    """Read a failed document again."""
    document = document_of(request, document_id, library_id, Right.WRITE)
    document.retry()
    return Status(202, document_to_wire(document))


@router.post("/libraries/{uuid:library_id}/search")
async def search_library(request: HttpRequest, library_id: uuid.UUID, body: Question) -> dict[str, Any]:
    """The passages that fit the question best."""
    from knowledge.retrieval import find_passages

    library = await sync_to_async(library_of)(request, library_id)
    user = request.auth  # type: ignore[attr-defined]
    try:
        passages = await find_passages(
            body.query, user, [library.pk], limit=body.top_k, characters=body.top_k * CHARACTERS
        )
    except RetrievalError as error:
        raise HttpError(503, str(error)) from None
    return {
        "results": [
            {
                "text": passage.text, "score": passage.score, "document": passage.document_id,
                "name": passage.document_name, "page": passage.page, "heading": passage.heading,
                "chunk": passage.chunk_id,
            }
            for passage in passages
        ]
    }  # fmt: skip


@router.get("/documents/{uuid:document_id}/passages")
def read_passages(
    request: HttpRequest, document_id: uuid.UUID, page: int | None = None, chunk: int | None = None
) -> dict[str, Any]:
    """What was read of a page: of page `page`, or the one where passage `chunk` begins, which is then marked."""
    document = document_of(request, document_id)
    shown = reading.sheet(document, number=page, chunk_id=chunk)
    return {
        "document": document_to_wire(document) | {"library": str(document.library_id)},
        "page": shown.number,
        "pages": shown.count,
        "passages": [
            {
                "chunk": piece.chunk_id,
                "text": piece.text,
                "heading": piece.heading,
                "page": piece.page,
                "marked": piece.marked,
            }
            for piece in shown.pieces
        ],
    }


@router.get("/documents/{uuid:document_id}/file", response={200: None})
async def download_file(request: HttpRequest, document_id: uuid.UUID) -> HttpResponseBase:
    """The bytes as they were uploaded, or a range of them; to be kept and never shown as a page of this site."""
    document = await sync_to_async(document_of)(request, document_id)
    return downloads.answer(document, request.headers.get("Range", ""))


def document_to_wire(document: Document) -> dict[str, Any]:
    return {
        "id": str(document.pk),
        "name": document.name,
        "status": document.status,
        "stage": document.stage,
        "progress": document.fraction,
        "error": document.problem,
        "chunks": document.chunks_total,
        "chunks_done": document.chunks_done,
        "pages": document.pages,
        "size": document.size,
        "url": document.url or None,
        "path": document.path,
        "note": document.is_note,
        "superseded": document.superseded_at is not None,
        "pages_without_text": document.facts.get("without_text") or 0,
        "ocr": reads_pictures(document),
        "created_at": document.created_at.isoformat(),
    }


def library_of(request: HttpRequest, library_id: uuid.UUID, right: str = Right.READ) -> Library:
    """Through its door, for everything below /api; a library that is not there for this person is 404."""
    library = Library.objects.visible_to(request.auth, right).filter(pk=library_id).first()  # type: ignore[attr-defined]
    if library is None:
        raise Http404
    return library


def document_of(
    request: HttpRequest, document_id: uuid.UUID, library_id: uuid.UUID | None = None, right: str = Right.READ
) -> Document:
    found = Document.objects.visible_to(request.auth, right).filter(pk=document_id)  # type: ignore[attr-defined]
    document = (found if library_id is None else found.filter(library=library_id)).first()
    if document is None:
        raise Http404
    return document


def _name(body: LibraryName) -> str:
    name = documents.clean_line(body.name)
    if not name:
        raise HttpError(422, _("A library needs a name."))
    return name
