"""The administration's first page: who waits, what is broken, how much there is."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from knowledge.models import Document, Library
from providers.models import Connection, Model
from webui import health
from webui.accounts.models import User
from webui.panel.base import administrator_required

PART_NAMES = {
    "database": _("Database"),
    "broker": _("Queue"),
    "worker": _("Worker"),
    "index": _("Vector index"),
    "embedder": _("Embedding model"),
}
BADGES = {"ok": "badge--ok", "idle": "", "down": "badge--error"}
STATES = {"ok": _("works"), "idle": _("at rest"), "down": _("down")}


@dataclass(frozen=True, kw_only=True)
class PartView:
    name: object
    state: object
    badge: str
    detail: str


@administrator_required
def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "panel/home.html",
        {
            "section": "home",
            "waiting": User.objects.waiting().count(),
            "people": User.objects.filter(is_active=True).count(),
            "connections": Connection.objects.count(),
            "broken": Connection.objects.filter(enabled=True).exclude(problem=""),
            "changed": [row for row in Connection.objects.filter(enabled=True) if row.card.get("changes")],
            "models": Model.objects.filter(kind=Model.Kind.CHAT, present=True, connection__enabled=True).count(),
            "chats": Conversation.objects.count(),
            "libraries": Library.objects.count(),
            "documents": Document.objects.count(),
            "failed": Document.objects.filter(status=Document.Status.FAILED).count(),
            "parts": _parts(),
        },
    )


def _parts() -> list[PartView]:
    """What /readyz tells machines, for people."""
    found = {name: check() for name, check in health.PARTS.items()}
    return [
        PartView(
            name=PART_NAMES.get(name, name),
            state=STATES.get(part.state, part.state),
            badge=BADGES.get(part.state, "badge--warn"),
            detail=gettext(part.detail) if part.detail else "",
        )
        for name, part in found.items()
    ]


urlpatterns: list[URLPattern] = [path("admin/", home, name="panel_home")]
