"""The long work on Ollama servers as the panel shows it: how far each job is, cancel, again."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from providers.models import Connection, OllamaJob
from providers.ollama_admin import jobs, uploads
from providers.ollama_admin.advice import sentence
from providers.ollama_admin.host import OllamaHost
from webui.accounts.models import User
from webui.panel.base import administrator_required

Work = Callable[[OllamaHost], Awaitable[None]]
SHOWN_FOR = timedelta(days=1)
MOST_SHOWN = 30
BADGES = {"done": "badge--ok", "failed": "badge--error", "interrupted": "badge--warn", "running": "badge--busy"}


def host_or_404(connection_id: UUID) -> Connection:
    return get_object_or_404(Connection, pk=connection_id, kind=Connection.Kind.OLLAMA)


def host_path(row: Connection) -> str:
    return reverse("panel_ollama_host", args=[row.pk])


def started(request: HttpRequest, job: OllamaJob) -> OllamaJob:
    job.started_by = cast(User, request.user)
    return jobs.start(job)


def context(row: Connection) -> dict[str, Any]:
    """The jobs of a day, those under way first."""
    recent = row.ollama_jobs.filter(created_at__gt=timezone.now() - SHOWN_FOR) | row.ollama_jobs.active()
    found = list(recent.distinct()[:MOST_SHOWN])
    found.sort(key=lambda job: not job.is_active)
    views = [_view(job) for job in found]
    return {"jobs": views, "working": any(view["active"] for view in views)}


@administrator_required
def state(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """For the page that is open: numbers as JSON, or with `?part` the whole section."""
    row = host_or_404(connection_id)
    jobs.attend(row.pk)
    shown = context(row)
    if "part" in request.GET:
        return render(request, "panel/_ollama_jobs.html", {"connection": row, **shown})
    return JsonResponse({"working": shown["working"], "jobs": shown["jobs"]})


@administrator_required
@require_POST
def cancel(request: HttpRequest, connection_id: UUID, job_id: UUID) -> HttpResponse:
    row = host_or_404(connection_id)
    job = get_object_or_404(row.ollama_jobs, pk=job_id)
    job.wish_cancel()
    job.refresh_from_db()
    if job.state == OllamaJob.State.CANCELLED:
        uploads.remove(job)
    return redirect(f"{host_path(row)}#jobs")


@administrator_required
@require_POST
def again(request: HttpRequest, connection_id: UUID, job_id: UUID) -> HttpResponse:
    row = host_or_404(connection_id)
    job = get_object_or_404(row.ollama_jobs, pk=job_id)
    if job.again():
        jobs.attend(row.pk)
    return redirect(f"{host_path(row)}#jobs")


def _view(job: OllamaJob) -> dict[str, Any]:
    """A job in words and numbers; the template and the script show the same."""
    return {
        "id": str(job.pk),
        "model": job.model,
        "what": str(job.get_kind_display()),
        "state": job.state,
        "label": str(job.get_state_display()),
        "badge": BADGES.get(job.state, ""),
        "active": job.is_active or job.state == OllamaJob.State.UPLOADING,
        "again": job.state in ("failed", "cancelled", "interrupted"),
        "cancelling": job.cancel_wished and job.is_active,
        "percent": job.percent,
        "done": job.done_bytes,
        "total": job.total_bytes,
        "step": _step(job),
        "problem": sentence(job.problem_code, job.problem_said),
    }


def _step(job: OllamaJob) -> str:
    """What is being done, in the reader's words as far as they are known."""
    if job.state == OllamaJob.State.UPLOADING:
        return _("arriving from the browser")
    step = job.step.partition(":")[0]
    if step.startswith("pulling ") and step != "pulling manifest":
        return _("receiving")
    known = {
        "pulling manifest": _("looking for it"),
        "verifying sha256 digest": _("checking what arrived"),
        "writing manifest": _("nearly done"),
        "success": "",
        "loading": _("into the memory"),
        "checking": _("computing the checksum"),
        "sending": _("handing it to the Ollama server"),
        "parsing GGUF": _("reading the model"),
    }
    return known.get(step, job.step)


_JOBS = "admin/ollama/<uuid:connection_id>/jobs/"
urlpatterns: list[URLPattern] = [
    path(_JOBS, state, name="panel_ollama_jobs"),
    path(f"{_JOBS}<uuid:job_id>/cancel/", cancel, name="panel_ollama_cancel"),
    path(f"{_JOBS}<uuid:job_id>/again/", again, name="panel_ollama_again"),
]
