"""How far a library's documents are, and what can be done about it: cancel, try again one, or all with one cause."""

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from knowledge import intake_jobs, recorder
from knowledge.api import document_of, document_to_wire, library_of
from knowledge.listing import Wanted, failed_of, listing, reads_pictures
from knowledge.models import Right

router = Router(tags=["libraries"])


class Again(Schema):
    """`cause` is the stored sentence of a failure; empty means all that failed. `ocr` reads pages that are pictures."""

    cause: str = Field("", max_length=2000)
    ocr: bool = False


@router.get("/libraries/{uuid:library_id}/progress")
def progress(
    request: HttpRequest, library_id: uuid.UUID, page: int = 1, state: str = "", name: str = ""
) -> dict[str, Any]:
    """A page of the documents with how far each is, how many are in which state, and what goes on besides."""
    library = library_of(request, library_id)
    found = listing(library, Wanted(number=page, state=state, name=name[:200]))
    return {
        "counts": found.counts,
        "page": found.number,
        "pages": found.pages,
        "documents": [document_to_wire(document) for document in found.documents],
        "causes": [
            {"key": one.key, "text": one.text, "count": one.count, "ocr": one.reads_pictures} for one in found.causes
        ],
        "jobs": [intake_jobs.to_wire(job) for job in intake_jobs.shown_of(library)],
    }


@router.post("/libraries/{uuid:library_id}/documents/{uuid:document_id}/cancel", response={202: dict[str, Any]})
def cancel_document(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> Status[dict[str, Any]]:
    """Stop reading a document; what is ready stays as it is."""
    document = document_of(request, document_id, library_id, Right.WRITE)
    document.cancel()
    return Status(202, document_to_wire(document))


@router.post("/libraries/{uuid:library_id}/documents/{uuid:document_id}/ocr", response={202: dict[str, Any]})
def read_pictures(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> Status[dict[str, Any]]:
    """Read it once more, pages that are pictures too."""
    document = document_of(request, document_id, library_id, Right.WRITE)
    if reads_pictures(document):
        document.retry(ocr=True)
    return Status(202, document_to_wire(document))


@router.post("/libraries/{uuid:library_id}/retry", response={202: dict[str, Any]})
def retry_all(request: HttpRequest, library_id: uuid.UUID, body: Again) -> Status[dict[str, Any]]:
    """Read again all that failed for one reason."""
    library = library_of(request, library_id, Right.WRITE)
    again = [document for document in failed_of(library, body.cause) if document.retry(ocr=body.ocr)]
    return Status(202, {"queued": len(again)})


@router.delete("/libraries/{uuid:library_id}/jobs/{int:job_number}", response={204: None})
def cancel_job(request: HttpRequest, library_id: uuid.UUID, job_number: int) -> Status[None]:
    """Stop unpacking an archive or fetching a site, or put a finished one away; documents that were made stay."""
    intake_jobs.put_away(library_of(request, library_id, Right.WRITE), job_number)
    return Status(204, None)


@router.get("/documents/{uuid:document_id}/record")
def record(request: HttpRequest, document_id: uuid.UUID) -> dict[str, Any]:
    """What happened to a file since it came, step by step."""
    document = document_of(request, document_id)
    steps = [
        {"at": entry.at.isoformat(), "text": entry.text, "trouble": entry.is_trouble}
        for entry in recorder.record_of(document)
    ]
    return {"document": document_to_wire(document), "steps": steps, "notes": recorder.notes_of(document)}
