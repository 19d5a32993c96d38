"""Ollama servers: what is installed and loaded, and everything that is done with one model there."""

import re
from uuid import UUID

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from providers import catalog
from providers.failures import AnswerFailed
from providers.models import Connection, Model, OllamaJob
from providers.ollama_admin import jobs
from providers.ollama_admin.advice import code_of, sentence
from providers.ollama_admin.facts import Shown
from providers.ollama_admin.host import OllamaHost
from providers.ollama_admin.names import BadName, reference
from providers.ollama_admin.overview import overview, overviews
from providers.ollama_admin.steps import load_recipe
from providers.ollama_window import STEPS
from webui.crypto import SecretUnreadable
from webui.panel import ollama_jobs, ollama_making
from webui.panel.base import administrator_required
from webui.panel.ollama_jobs import host_or_404, host_path, started

LASTING = re.compile(r"-?\d{1,9}|(?:\d{1,6}(?:\.\d+)?(?:ms|s|m|h))+")


class WishesForm(forms.ModelForm):
    """What is asked for with every question to this model."""

    class Meta:
        model = Model
        fields = ["keep_alive", "window_cap"]

    def clean_keep_alive(self) -> str:
        text = str(self.cleaned_data["keep_alive"]).replace(" ", "").lower()
        if text and not LASTING.fullmatch(text):
            raise forms.ValidationError(_("Enter a time such as 5m or 24h, 0 for not at all, or -1 for ever."))
        return text

    def clean_window_cap(self) -> int | None:
        cap: int | None = self.cleaned_data["window_cap"]
        if cap is not None and not 256 <= cap <= STEPS[-1]:
            raise forms.ValidationError(_("A window has at least 256 tokens and at most 1,048,576."))
        return cap


class ModelName(forms.Form):
    """A name as it was pasted."""

    name = forms.CharField(label=gettext_lazy("Name of the model"), max_length=500)

    def clean_name(self) -> str:
        try:
            return reference(self.cleaned_data["name"])
        except BadName:
            raise forms.ValidationError(
                _("This cannot be read as the name of a model. It should look like qwen3:8b or hf.co/org/repo:Q4_K_M.")
            ) from None


@administrator_required
def hosts(request: HttpRequest) -> HttpResponse:
    """All Ollama servers; the only one shows itself at once."""
    rows = list(Connection.objects.filter(kind=Connection.Kind.OLLAMA))
    if len(rows) == 1:
        return redirect("panel_ollama_host", rows[0].pk)
    found = async_to_sync(overviews)(rows)
    context = {"section": "ollama", "hosts": list(zip(rows, found, strict=True))}
    return render(request, "panel/ollama.html", context)


