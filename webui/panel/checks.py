"""The seven checks of a model: begin them, watch them, read and print what they found, compare with an earlier run."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from providers.checks import jobs, wording
from providers.checks.asking import MOST_AT_ONCE
from providers.models import CheckRun, Model
from webui.accounts.models import User
from webui.panel.base import administrator_required
from webui.panel.checks_shown import BADGES, checks_of, counts, line_of

MOST_SHOWN = 30
LENGTHS = ((15, _("15 seconds")), (60, _("a minute")), (300, _("5 minutes")), (900, _("15 minutes")))


class LoadForm(forms.Form):
    """How much is asked of the server; the beginning is small."""

    at_once = forms.IntegerField(label=_("Several at once"), min_value=1, max_value=MOST_AT_ONCE, initial=4)
    long_seconds = forms.TypedChoiceField(label=_("Long run"), coerce=int, choices=LENGTHS, initial=60)
    questions = forms.IntegerField(label=_("Questions for the latency"), min_value=2, max_value=50, initial=5)


@administrator_required
def checks(request: HttpRequest, model_id: int) -> HttpResponse:
    """The runs of a model so far, and the button for another."""
    model = _model(model_id)
    jobs.attend(model.connection_id)
    form = LoadForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        run = model.check_runs.active().first() or jobs.start(
            CheckRun(model=model, started_by=cast(User, request.user), **form.cleaned_data)
        )
        return redirect("panel_check_run", model.pk, run.pk)
    runs = model.check_runs.select_related("started_by")[:MOST_SHOWN]
    context = {
        "section": "models",
        "model": model,
        "form": form,
        "lines": [line_of(run) for run in runs],
        "names": wording.NAMES.values(),
        "about": [(wording.NAMES[key], wording.ABOUT[key]) for key in wording.NAMES],
        "active": model.check_runs.active().first(),
        "most_at_once": MOST_AT_ONCE,
    }
    return render(request, "panel/checks.html", context)


@administrator_required
def check_run(request: HttpRequest, model_id: int, run_id: UUID) -> HttpResponse:
    """One run; `?with=` is the run to compare it with, `?part` only what changes while it goes on."""
    model = _model(model_id)
    jobs.attend(model.connection_id)
    run = get_object_or_404(model.check_runs.select_related("started_by"), pk=run_id)
    others = model.check_runs.filter(created_at__lt=run.created_at).exclude(results=[])
    earlier = _chosen(others, request.GET.get("with", ""))
    context = {
        "section": "models",
        "model": model,
        "run": run,
        "badge": BADGES.get(run.state, ""),
        "checks": checks_of(run, earlier),
        "counts": counts(run),
        "earlier": earlier,
        "others": others[:MOST_SHOWN],
        "step": wording.NAMES.get(run.step, ""),
        "percent": _percent(run),
        "problem": wording.problem(run.problem_code) if run.problem_code else "",
    }
    return render(request, "panel/_checks_run.html" if "part" in request.GET else "panel/checks_run.html", context)


@administrator_required
@require_POST
def cancel(request: HttpRequest, model_id: int, run_id: UUID) -> HttpResponse:
    run = get_object_or_404(_model(model_id).check_runs, pk=run_id)
    run.wish_cancel()
    return redirect("panel_check_run", model_id, run_id)


def _model(pk: int) -> Model:
    return get_object_or_404(Model.objects.select_related("connection"), pk=pk, kind=Model.Kind.CHAT)


def _chosen(others: Any, text: str) -> CheckRun | None:
    """The run to compare with: the one asked for, none when that is wished, else the last complete one."""
    if text == "none":
        return None
    named = next((run for run in others[:MOST_SHOWN] if str(run.pk) == text), None)
    return named or others.filter(state=CheckRun.State.DONE).first()


def _percent(run: CheckRun) -> int:
    """How far the whole is, each check counting the same."""
    part = min(run.done / run.of, 1.0) if run.of else 0.0
    return min(99, round((len(run.results) + part) / len(wording.NAMES) * 100))


_MODEL = "admin/models/<int:model_id>/checks/"
urlpatterns: list[URLPattern] = [
    path(_MODEL, checks, name="panel_checks"),
    path(f"{_MODEL}<uuid:run_id>/", check_run, name="panel_check_run"),
    path(f"{_MODEL}<uuid:run_id>/cancel/", cancel, name="panel_check_cancel"),
]
