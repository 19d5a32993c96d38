"""The page on which a search is looked at: every passage with its ranks, and why one that was expected is missing."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from knowledge.explaining import rewording
from knowledge.explaining.trace import Fate, Step
from knowledge.models import Document, Library, Right
from knowledge.passages import RetrievalError

LONGEST = 2000
MOST_LIBRARIES, MOST_NAMES, FIRST_SHOWN = 20, 500, 24

LABELS = {
    Fate.SENT: (gettext_lazy("sent"), "ok"),
    Fate.JOINED: (gettext_lazy("sent within %(number)s"), "ok"),
    Fate.DUPLICATE: (gettext_lazy("the same as %(number)s"), "plain"),
    Fate.NO_ROOM: (gettext_lazy("no room left"), "warn"),
    Fate.FLOOR: (gettext_lazy("below the floor"), "plain"),
    Fate.UNJUDGED: (gettext_lazy("too far down"), "plain"),
    Fate.OFF: (gettext_lazy("switched off"), "error"),
    Fate.NOT_READY: (gettext_lazy("document not ready"), "error"),
    Fate.SUPERSEDED: (gettext_lazy("superseded"), "error"),
    Fate.GONE: (gettext_lazy("not there any more"), "error"),
}
STEPS = {
    "embedding": gettext_lazy("question to vector"),
    "meaning": gettext_lazy("by meaning"),
    "words": gettext_lazy("by words"),
    "judging": gettext_lazy("reading and judging"),
    "reranking": gettext_lazy("reranking"),
    "packing": gettext_lazy("packing"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A candidate with what the page says of its fate."""

    one: Any
    label: str
    tone: str


@login_required
@require_GET
def bench_page(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    """`q` is asked of the library, and of those in `with`; `model` rewords it; `document` (with `phrase` or `chunk`)
    is what ought to have been found."""
    library = _library(request, library_id)
    others = list(Library.objects.visible_to(request.user).exclude(pk=library.pk)[:200])
    chosen = [one for one in others if str(one.pk) in request.GET.getlist("with")][:MOST_LIBRARIES]
    question = request.GET.get("q", "").strip()[:LONGEST]
    context: dict[str, Any] = {
        "library": library,
        "section": "bench",
        "writes": library.right != Right.READ,
        "others": others,
        "chosen": {one.pk for one in chosen},
        "question": question,
        "named": request.GET.get("document", "").strip()[:255],
        "phrase": request.GET.get("phrase", "").strip()[:1000],
        "names": library.documents.order_by("name").values_list("name", flat=True)[:MOST_NAMES],
        "models": rewording.models_for(request.user),
        "model": request.GET.get("model", ""),
    }
    if question:
        try:
            context |= _searched(request, question, [library, *chosen])
        except RetrievalError as error:
            context["problem"] = str(error)
    return render(request, "knowledge/bench.html", context)


@login_required
@require_POST
def reread(request: HttpRequest, library_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """A ready document is read once more, for instance because another model embeds now."""
    found = Document.objects.visible_to(request.user, Right.WRITE).filter(library=library_id)
    get_object_or_404(found, pk=document_id).read_again()
    return redirect("library", library_id)


def _searched(request: HttpRequest, question: str, libraries: Sequence[Library]) -> dict[str, Any]:
    from knowledge.explaining import bench, why

    user: Any = request.user
    ids = [one.pk for one in libraries]
    queries = rewording.queries_for(user, request.GET.get("model", ""), question, ids)
    seen = bench.search(question, user, ids, queries=queries)
    hits = [_hit(one) for one in seen.candidates]
    context: dict[str, Any] = {
        "bench": seen,
        "shown": hits[:FIRST_SHOWN],
        "rest": hits[FIRST_SHOWN:],
        "steps": _steps(seen.steps),
        "milliseconds": 1000 * next((step.seconds for step in seen.steps if step.name == "all"), 0.0),
        "troubles": seen.trace.troubles.values(),
        "several": len(libraries) > 1,
    }
    named, chunk = request.GET.get("document", "").strip()[:255], request.GET.get("chunk", "")
    if named:
        context["verdict"] = why.why(
            seen, user, libraries, named=named, phrase=request.GET.get("phrase", "").strip()[:1000],
            chunk_id=int(chunk) if chunk.isascii() and chunk.isdecimal() and len(chunk) < 16 else 0,
        )  # fmt: skip
    return context


def _hit(one: Any) -> Hit:
    label, tone = LABELS[one.fate]
    return Hit(one=one, label=str(label) % {"number": one.number}, tone=tone)


def _steps(steps: Sequence[Step]) -> list[tuple[str, float]]:
    """(what, milliseconds): of queries that ran side by side the slowest."""
    slowest: dict[str, float] = {}
    for step in steps:
        slowest[step.name] = max(slowest.get(step.name, 0.0), 1000 * step.seconds)
    return [(str(label), slowest[name]) for name, label in STEPS.items() if name in slowest]


def _library(request: HttpRequest, library_id: uuid.UUID) -> Any:
    seen = Library.objects.visible_to(request.user).with_right(request.user).select_related("owner")
    return get_object_or_404(seen, pk=library_id)
