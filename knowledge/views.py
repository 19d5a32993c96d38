"""The pages of libraries: the list of them, and one library. Forms work without script."""

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
from django.views.decorators.http import require_http_methods, require_POST

from knowledge import archives, documents, intake_jobs
from knowledge.api import document_to_wire
from knowledge.documents import UploadRefused
from knowledge.listing import Wanted, failed_of, listing
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
    found = listing(shown, _wanted(request))
    jobs = intake_jobs.shown_of(shown)
    writes = shown.right != Right.READ
    context: dict[str, Any] = {
        "library": shown,
        "writes": writes,
        "owns": shown.right == Right.OWN,
        "list": found,
        "documents": found.documents,
        "jobs": jobs,
        "wanted": _wanted(request),
        "wire": {
            "library": str(shown.pk),
            "limit_mb": conf.max_upload_mb,
            "writes": writes,
            "page": found.number,
            "pages": found.pages,
            "counts": found.counts,
            "documents": [*map(document_to_wire, found.documents)],
            "jobs": [*map(intake_jobs.to_wire, jobs)],
        },
        "kinds": KINDS,
        "accept": ",".join([*(f".{extension}" for extension in READERS), *archives.ENDINGS]),
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
@require_POST
def retry_all(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    """All that failed for the same reason, named by `cause`; with `ocr`, pictures are read as well."""
    shown = _library(request, library_id, Right.WRITE)
    failed = failed_of(shown, request.POST.get("cause", ""))
    again = sum(document.retry(ocr="ocr" in request.POST) for document in failed)
    messages.success(request, ngettext("%d document is read again.", "%d documents are read again.", again) % again)
    return redirect("library", library_id)


@login_required
@require_POST
def put_job_away(request: HttpRequest, library_id: uuid.UUID, job_number: int) -> HttpResponse:
    """Cancels an archive or a site, or takes a finished one from the list."""
    intake_jobs.put_away(_library(request, library_id, Right.WRITE), job_number)
    return redirect("library", library_id)


def _wanted(request: HttpRequest) -> Wanted:
    number = request.GET.get("page", "")
    return Wanted(
        number=int(number) if number.isascii() and number.isdecimal() and len(number) < 8 else 1,
        state=request.GET.get("state", "")[:10],
        name=request.GET.get("name", "").strip()[:200],
    )


def _take_in(request: HttpRequest, library: Library) -> None:
    """The files and the addresses of a plain form; each says what became of it."""
    known, taken = [], 0
    user: Any = request.user
    for file in request.FILES.getlist("file"):
        name = file.name or ""
        try:
            if archives.is_archive(name):
                intake_jobs.add_archive(library, user, name, file)
                continue
            found, created = documents.add_file(library, name, file)
        except UploadRefused as refusal:
            messages.error(request, f"{documents.clean_name(name)}: {refusal}")
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
    user: Any = request.user
    try:
        if "site" in request.POST:
            depth, pages = (_number(request, name, usual) for name, usual in (("depth", 2), ("pages", 50)))
            intake_jobs.add_site(library, user, url, depth=depth, pages=pages)
            return False
        name, body, address = async_to_sync(documents.fetch_page)(url, user_id=user.pk)
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


def _number(request: HttpRequest, name: str, usual: int) -> int:
    given = request.POST.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else usual
