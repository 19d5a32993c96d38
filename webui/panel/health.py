"""The health page: every part of the house with its state in words, and what to do about it; also as JSON.

Fast by rule: looks at servers and folders go side by side within a time limit (`health_probes`), model servers are told
by what was last seen of them, and the rest are a few small queries.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseProblem
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from knowledge import embedding
from knowledge.embedding import EmbeddingUnavailable
from knowledge.index_state import index_state
from providers import catalog
from webui.accounts.auth import key_for
from webui.accounts.auth import opens as key_opens
from webui.conf import conf
from webui.panel import health_backup, health_knowledge, health_models, health_program, health_storage, health_work
from webui.panel.base import administrator_required
from webui.panel.health_probes import ALONE, disk, document, folder_size, opens, redis_info, together
from webui.panel.health_vital import Section, Vital, worst

Look = Callable[[Mapping[str, Any]], Vital]
log = logging.getLogger(__name__)


@administrator_required
def health(request: HttpRequest) -> HttpResponse:
    """The page; `?part` is only what changes, `?format=json` is for programs."""
    sections = report()
    if request.GET.get("format") == "json":
        return JsonResponse(told(sections))
    vitals = [vital for section in sections for vital in section.vitals]
    context = {
        "section": "health",
        "sections": sections,
        "state": worst(vitals),
        "bad": [vital for vital in vitals if vital.is_bad],
        "now": timezone.now(),
    }
    return render(request, "panel/_health.html" if "part" in request.GET else "panel/health.html", context)


def health_api(request: HttpRequest) -> HttpResponse:
    """The same for a monitor: an administrator's session, or their API key; to everybody else it does not exist."""
    if not getattr(_caller(request), "is_superuser", False):
        return JsonResponse({"detail": _("There is nothing at this address.")}, status=404)
    return JsonResponse(told(report()))


def _caller(request: HttpRequest) -> object:
    """A request with a key is judged by it alone, as everywhere in /api."""
    if "Authorization" not in request.headers:
        return request.user if request.user.is_active else None
    scheme, _space, text = request.headers["Authorization"].partition(" ")
    key = key_for(text.strip()) if scheme.lower() == "bearer" else None
    return key.user if key and key_opens(key, request.method or "", request.path) else None


def told(sections: list[Section]) -> dict[str, Any]:
    vitals = [vital for section in sections for vital in section.vitals]
    return {
        "status": {"ok": "ok", "idle": "ok", "warn": "attention", "down": "degraded"}[worst(vitals)],
        "checked_at": timezone.now().isoformat(),
        "parts": {vital.key: {"name": vital.name, **vital.told()} for vital in vitals},
    }


def report() -> list[Section]:
    """All parts, looked at now. Never raises for one of them, and never waits for a model server."""
    found = together(_probes())

    def section(key: str, name: str, *looks: Look) -> Section:
        return Section(key=key, name=name, vitals=tuple(_safe(look, found) for look in looks))

    storage, knowledge, backup = health_storage, health_knowledge, health_backup.backup
    return [
        section("work", _("Work"), health_work.worker, health_work.answers),
        section("knowledge", _("Finding things"), knowledge.embedder, knowledge.index, knowledge.web_search),
        Section(key="models", name=_("Model servers"), vitals=_model_servers()),
        section("storage", _("Storage"), storage.database, storage.folder, storage.redis, storage.schema, backup),
        section("program", _("Program"), health_program.program, health_program.clock),
    ]


def _safe(look: Look, found: Mapping[str, Any]) -> Vital:
    try:
        return look(found)
    except (DatabaseProblem, OSError, ValueError, KeyError):
        log.exception("A part could not be looked at")
        return _unseen(look.__name__)


def _model_servers() -> tuple[Vital, ...]:
    try:
        catalog.refresh_if_stale()  # behind the page: what is shown now is what was seen before
        return tuple(health_models.connections())
    except DatabaseProblem:
        log.exception("The model servers could not be looked at")
        return (_unseen("connections", _("Model servers")),)


def _unseen(key: str, name: str = "") -> Vital:
    said, advice = _("It could not be looked at."), _("The server's log says why.")
    return Vital(key=key, name=name or key, state="down", said=said, advice=advice)


def _probes() -> dict[str, Callable[[], Any]]:
    probes: dict[str, Callable[[], Any]] = {
        "disk": lambda: disk(conf.data),
        "files": lambda: folder_size(Path(settings.FILE_ROOT)),
        "chroma_folder": lambda: folder_size(conf.data / "chroma"),
    }
    if connection.vendor == "sqlite":
        place = Path(str(settings.DATABASES["default"]["NAME"])).parent
        probes["database_disk"] = lambda: disk(place)
    if conf.redis_url:
        probes["redis"] = redis_info
    if conf.chroma_url:
        probes["chroma"] = lambda: index_state(conf.chroma_url, document, seconds=ALONE)
    try:
        source = embedding.endpoint()
    except (EmbeddingUnavailable, DatabaseProblem):
        return probes
    if source.local:
        probes["embedder"] = lambda: document(f"{conf.embedder_url}/healthz")
    else:
        probes["embedder_opens"] = lambda: opens(source.url)
    return probes


urlpatterns: list[URLPattern] = [
    path("admin/health/", health, name="panel_health"),
    path("api/health", health_api, name="health_api"),
]
