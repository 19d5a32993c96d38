"""The page of a library's test questions: what they gave over time, what changed, and the questions themselves."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge.golden import keeping, tables, watching
from knowledge.golden.keeping import NotKept
from knowledge.golden.measuring import Change, Difference, Outcome, compare
from knowledge.golden.plot import plot
from knowledge.models import Chunk, GoldenQuestion, GoldenRun, GoldenWatch, Library, Right

DRAWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A question, and what the newest run gave for it; None when none asked it yet."""

    row: GoldenQuestion
    outcome: Outcome | None

    @property
    def is_whole(self) -> bool:
        return self.outcome is not None and all(self.outcome.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A question that got better or worse, by its places before and after; 0: not sent."""

    row: GoldenQuestion
    change: Change


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    """POST runs them now (`do=run`), or takes a CSV file in (`file`)."""
    library = _library(request, library_id, Right.WRITE if request.method == "POST" else Right.READ)
    if request.method == "POST":
        _change(request, library)
        return redirect("library_questions", library.pk)
    rows = list(library.golden_questions.all())
    runs = list(library.golden_runs.all()[:DRAWN])
    last = watching.run_of(runs[0]) if runs else None
    difference = compare(watching.run_of(runs[1]), last) if last and len(runs) > 1 else Difference()
    by_key = {row.pk: row for row in rows}
    context: dict[str, Any] = {
        "library": library,
        "section": "questions",
        "writes": library.right != Right.READ,
        "lines": [Line(row=row, outcome=last.outcomes.get(row.pk) if last else None) for row in rows],
        "run": runs[0] if runs else None,
        "before": runs[1] if len(runs) > 1 else None,
        "better": _moved(difference.better, by_key),
        "worse": _moved(difference.worse, by_key),
        "plot": _plot(runs),
        "watch": GoldenWatch.objects.filter(library=library).first(),
    }
    return render(request, "knowledge/questions.html", context)


@login_required
@require_POST
def keep(request: HttpRequest, library_id: uuid.UUID) -> HttpResponse:
    """`chunk` answers `q`: kept with the library that the passage is in. Back to where it was said."""
    key = request.POST.get("chunk", "")
    found = Chunk.objects.filter(document__library__in=Library.objects.visible_to(request.user, Right.WRITE))
    chunk = found.select_related("document__library").filter(pk=key).first() if _is_number(key) else None
    if chunk is None:
        raise Http404
    user: Any = request.user
    try:
        keeping.keep(
            chunk.document.library, user, request.POST.get("q", ""), [keeping.expected_of(chunk.document, chunk.text)]
        )
        messages.success(request, _("Kept as a test question. It is asked after every change of the library."))
    except NotKept as refusal:
        messages.error(request, str(refusal))
    address = redirect("library_bench", library_id)
    if query := request.META.get("QUERY_STRING"):
        address["Location"] += f"?{query}"
    return address


@login_required
@require_POST
def remove(request: HttpRequest, library_id: uuid.UUID, question_id: int) -> HttpResponse:
    """With `place`, one of the passages it expects; without, the question."""
    library = _library(request, library_id, Right.WRITE)
    row = get_object_or_404(library.golden_questions, pk=question_id)
    place = request.POST.get("place", "")
    if _is_number(place):
        keeping.drop_expected(row, int(place))
    else:
        row.delete()
        messages.success(request, _("The test question was removed."))
    return redirect("library_questions", library.pk)


@login_required
@require_GET
def as_csv(request: HttpRequest, library_id: uuid.UUID) -> HttpResponseBase:
    library = _library(request, library_id)
    answer = StreamingHttpResponse(tables.lines(library), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="test-questions.csv"'
    return answer


def _change(request: HttpRequest, library: Library) -> None:
    user: Any = request.user
    if file := request.FILES.get("file"):
        try:
            kept = tables.take_in(library, user, file.read(tables.LARGEST + 1))
        except NotKept as refusal:
            messages.error(request, str(refusal))
            return
        told = ngettext("%d test question was taken in.", "%d test questions were taken in.", kept)
        messages.success(request, told % kept)
    elif request.POST.get("do") == "run":
        watching.want(library)
        messages.success(request, _("The questions are asked as soon as the server has a moment."))


def _moved(changes: tuple[Change, ...], rows: dict[int, GoldenQuestion]) -> list[Moved]:
    return [Moved(row=rows[change.key], change=change) for change in changes if change.key in rows]


def _plot(runs: list[GoldenRun]) -> Any:
    drawn = [(run.at, run.recall_sent, run.recall_1, run.get_cause_display()) for run in reversed(runs)]
    return plot(drawn) if len(drawn) > 1 else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16


def _library(request: HttpRequest, library_id: uuid.UUID, right: str = Right.READ) -> Any:
    seen = Library.objects.visible_to(request.user, right).with_right(request.user).select_related("owner")
    return get_object_or_404(seen, pk=library_id)
