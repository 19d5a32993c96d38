"""The administration's first page: what needs attention, how today goes, and the way to everything else."""

from dataclasses import dataclass
from statistics import median

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import Conversation, Message
from knowledge.models import Document, Library
from providers import counting
from providers.models import Connection, Model
from webui.accounts.models import User
from webui.banners.models import Banner
from webui.panel.base import administrator_required
from webui.panel.health import report
from webui.panel.home_attention import attention
from webui.panel.usage_report import chosen
from webui.panel.usage_report import report as usage_report

NEWEST = 500  # answers that are looked at for the median: enough for a busy hour, cheap by their ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A way on, with how much there is."""

    name: str
    link: str
    count: int


@administrator_required
def home(request: HttpRequest) -> HttpResponse:
    sections = report()
    counting.store()  # what this process has counted in the last seconds
    today = usage_report(chosen(1), 1)
    context = {
        "section": "home",
        "attention": attention(sections),
        "parts": [vital for section in sections for vital in section.vitals],
        "answers": today.asked.answers,
        "people": len(today.people),
        "tokens": f"{today.asked.tokens:,}",
        "first_word": first_word_today(),
        "models_today": today.models[:3],
        "places": _places(),
    }
    return render(request, "panel/home.html", context)


def first_word_today() -> float | None:
    """Seconds until the first word, for half of today's newest answers; None when there was none."""
    newest = Message.objects.filter(role=Message.Role.ASSISTANT).order_by("-pk").values_list("created_at", "usage")
    today = timezone.localdate()
    counted = [
        usage["first_token_ms"]
        for created, usage in newest[:NEWEST]
        if timezone.localdate(created) == today and isinstance(usage.get("first_token_ms"), int | float)
    ]
    return median(counted) / 1000 if counted else None


def _places() -> list[Place]:
    chats = Model.objects.filter(kind=Model.Kind.CHAT, present=True, connection__enabled=True)
    return [
        Place(name=_("People"), link=reverse("panel_people"), count=User.objects.filter(is_active=True).count()),
        Place(name=_("Banners"), link=reverse("panel_banners"), count=Banner.objects.count()),
        Place(name=_("Connections"), link="/admin/connections/", count=Connection.objects.count()),
        Place(name=_("Models"), link=reverse("panel_models"), count=chats.count()),
        Place(name=_("Libraries"), link="", count=Library.objects.count()),
        Place(name=_("Documents"), link="", count=Document.objects.count()),
        Place(name=_("Chats"), link="", count=Conversation.objects.count()),
    ]


urlpatterns: list[URLPattern] = [path("admin/", home, name="panel_home")]
