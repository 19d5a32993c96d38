"""Servers that make pictures: set up, tried before they are taken, opened to groups, and asked for a first picture."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chat.images import keeping
from chat.models import Attachment
from providers.base import ProviderError
from providers.images.base import Drawing, Made
from providers.images.makers import maker_for
from providers.models import ImageServer
from webui.accounts.fresh import ask_again
from webui.panel.base import administrator_required
from webui.panel.images_forms import ImageServerForm

LONGEST_PROMPT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One picture that was asked for on the page."""

    prompt: str
    seconds: float
    picture: Attachment | None = None
    problem: str = ""


@administrator_required
def images(request: HttpRequest) -> HttpResponse:
    context = {"section": "images", "servers": ImageServer.objects.all(), "kinds": ImageServer.Kind.choices}
    return render(request, "panel/images.html", context)


@administrator_required
def add(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    if kind not in ImageServer.Kind.values:
        raise Http404
    last = ImageServer.objects.aggregate(last=Max("position"))["last"] or 0
    return _one(request, ImageServer(kind=kind, position=last + 1))


@administrator_required
def server(request: HttpRequest, server_id: UUID) -> HttpResponse:
    return _one(request, get_object_or_404(ImageServer, pk=server_id))


@administrator_required
@require_POST
def try_out(request: HttpRequest, server_id: UUID) -> HttpResponse:
    """Has a picture made, as people would: this may cost money, so it is a button and nothing else does it."""
    row = get_object_or_404(ImageServer, pk=server_id)
    prompt = request.POST.get("prompt", "").strip()[:LONGEST_PROMPT] or _("A red apple on a wooden table")
    return _page(request, row, ImageServerForm(instance=row), _tried(request, row, prompt))


@administrator_required
@require_POST
def remove(request: HttpRequest, server_id: UUID) -> HttpResponse:
    row = get_object_or_404(ImageServer, pk=server_id)
    row.delete()
    messages.success(request, _("%(name)s is removed, with its key. Pictures that it made stay.") % {"name": row.name})
    return redirect("panel_images")


def _one(request: HttpRequest, row: ImageServer) -> HttpResponse:
    secret = any(request.POST.get(name, "").strip() for name in ("key", "remove_key"))
    if secret and (again := ask_again(request)):
        return again
    is_new = row._state.adding
    form = ImageServerForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        row = form.save()
        messages.success(request, _("It answers, and is saved.") if row.enabled else _("Saved, and switched off."))
        return redirect("panel_image_server", row.pk) if is_new else redirect("panel_images")
    return _page(request, row, form)


def _page(request: HttpRequest, row: ImageServer, form: ImageServerForm, trial: Trial | None = None) -> HttpResponse:
    context = {
        "section": "images",
        "form": form,
        "row": row,
        "is_new": row._state.adding,
        "has_key": bool(row.encrypted_key),
        "trial": trial,
        "kind": ImageServer.Kind(row.kind).label,
    }
    return render(request, "panel/images_one.html", context)


def _tried(request: HttpRequest, row: ImageServer, prompt: str) -> Trial:
    started = time.monotonic()
    width, height = (int(side) for side in row.offered_sizes[0].split("x"))
    try:
        made = async_to_sync(_first)(row, Drawing(prompt=prompt, width=width, height=height))
        fresh = keeping.developed(made.content, row.name)
        # Nothing needs it, so the next sweep takes it away again.
        picture = keeping.keep(int(request.user.pk or 0), None, fresh, {"prompt": prompt, "server": row.name})
    except ProviderError as problem:
        return Trial(prompt=prompt, seconds=time.monotonic() - started, problem=str(problem))
    return Trial(prompt=prompt, seconds=time.monotonic() - started, picture=picture)


async def _first(row: ImageServer, drawing: Drawing) -> Made:
    async with aclosing(maker_for(row).draw(drawing)) as events, asyncio.timeout(row.seconds + 30):
        async for event in events:
            if isinstance(event, Made):
                return event
    raise ProviderError(_("It ended its work without a picture."), code="nothing_made")


urlpatterns: list[URLPattern] = [
    path("admin/images/", images, name="panel_images"),
    path("admin/images/add/", add, name="panel_image_server_add"),
    path("admin/images/<uuid:server_id>/", server, name="panel_image_server"),
    path("admin/images/<uuid:server_id>/test/", try_out, name="panel_image_server_test"),
    path("admin/images/<uuid:server_id>/remove/", remove, name="panel_image_server_remove"),
]
