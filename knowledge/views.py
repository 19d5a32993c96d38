"""The pages of libraries: the list, one library, one document as it was read. Forms work without script."""

import uuid
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import documents, reading
from knowledge.api import document_to_wire
from knowledge.documents import UploadRefused
from knowledge.models import Document, Library, LibraryShare, Right
from knowledge.parsing import KINDS, READERS
from knowledge.passages import Passage, RetrievalError
from webui.conf import conf

RESULTS = 10
LONGEST_NAME = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def libraries(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        if name := documents.clean_line(request.POST.get("name", ""))[:LONGEST_NAME]:
            library = Library.objects.create(owner=request.user, name=name)  # type: ignore[misc]
            return redirect("library", library.pk)
        messages.error(request, _("A library needs a name."))
        return redirect("libraries")
    seen = Library.objects.visible_to(request.user).with_right(request.user).select_related("owner")
    counted = seen.annotate(
        count=Count("documents"),
        ready=Count("documents", filter=Q(documents__status=Document.Status.READY)),
        failed=Count("documents", filter=Q(documents__status=Document.Status.FAILED)),
    )
    shared = set(LibraryShare.objects.filter(library__owner=request.user.pk).values_list("library_id", flat=True))
    rows = list(counted)
    context = {
        "libraries": rows,
        "mine": [one for one in rows if one.right == Right.OWN],
        "others": [one for one in rows if one.right != Right.OWN],
        "shared": shared,
    }
    return render(request, "knowledge/libraries.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def library(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    """One library: its documents, a search in it (`?q=`), and where new files arrive."""
    shown = _library(request, library_id, Right.WRITE if request.method == "POST" else Right.READ)
    if request.method == "POST":
        _take_in(request, shown)
        return redirect("library", shown.pk)
    question = request.GET.get("q", "").strip()[:2000]
    rows = list(shown.documents.all())
    writes = shown.right != Right.READ
    context: dict[str, Any] = {
        "library": shown,
        "writes": writes,
        "owns": shown.right == Right.OWN,
        "documents": rows,
        "wire": {
            "library": str(shown.pk),
            "limit_mb": conf.max_upload_mb,
            "writes": writes,
            "documents": [*map(document_to_wire, rows)],
        },
        "kinds": KINDS,
        "accept": ",".join(f".{extension}" for extension in READERS),
        "limit_mb": conf.max_upload_mb,
        "question": question,
    }
    if question:
        context |= _found(request, shown, question)
    return render(request, "knowledge/library.html", context)


@login_required
@require_POST
def rename(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    renamed = _library(request, library_id, Right.OWN)
    if name := documents.clean_line(request.POST.get("name", ""))[:LONGEST_NAME]:
        renamed.name = name
        renamed.save(update_fields=["name"])
    else:
        messages.error(request, _("A library needs a name."))
    return redirect("library", renamed.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    """Asks first: everything in it goes, and nothing brings it back."""
    doomed = _library(request, library_id, Right.OWN)
    if request.method == "POST":
        doomed.delete()
        messages.success(request, _("The library “%(name)s” was deleted.") % {"name": doomed.name})
        return redirect("libraries")
    return render(request, "knowledge/library_delete.html", {"library": doomed, "count": doomed.documents.count()})


@login_required
@require_GET
def document(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """What was read of a document; `?page=` turns to a page, `?chunk=` marks a passage."""
    shown = _document(request, document_id, library_id)
    sheet = reading.sheet(shown, number=_number(request, "page"), chunk_id=_number(request, "chunk"))
    context = {"document": shown, "sheet": sheet, "sections": reading.by_heading(sheet.pieces)}
    return render(request, "knowledge/document.html", context)


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
    _document(request, document_id, library_id, Right.WRITE).retry()
    return redirect("library", library_id)


def _take_in(request: HttpRequest, library: Library) -> None:
    """The files and the address of a plain form; each says what became of it."""
    known, taken = [], 0
    for file in request.FILES.getlist("file"):
        try:
            found, created = documents.add_file(library, file.name or "", file)
        except UploadRefused as refusal:
            messages.error(request, f"{documents.clean_name(file.name or '')}: {refusal}")
            continue
        taken += created
        known += [] if created else [found.name]
    if url := request.POST.get("url", "").strip():
        taken += _take_page(request, library, url)
    if taken:
        messages.success(request, ngettext("%d document was added.", "%d documents were added.", taken) % taken)
    for name in known:
        messages.info(request, _("This library already has this file, as “%(name)s”.") % {"name": name})


def _take_page(request: HttpRequest, library: Library, url: str) -> bool:
    try:
        name, body, address = async_to_sync(documents.fetch_page)(url, user_id=request.user.pk or 0)
        return documents.add_file(library, name, body, url=address)[1]
    except UploadRefused as refusal:
        messages.error(request, str(refusal))
        return False


def _found(request: HttpRequest, library: Library, question: str) -> dict[str, Any]:
    from knowledge.retrieval import find_passages

    user: Any = request.user
    found: list[Passage] = []
    problem = ""
    try:
        found = async_to_sync(find_passages)(question, user, [library.pk], limit=RESULTS, characters=RESULTS * 1000)
    except RetrievalError as error:
        problem = str(error)
    return {"results": found, "problem": problem}


def _library(request: HttpRequest, library_id: uuid.UUID, right: str = Right.READ) -> Any:
    seen = Library.objects.visible_to(request.user, right).with_right(request.user).select_related("owner")
    return get_object_or_404(seen, pk=library_id)


def _document(
    request: HttpRequest, document_id: uuid.UUID, library_id: uuid.UUID | None = None, right: str = Right.READ
) -> Document:
    found = Document.objects.visible_to(request.user, right).select_related("library")
    return get_object_or_404(found if library_id is None else found.filter(library=library_id), pk=document_id)


def _number(request: HttpRequest, name: str) -> int | None:
    """A whole number from the address that a database can compare; anything else is as if it were not there."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
