"""/assistants/: one's own assistants to make, edit and share, and those that others share."""

import uuid
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chat.assistant_forms import AssistantForm
from chat.assistant_picture import MEDIA_TYPE
from chat.assistants import may_make, usable
from chat.models import Assistant, Picture
from providers.access import models_for

if TYPE_CHECKING:
    from webui.accounts.models import User

FOR_EVER = "private, max-age=31536000, immutable"  # its address changes with it


@login_required
@require_GET
def assistants(request: HttpRequest) -> HttpResponse:
    person = _person(request)
    allowed = {model.public_id for model in models_for(person)}
    mine = list(Assistant.objects.filter(owner=person).prefetch_related("users", "groups"))
    context = {
        "mine": [(one, one.base_model in allowed) for one in mine],
        "shared": [one for one in usable(person, allowed) if one.owner_id != person.pk],
        "may_make": may_make(person),
    }
    return render(request, "assistants/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_assistant(request: HttpRequest) -> HttpResponse:
    if not may_make(person := _person(request)):
        raise Http404
    return _form(request, Assistant(owner=person))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assistant(request: HttpRequest, assistant_id: uuid.UUID) -> HttpResponse:
    return _form(request, _editable(request, assistant_id))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_assistant(request: HttpRequest, assistant_id: uuid.UUID) -> HttpResponse:
    """Asks first. Chats with it stay, and can be gone on with by another model."""
    doomed = _editable(request, assistant_id, deleting=True)
    if request.method == "POST":
        doomed.delete()
        messages.success(request, _("The assistant “%(name)s” was deleted.") % {"name": doomed.name})
        return redirect("assistants" if doomed.owner_id == _person(request).pk else "panel_assistants")
    return render(request, "assistants/delete.html", {"assistant": doomed})


@login_required
@require_GET
def picture(request: HttpRequest, assistant_id: uuid.UUID) -> HttpResponse:
    person = _person(request)
    seen = Assistant.objects.shared_with(person) | Assistant.objects.editable_by(person)
    row = Picture.objects.filter(assistant__in=seen.filter(pk=assistant_id).values("pk")).first()
    if row is None:
        raise Http404
    headers = {"Cache-Control": FOR_EVER, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return HttpResponse(bytes(row.data), content_type=MEDIA_TYPE, headers=headers)


def _form(request: HttpRequest, row: Assistant) -> HttpResponse:
    person = _person(request)
    is_new = row._state.adding
    form = AssistantForm(request.POST or None, request.FILES or None, instance=row, editor=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        said = _("“%(name)s” is made. It is in the list of models now.") if is_new else _("“%(name)s” is saved.")
        messages.success(request, said % {"name": row.name})
        return redirect("assistant", row.pk)
    context = {"form": form, "assistant": row, "is_new": is_new, "foreign": row.owner_id != person.pk}
    return render(request, "assistants/edit.html", context, status=422 if form.errors else 200)


def _editable(request: HttpRequest, assistant_id: uuid.UUID, *, deleting: bool = False) -> Assistant:
    """Deleting stays possible for who may not make any more."""
    person = _person(request)
    row = get_object_or_404(Assistant.objects.editable_by(person).select_related("owner"), pk=assistant_id)
    if not (deleting or may_make(person)):
        raise Http404
    return row


def _person(request: HttpRequest) -> "User":
    return cast("User", request.user)
