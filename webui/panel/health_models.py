"""The health of the model servers, by what was last seen of them: a server that hangs must not hold up this page."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.clients import running_on
from providers.models import Connection
from webui.panel.health_vital import Fact, Vital
from webui.panel.health_work import number


def connections() -> list[Vital]:
    offered = Count("models", filter=Q(models__present=True))
    rows = Connection.objects.annotate(offered=offered).order_by("created_at")
    return [_one(row) for row in rows] or [_none()]


def _none() -> Vital:
    return Vital(
        key="connections",
        name=_("Model servers"),
        state="warn",
        said=_("None is connected, so nobody can ask anything."),
        advice=_("Connect one: an address is enough."),
        link="/admin/connections/",
        link_words=_("Connections"),
    )


def _one(row: Any) -> Vital:
    checked = timesince(row.checked_at, depth=1) if row.checked_at else ""
    facts = [
        Fact(key="product", label=_("Product"), shown=row.product or "–"),
        Fact(key="address", label=_("Address"), shown=row.base_url),
        number("models", _("Models"), row.offered),
        number("running_here", _("Being asked by this process"), running_on(row.pk)),
        Fact(
            key="checked_at",
            label=_("Last seen"),
            shown=_("%(time)s ago") % {"time": checked} if checked else _("never"),
            value=row.checked_at and row.checked_at.isoformat(),
        ),
    ]
    common: dict[str, Any] = {
        "key": f"connection_{row.pk.hex}",
        "name": row.name,
        "facts": tuple(facts),
        "link": reverse("panel_connection", args=[row.pk]),
        "link_words": _("Look at it"),
    }
    if not row.enabled:
        return Vital(state="idle", said=_("Switched off: its models are offered to nobody."), **common)
    if row.problem:
        return Vital(state="down", said=row.trouble, advice=_advice(row.problem_code), **common)
    if row.card.get("changes"):
        return Vital(
            state="warn",
            said=_("It works, and is not the server it was before."),
            advice=_("See what changed, and confirm that you have."),
            **common | {"link": f"{common['link']}#doctor", "link_words": _("See what changed")},
        )
    said = ngettext("It offers %(number)d model.", "It offers %(number)d models.", row.offered)
    return Vital(state="ok", said=said % {"number": row.offered}, **common)


def _advice(code: str) -> str:
    if code in ("unauthorized", "unreadable_key"):
        return _("Enter its key again. Until then its models cannot answer.")
    return _("Let the Connection Doctor look: it says what may help. Its models are grey until then.")
