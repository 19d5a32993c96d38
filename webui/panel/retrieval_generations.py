"""Generations on the page about retrieval: what is proposed, filled, compared, swapped, kept and dropped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from knowledge import embedding
from knowledge.embedding import EmbeddingUnavailable
from knowledge.generations import changing, proposing
from knowledge.generations.proposing import Need, NotPossible
from knowledge.models import Generation, RetrievalSettings
from webui.panel.base import administrator_required

_BADGES = {"serving": "ok", "ready": "ok", "filling": "warn", "proposed": "idle", "kept": "idle", "dropped": "idle"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A generation as the page tells it."""

    row: Generation
    state: str
    badge: str
    model: str
    place: str
    need: Need | None
    held: int
    documents: int
    as_before: int
    lost: int
    counts: dict[str, int]

    @property
    def missing(self) -> int:
        return self.documents - self.held

    @property
    def minutes(self) -> int:
        return max(1, round(self.need.seconds / 60)) if self.need else 0

    @property
    def is_busy(self) -> bool:
        return self.state in ("filling", "dropped")


def generations() -> list[Shown]:
    """Newest first; nothing while there was never a second one."""
    rows = [row for row in Generation.objects.all() if not row.cleared_at]
    return [_shown(row) for row in rows] if len(rows) > 1 or any(row.state == "proposed" for row in rows) else []


def offer(request: HttpRequest, chosen: RetrievalSettings) -> bool:
    """Propose what cannot simply be saved, because what is indexed would not fit it; whether that was so."""
    try:
        if not proposing.changes_anything(chosen):
            return False
        proposing.propose(chosen)
    except (NotPossible, EmbeddingUnavailable) as problem:
        messages.error(request, str(problem))
        return True
    messages.info(request, _("Tried out. What serves is not touched: look below at what the change needs, then begin."))
    return True


@administrator_required
def part(request: HttpRequest) -> HttpResponse:
    """What changes by itself while a generation is filled."""
    return render(request, "panel/_retrieval_generations.html", {"generations": generations()})


def _begin(row: Generation) -> str:
    proposing.begin(row)
    return _("Begun. A worker fills it while nothing else waits; what serves is not touched.")


def _swap(row: Generation) -> str:
    late = changing.swap(row.number)
    said = _("It serves now. What served before is kept, so that you can go back.")
    if late:
        said += " " + ngettext(
            "%(number)d document that it lacked is being read into it.",
            "%(number)d documents that it lacked are being read into it.",
            late,
        ) % {"number": late}
    return said


def _ask(row: Generation) -> str:
    changing.ask_again(row.number)
    return _("A worker asks the questions once more of both.")


def _drop(row: Generation) -> str:
    is_proposal = row.begun_at is None
    changing.drop(row.number)
    return _("Discarded.") if is_proposal else _("Dropped. A worker frees the room it takes.")


_ACTIONS: dict[str, Callable[[Generation], str]] = {"begin": _begin, "swap": _swap, "ask": _ask, "drop": _drop}


@administrator_required
@require_POST
def act(request: HttpRequest, generation_number: int, action: str) -> HttpResponse:
    row = get_object_or_404(Generation, number=generation_number)
    if action not in _ACTIONS:
        raise Http404
    try:
        messages.success(request, _ACTIONS[action](row))
    except (NotPossible, EmbeddingUnavailable) as problem:
        messages.error(request, str(problem))
    return redirect(f"{reverse('panel_retrieval')}#main")


def _shown(row: Generation) -> Shown:
    state = row.state
    held, documents = (0, 0) if state in ("proposed", "dropped") else proposing.held(row)
    as_before, lost = proposing.troubles(row)
    changes = row.comparison.get("changes", [])
    model, place = _where(row)
    return Shown(
        row=row,
        state=state,
        badge=_BADGES[state],
        model=model,
        place=place,
        need=proposing.need_of(row) if state == "proposed" else None,
        held=documents if state == "serving" else held,
        documents=documents,
        as_before=as_before,
        lost=lost,
        counts={kind: sum(1 for one in changes if one["kind"] == kind) for kind in ("better", "same", "worse")},
    )


def _where(row: Generation) -> tuple[str, str]:
    chosen: Any = RetrievalSettings(pk=1, embedding=row.embedding, embedding_model=row.embedding_model)
    try:
        source = embedding.endpoint_of(chosen)
    except EmbeddingUnavailable:
        return row.embedding_model or "–", ""
    return source.model, row.embedding_url or ("" if source.local else source.url)


urlpatterns: list[URLPattern] = [
    path("admin/retrieval/generations/", part, name="panel_retrieval_generations"),
    path("admin/retrieval/generations/<int:generation_number>/<str:action>/", act, name="panel_retrieval_generation"),
]
