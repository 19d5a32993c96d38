"""Web search: the switch, who may use it, what may be read, and the engines in the order in which they are asked."""

import time
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from knowledge.models import SearchEngine
from knowledge.passages import SearchError
from knowledge.web.asking import Attempt
from knowledge.web.configuration import EngineInUse, configured, in_use, stored
from knowledge.web.engines import ENGINES, KEYLESS
from knowledge.web.search import EnginesFailed, PageOutcome, try_out
from webui.crypto import SecretUnreadable
from webui.panel.base import administrator_required
from webui.panel.search_forms import EngineForm, SettingsForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One test search, as the page shows it."""

    question: str
    seconds: float
    engine: str = ""
    pages: tuple[PageOutcome, ...] = ()
    passages: int = 0
    problem: str = ""
    attempts: tuple[Attempt, ...] = ()

    @property
    def quota(self) -> str:
        return next((attempt.quota for attempt in self.attempts if attempt.quota), "")


@administrator_required
def search(request: HttpRequest) -> HttpResponse:
    form = SettingsForm(request.POST or None, instance=stored())
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("panel_search")
    return _page(request, form)


@administrator_required
@require_POST
def test_all(request: HttpRequest) -> HttpResponse:
    """A search as people's are: all engines in their order."""
    return _page(request, SettingsForm(instance=stored()), _try_out(request, None))


@administrator_required
@require_POST
def without_key(request: HttpRequest) -> HttpResponse:
    """All that can be asked without a key, in one step, and a first search that shows whether it works."""
    there = set(SearchEngine.objects.values_list("kind", flat=True))
    last = SearchEngine.objects.aggregate(last=Max("position"))["last"] or 0
    kinds = [kind for kind in KEYLESS if kind not in there and ENGINES[kind].is_installed]
    for position, kind in enumerate(kinds, start=last + 1):
        SearchEngine.objects.create(kind=kind, position=position)
    return _page(request, SettingsForm(instance=stored()), _try_out(request, None))


@administrator_required
def add(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    if kind not in ENGINES:
        raise Http404
    last = SearchEngine.objects.aggregate(last=Max("position"))["last"] or 0
    return _engine(request, SearchEngine(kind=kind, position=last + 1))


@administrator_required
def engine(request: HttpRequest, engine_id: int) -> HttpResponse:
    return _engine(request, _row(engine_id))


@administrator_required
@require_POST
def move(request: HttpRequest, engine_id: int) -> HttpResponse:
    """One place up or down in the order in which they are asked."""
    rows = list(SearchEngine.objects.all())
    place = next((place for place, row in enumerate(rows) if row.pk == engine_id), None)
    if place is None:
        raise Http404
    other = place + (1 if "down" in request.POST else -1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows):
        row.position = position
    SearchEngine.objects.bulk_update(rows, ["position"])
    return redirect("panel_search")


@administrator_required
@require_POST
def remove(request: HttpRequest, engine_id: int) -> HttpResponse:
    row = _row(engine_id)
    row.delete()
    messages.success(request, _("%(name)s is removed, with its key.") % {"name": row.name or ENGINES[row.kind].name})
    return redirect("panel_search")


def _row(engine_id: int) -> SearchEngine:
    return get_object_or_404(SearchEngine, pk=engine_id, kind__in=ENGINES)


def _page(request: HttpRequest, form: SettingsForm, trial: Trial | None = None) -> HttpResponse:
    rows = [row for row in SearchEngine.objects.all() if row.kind in ENGINES]
    context = {
        "section": "search",
        "form": form,
        "trial": trial,
        "engines": [(row, in_use(row)) for row in rows],
        "from_environment": [one for one in configured().engines if one.row is None],
        "kinds": [(kind, entry) for kind, entry in ENGINES.items()],
    }
    return render(request, "panel/search.html", context)


def _engine(request: HttpRequest, row: SearchEngine) -> HttpResponse:
    form, trial = EngineForm(request.POST or None, instance=row), None
    if request.method == "POST" and form.is_valid():
        row = form.save()
        if "test" not in request.POST:
            messages.success(request, _("Saved."))
            return redirect("panel_search")
        trial = _try_out(request, in_use(row))
        form = EngineForm(instance=row)
    context = {"section": "search", "form": form, "trial": trial, "row": row, **_key_state(row)}
    return render(request, "panel/search_engine.html", context)


def _try_out(request: HttpRequest, engine: EngineInUse | None) -> Trial:
    question = request.POST.get("question", "").strip()[:200] or _("What is a search engine?")
    started = time.monotonic()
    try:
        found = async_to_sync(try_out)(question, user_id=int(request.user.pk or 0), engine=engine)
    except SearchError as error:
        tried = tuple(error.attempts) if isinstance(error, EnginesFailed) else ()
        return Trial(question=question, seconds=time.monotonic() - started, problem=str(error), attempts=tried)
    return Trial(
        question=question,
        seconds=found.seconds,
        engine=found.engine or ", ".join(attempt.engine for attempt in found.attempts),
        pages=tuple(found.pages),
        passages=len(found.passages),
        attempts=tuple(found.attempts),
    )


def _key_state(row: SearchEngine) -> dict[str, Any]:
    """Where the key in use comes from, and as much of it as tells two keys apart."""
    entry = ENGINES[row.kind]
    given = entry.from_environment()
    known = {"default_address": given.base_url or entry.address}
    try:
        key = SearchEngine.objects.get(pk=row.pk).api_key if row.pk else ""
    except SecretUnreadable as error:
        return {**known, "key_problem": str(error)}
    from_environment = bool(given.api_key) and row.base_url in ("", given.base_url)
    return {
        **known,
        "stored_key_ends": key[-4:] if len(key) >= 12 else "",
        "has_stored_key": bool(key),
        "key_from_environment": from_environment and not key,
    }


urlpatterns: list[URLPattern] = [
    path("admin/search/", search, name="panel_search"),
    path("admin/search/test/", test_all, name="panel_search_test"),
    path("admin/search/without-key/", without_key, name="panel_search_without_key"),
    path("admin/search/add/", add, name="panel_search_add"),
    path("admin/search/<int:engine_id>/", engine, name="panel_search_engine"),
    path("admin/search/<int:engine_id>/move/", move, name="panel_search_move"),
    path("admin/search/<int:engine_id>/remove/", remove, name="panel_search_remove"),
]
