"""/prompts/: one's own prompts and those that others share, to be read, made, edited and put back."""

import uuid
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chat.models import Prompt, PromptVersion
from chat.prompts.forms import PromptForm
from chat.prompts.writing import restore

if TYPE_CHECKING:
    from webui.accounts.models import User


@login_required
@require_GET
def prompts(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    seen = Prompt.objects.usable_by(person) | Prompt.objects.editable_by(person)
    rows = list(seen.distinct().select_related("owner", "updated_by").prefetch_related("groups", "editors"))
    editable = set(Prompt.objects.editable_by(person).values_list("pk", flat=True))
    context = {
        "mine": [(one, True) for one in rows if one.owner_id == person.pk],
        "shared": [(one, one.pk in editable) for one in rows if one.owner_id != person.pk],
    }
    return render(request, "prompts/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_prompt(request: HttpRequest) -> HttpResponse:
    return _form(request, Prompt(owner=_person(request), text=request.GET.get("text", "")))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def prompt(request: HttpRequest, prompt_id: uuid.UUID) -> HttpResponse:
    return _form(request, _editable(request, prompt_id))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_prompt(request: HttpRequest, prompt_id: uuid.UUID) -> HttpResponse:
    """Asks first. Its owner and administrators may; who only edits with others may not."""
    person, doomed = _person(request), _editable(request, prompt_id)
    if doomed.owner_id != person.pk and not person.is_superuser:
        raise Http404
    if request.method == "POST":
        doomed.delete()
        messages.success(request, _("The prompt “%(name)s” was deleted.") % {"name": doomed.name})
        return redirect("prompts")
    return render(request, "prompts/delete.html", {"prompt": doomed})


@login_required
@require_POST
def restore_prompt(request: HttpRequest, prompt_id: uuid.UUID, version_id: int) -> HttpResponse:
    """Puts back what it said; what it says now becomes a version."""
    version = get_object_or_404(
        PromptVersion.objects.select_related("prompt"), pk=version_id, prompt=_editable(request, prompt_id)
    )
    restored = restore(version, _person(request))
    messages.success(request, _("“%(name)s” says again what it said then.") % {"name": restored.name})
    return redirect("prompt", restored.pk)


def _form(request: HttpRequest, row: Prompt) -> HttpResponse:
    person = _person(request)
    is_new = row._state.adding
    form = PromptForm(request.POST or None, instance=row, editor=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        said = _("“%(name)s” is kept. Type /%(command)s in a chat.") if is_new else _("“%(name)s” is saved.")
        messages.success(request, said % {"name": row.name, "command": row.command})
        return redirect("prompts")
    context = {
        "form": form,
        "prompt": row,
        "is_new": is_new,
        "foreign": row.owner_id != person.pk,
        "may_delete": row.owner_id == person.pk or person.is_superuser,
        "versions": [] if is_new else row.versions.select_related("by"),
    }
    return render(request, "prompts/edit.html", context, status=422 if form.errors else 200)


def _editable(request: HttpRequest, prompt_id: uuid.UUID) -> Prompt:
    return get_object_or_404(
        Prompt.objects.editable_by(_person(request)).select_related("owner", "updated_by"), pk=prompt_id
    )


def _person(request: HttpRequest) -> "User":
    return cast("User", request.user)