@administrator_required
def host(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """One server. `?part` is only what changes when a job has ended."""
    row = host_or_404(connection_id)
    jobs.attend(row.pk)
    rows = {model.name: model for model in row.models.all()}
    found = async_to_sync(overview)(row)
    context = {
        "section": "ollama",
        "connection": row,
        "found": found,
        "entries": [(entry, rows.get(entry.installed.name)) for entry in found.models],
        "several": Connection.objects.filter(kind=Connection.Kind.OLLAMA).count() > 1,
        **ollama_jobs.context(row),
    }
    return render(request, "panel/_ollama_state.html" if "part" in request.GET else "panel/ollama_host.html", context)


@administrator_required
@require_POST
def pull(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    row = host_or_404(connection_id)
    form = ModelName(request.POST)
    if form.is_valid():
        _pull(request, row, form.cleaned_data["name"])
    else:
        messages.error(request, _first_error(form))
    return redirect(f"{host_path(row)}#jobs")


@administrator_required
@require_POST
def update(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Pull every model again: what has not changed costs nothing, and what was made here has nowhere to come from."""
    row = host_or_404(connection_id)
    found = async_to_sync(overview)(row, details=False)
    if found.problem:
        messages.error(request, found.problem)
    for entry in found.models:
        _pull(request, row, entry.installed.name)
    return redirect(f"{host_path(row)}#jobs")


@administrator_required
def model(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """`?name=` in full, and what is set for it here."""
    row = host_or_404(connection_id)
    name = request.GET.get("name", "")
    stored = row.models.filter(name=name).first()
    form = WishesForm(request.POST or None, instance=stored)
    if request.method == "POST" and stored and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect(model_path(row, name))
    shown, problem = _shown(row, name)
    context = {
        "section": "ollama",
        "connection": row,
        "name": name,
        "model": stored,
        "shown": shown,
        "problem": problem,
        "form": form if stored else None,
        "steps": [step for step in STEPS if not (shown and shown.window) or step <= shown.window],
    }
    return render(request, "panel/ollama_model.html", context)


@administrator_required
@require_POST
def load(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Into the memory, ahead of the first question."""
    row = host_or_404(connection_id)
    stored = get_object_or_404(row.models, name=request.POST.get("name", ""))
    recipe = load_recipe(stored)
    started(request, OllamaJob(connection=row, kind=OllamaJob.Kind.LOAD, model=stored.name, recipe=recipe))
    return redirect(f"{host_path(row)}#jobs")


@administrator_required
@require_POST
def unload(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    row = host_or_404(connection_id)
    name = request.POST.get("name", "")

    async def free(server: OllamaHost) -> None:
        await server.unload(name)

    _do(request, row, free, _("%(name)s is out of the memory.") % {"name": name})
    return redirect(host_path(row))


@administrator_required
@require_POST
def copy(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    row = host_or_404(connection_id)
    source, form = request.POST.get("source", ""), ModelName(request.POST)
    if not form.is_valid():
        messages.error(request, _first_error(form))
        return redirect(model_path(row, source))
    target = form.cleaned_data["name"]

    async def make(server: OllamaHost) -> None:
        await server.copy(source, target)

    done = _do(request, row, make, _("%(name)s is there now.") % {"name": target}, changes=True)
    return redirect(host_path(row) if done else model_path(row, source))


@administrator_required
@require_POST
def delete(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    row = host_or_404(connection_id)
    name = request.POST.get("name", "")
    if request.POST.get("sure") != name:
        messages.error(request, _("Type the name of the model to delete it."))
        return redirect(model_path(row, name))

    async def remove(server: OllamaHost) -> None:
        await server.delete(name)

    _do(request, row, remove, _("%(name)s is deleted from the Ollama server.") % {"name": name}, changes=True)
    return redirect(host_path(row))


def model_path(row: Connection, name: str) -> str:
    return f"{reverse('panel_ollama_model', args=[row.pk])}?{urlencode({'name': name})}"


def _pull(request: HttpRequest, row: Connection, name: str) -> None:
    if row.ollama_jobs.active().filter(kind=OllamaJob.Kind.PULL, model=name).exists():
        messages.info(request, _("%(name)s is being pulled already.") % {"name": name})
    else:
        started(request, OllamaJob(connection=row, kind=OllamaJob.Kind.PULL, model=name))


def _do(request: HttpRequest, row: Connection, what: "ollama_jobs.Work", done: str, *, changes: bool = False) -> bool:
    """Have it done now, and say how it went; `changes`: the list of models is another one then."""

    async def work() -> None:
        async with OllamaHost(row) as server:
            await what(server)

    try:
        async_to_sync(work)()
    except AnswerFailed as problem:
        messages.error(request, sentence(code_of(problem.failure), problem.failure.said))
        return False
    except SecretUnreadable:
        messages.error(request, sentence("unreadable_key"))
        return False
    if changes:
        catalog.discover(row)
    messages.success(request, done)
    return True


def _shown(row: Connection, name: str) -> tuple[Shown | None, str]:
    async def look() -> Shown:
        async with OllamaHost(row) as server:
            return await server.show(name)

    try:
        return async_to_sync(look)(), ""
    except AnswerFailed as problem:
        if problem.failure.code == "model_not_found":
            raise Http404 from None
        return None, sentence(code_of(problem.failure), problem.failure.said)
    except SecretUnreadable:
        return None, sentence("unreadable_key")


def _first_error(form: forms.Form) -> str:
    return str(next(iter(form.errors.values()))[0])


_HOST = "admin/ollama/<uuid:connection_id>/"
urlpatterns: list[URLPattern] = [
    path("admin/ollama/", hosts, name="panel_ollama"),
    path(_HOST, host, name="panel_ollama_host"),
    path(f"{_HOST}pull/", pull, name="panel_ollama_pull"),
    path(f"{_HOST}update/", update, name="panel_ollama_update"),
    path(f"{_HOST}model/", model, name="panel_ollama_model"),
    path(f"{_HOST}load/", load, name="panel_ollama_load"),
    path(f"{_HOST}unload/", unload, name="panel_ollama_unload"),
    path(f"{_HOST}copy/", copy, name="panel_ollama_copy"),
    path(f"{_HOST}delete/", delete, name="panel_ollama_delete"),
    *ollama_jobs.urlpatterns,
    *ollama_making.urlpatterns,
]
