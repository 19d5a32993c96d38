"""/api/documents/…/chunks: the passages of a document as they are found; each can be changed or switched off."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from knowledge import passage_edits
from knowledge.api import document_of
from knowledge.embedding import EmbeddingUnavailable
from knowledge.index import IndexUnavailable
from knowledge.models import Chunk, Document, Right
from knowledge.passage_edits import EditRefused

A_PAGE = 50
router = Router(tags=["libraries"])


class Change(Schema):
    """What is left out stays as it is. `text` null takes a change back."""

    text: str | None = Field(None, max_length=20_000)
    disabled: bool | None = None


@router.get("/documents/{uuid:document_id}/chunks")
def list_chunks(request: HttpRequest, document_id: uuid.UUID, page: int = 1) -> dict[str, Any]:
    document = document_of(request, document_id)
    first = (max(page, 1) - 1) * A_PAGE
    rows = document.chunks.order_by("ordinal").defer("vector")[first : first + A_PAGE]
    return {"total": document.chunks_total, "page": max(page, 1), "chunks": [chunk_to_wire(row) for row in rows]}


@router.patch("/documents/{uuid:document_id}/chunks/{int:chunk_id}")
def change_chunk(request: HttpRequest, document_id: uuid.UUID, chunk_id: int, body: Change) -> dict[str, Any]:
    """Change what a passage says, which embeds this one alone again, or switch it off. Wants the right to write."""
    document = document_of(request, document_id, right=Right.WRITE)
    chunk = document.chunks.filter(pk=chunk_id).first()
    if chunk is None or document.status != Document.Status.READY:
        raise Http404
    chunk.document = document
    try:
        if "text" in body.model_fields_set:
            passage_edits.edit(chunk, chunk.as_read[0] if body.text is None else body.text)
        if body.disabled is not None:
            passage_edits.switch(chunk, disabled=body.disabled)
    except EditRefused as refusal:
        raise HttpError(422, str(refusal)) from None
    except (EmbeddingUnavailable, IndexUnavailable) as error:
        raise HttpError(503, str(error)) from None
    except Chunk.DoesNotExist:
        raise Http404 from None
    chunk.refresh_from_db()
    return chunk_to_wire(chunk)


def chunk_to_wire(chunk: Chunk) -> dict[str, Any]:
    return {
        "id": chunk.pk,
        "number": chunk.ordinal + 1,
        "text": chunk.text,
        "heading": chunk.heading,
        "page": chunk.page,
        "disabled": chunk.disabled,
        "edited": chunk.original is not None,
        "as_read": chunk.as_read[0],
    }
