"""/knowledge/…/radar/: what of a library is there twice, or said in two ways, and what is to become of it."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from knowledge.models import Document, Finding, Library, Print, Right
from knowledge.radar import deciding

MOST = 200  # findings that are shown


@dataclass
class Pair:
    """Two documents, and all that is found between them."""

    first: Document
    second: Document
    finding: Finding
    conflicts: list[Finding] = field(default_factory=list)

    @property
    def percent(self) -> int:
        return round(100 * self.finding.share)


@login_required
@require_GET
def radar(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    shown = _library(request, library_id)
    documents = Document.objects.filter(library=shown, status=Document.Status.READY)
    context: dict[str, Any] = {
        "library": shown,
        "section": "radar",
        "writes": shown.right != Right.READ,
        "pairs": _pairs(shown),
        "superseded": documents.exclude(superseded_at=None).select_related("superseded_by"),
        "ready": documents.count(),
        "looked": Print.objects.filter(document__in=documents).count(),
    }
    return render(request, "knowledge/radar.html", context)


@login_required
@require_POST
def decide(request: HttpRequest, library_id: uuid.UUID, finding_id: int) -> HttpResponse:
    """`do` is first or second (that one is superseded), or away."""
    shown = _library(request, library_id, Right.WRITE)
    row = get_object_or_404(Finding.objects.select_related("first", "second").filter(library=shown), pk=finding_id)
    match request.POST.get("do"):
        case "first":
            deciding.supersede(row.first, row.second)
            messages.success(request, _said(row.first))
        case "second":
            deciding.supersede(row.second, row.first)
            messages.success(request, _said(row.second))
        case "away":
            for one in Finding.objects.filter(library=shown, first=row.first, second=row.second):
                deciding.put_away(one)
            messages.success(request, _("Put away. The same is not shown again."))
    return redirect("library_radar", shown.pk)


@login_required
@require_POST
def take_back(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    shown = _library(request, library_id, Right.WRITE)
    document = Document.objects.filter(library=shown, pk=document_id).first()
    if document is None:
        raise Http404
    deciding.take_back(document)
    messages.success(request, _("“%(name)s” is found again.") % {"name": document.name})
    return redirect("library_radar", shown.pk)


def _said(document: Document) -> str:
    return _("“%(name)s” is superseded: nothing of it is found any more.") % {"name": document.name}


def _pairs(library: Library) -> list[Pair]:
    rows = Finding.objects.open().filter(library=library).select_related("first", "second").order_by("pk")
    pairs: dict[tuple[uuid.UUID, uuid.UUID], Pair] = {}
    for row in rows[: MOST * 5]:
        pair = pairs.setdefault((row.first_id, row.second_id), Pair(row.first, row.second, row))
        if row.kind == Finding.Kind.CONFLICT:
            pair.conflicts.append(row)
        else:
            pair.finding = row
    order: list[str] = [Finding.Kind.CONFLICT, Finding.Kind.VERSION, Finding.Kind.DUPLICATE]
    return sorted(pairs.values(), key=lambda one: (not one.conflicts, order.index(one.finding.kind)))[:MOST]


def _library(request: HttpRequest, library_id: uuid.UUID, right: str = Right.READ) -> Any:
    seen = Library.objects.visible_to(request.user, right).with_right(request.user).select_related("owner")
    return get_object_or_404(seen, pk=library_id)
