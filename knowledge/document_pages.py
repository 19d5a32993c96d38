"""The pages of one document: its text, its passages, its record; a note to be written. Forms work without script."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import notes, passage_edits, reading, recorder
from knowledge.documents import UploadRefused
from knowledge.embedding import EmbeddingUnavailable
from knowledge.index import IndexUnavailable
from knowledge.listing import reads_pictures
from knowledge.models import Chunk, Document, Library, Right
from knowledge.passage_edits import EditRefused

PASSAGES = 25


@login_required
@require_GET
def document(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """What was read of a document; `?page=` turns to a page, `?chunk=` marks a passage."""
    shown = _document(request, document_id, library_id)
    sheet = reading.sheet(shown, number=_number(request, "page"), chunk_id=_number(request, "chunk"))
    more = {"sheet": sheet, "sections": reading.by_heading(sheet.pieces)}
    return render(request, "knowledge/document.html", _context(request, shown, "text") | more)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def passages(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """What can be found of a document, piece by piece. POST changes one: `chunk`, and `text` or what `do` says."""
    right = Right.WRITE if request.method == "POST" else Right.READ
    shown = _document(request, document_id, library_id, right)
    if request.method == "POST":
        _change(request, shown)
        number = request.POST.get("page", "1")
        where = f"?page={int(number) if number.isdecimal() and len(number) < 8 else 1}#passage-{request.POST['chunk']}"
        address = redirect("document_passages", library_id, document_id)
        address["Location"] += where
        return address
    rows = shown.chunks.order_by("ordinal").defer("vector")
    page = Paginator(rows, PASSAGES).get_page(request.GET.get("page"))
    return render(request, "knowledge/passages.html", _context(request, shown, "passages") | {"page": page})


@login_required
@require_GET
def record(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """What happened to the file since it came."""
    shown = _document(request, document_id, library_id)
    entries = recorder.record_of(shown)
    report = "\n".join(f"{entry.at:%Y-%m-%d %H:%M:%S} {entry.text}" for entry in entries)
    more = {"entries": entries, "report": f"{shown.name}\n{report}"}
    return render(request, "knowledge/record.html", _context(request, shown, "record") | more)


@login_required
@require_GET
def find_document(request: HttpRequest, document_id: uuid.UUID) -> HttpResponse:
    """A citation knows the document alone; its page lies below its library."""
    found = _document(request, document_id)
    address = redirect("document", found.library_id, found.pk)
    if query := request.META.get("QUERY_STRING"):
        address["Location"] += f"?{query}"
    return address


@login_required
@require_POST
def delete_document(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    doomed = _document(request, document_id, library_id, Right.WRITE)
    doomed.delete()
    messages.success(request, _("“%(name)s” was removed.") % {"name": doomed.name})
    return redirect("library", library_id)


@login_required
@require_POST
def retry_document(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """With `ocr`, pages that are pictures are read too."""
    again = _document(request, document_id, library_id, Right.WRITE)
    again.retry(ocr="ocr" in request.POST and reads_pictures(again))
    return redirect("library", library_id)


@login_required
@require_POST
def cancel_document(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    _document(request, document_id, library_id, Right.WRITE).cancel()
    return redirect("library", library_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_note(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    """A note, or text that is pasted."""
    library = get_object_or_404(Library.objects.visible_to(request.user, Right.WRITE), pk=library_id)
    title, text = request.POST.get("title", ""), request.POST.get("text", "")
    if request.method == "POST":
        try:
            notes.add_note(library, title, text)
            return redirect("library", library.pk)
        except UploadRefused as refusal:
            messages.error(request, str(refusal))
    return render(request, "knowledge/note.html", {"library": library, "title": title, "text": text})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_note(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    note = _document(request, document_id, library_id, Right.WRITE)
    if not note.is_note:
        raise Http404
    title, text = request.POST.get("title", note.title), request.POST.get("text", "")
    if request.method == "POST":
        try:
            notes.change(note, title, text)
            messages.success(request, _("Saved. The note is being read again."))
            return redirect("library", library_id)
        except UploadRefused as refusal:
            messages.error(request, str(refusal))
    else:
        text = notes.text_of(note)
    context = {"library": note.library, "note": note, "title": title, "text": text}
    return render(request, "knowledge/note.html", context)


def _change(request: HttpRequest, shown: Document) -> None:
    key = request.POST.get("chunk", "")
    chunk = shown.chunks.filter(pk=key).first() if key.isdecimal() and len(key) < 16 else None
    if chunk is None or shown.status != Document.Status.READY:
        raise Http404
    chunk.document = shown
    do = request.POST.get("do", "")
    try:
        if do in ("off", "on"):
            passage_edits.switch(chunk, disabled=do == "off")
        else:
            passage_edits.edit(chunk, chunk.as_read[0] if do == "back" else request.POST.get("text", ""))
        messages.success(request, _("Saved."))
    except (EditRefused, EmbeddingUnavailable, IndexUnavailable) as error:
        messages.error(request, str(error))
    except Chunk.DoesNotExist:
        raise Http404 from None


def _context(request: HttpRequest, shown: Document, section: str) -> dict[str, Any]:
    writes = Library.objects.visible_to(request.user, Right.WRITE).filter(pk=shown.library_id).exists()
    return {
        "document": shown,
        "section": section,
        "writes": writes,
        "reads_pictures": writes and reads_pictures(shown),
        "remarks": recorder.notes_of(shown),
    }


def _document(
    request: HttpRequest, document_id: uuid.UUID, library_id: uuid.UUID | None = None, right: str = Right.READ
) -> Document:
    found = Document.objects.visible_to(request.user, right).select_related("library")
    return get_object_or_404(found if library_id is None else found.filter(library=library_id), pk=document_id)


def _number(request: HttpRequest, name: str) -> int | None:
    """A whole number from the address that a database can compare; anything else is as if it were not there."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
