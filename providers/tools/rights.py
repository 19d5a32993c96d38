"""Which tools a person may use now, and whether there are any at all. The one place that is asked.

Where no tool server is on, a page and a question cost no query: it is known for some seconds that there is none.
"""

import time
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from providers.models import Tool, ToolServer

if TYPE_CHECKING:
    from providers.models import Model
    from webui.accounts.models import User

FRESH = 4.0  # seconds
LEAVE_TRACES = ("search_web", "fetch_page", "draw_picture")
_known: dict[str, float | bool] = {}


def any_server() -> bool:
    """Whether a tool server is on, for anybody."""
    if time.monotonic() - _known.get("at", float("-inf")) > FRESH:
        _known.update(there=ToolServer.objects.filter(enabled=True).exists(), at=time.monotonic())
    return bool(_known["there"])


def forget() -> None:
    """Something was changed: the next look counts."""
    _known.clear()


def tools_for(user: "User") -> QuerySet[Tool]:
    """The tools that are on and that this person may use, with their servers."""
    servers = ToolServer.objects.usable_by(user)
    on = Tool.objects.filter(server__in=servers, present=True, found__isnull=True).exclude(policy=Tool.Policy.OFF)
    return on.select_related("server").order_by("server__created_at", "server_id", "name")


def without_traces(tools: QuerySet[Tool]) -> QuerySet[Tool]:
    """Those that may be used where nothing is to be stored: our own that look at the web keep the pages that they
    fetch, and a picture is a file of its chat."""
    return tools.exclude(server__kind=ToolServer.Kind.BUILT_IN, name__in=LEAVE_TRACES)


def why_not(model: "Model") -> str:
    """Why this model calls no tools, as a sentence; '' when it is known to. An administrator's word comes first."""
    if model.capabilities_by_hand is not None:
        works, why = "tools" in model.abilities, ""
    else:
        card, learnt = model.connection.card, model.connection.learnt.get(model.name, {})
        facts = {**card, **card.get("models", {}).get(model.name, {}), **learnt}
        works = facts.get("tools") == "yes" or (facts.get("tools") is None and "tools" in model.abilities)
        why = str(facts.get("tools_why") or "")[:300]
    if works:
        return ""
    if why:
        return _("This model cannot call tools. Its server says: %(why)s") % {"why": why}
    return _("Nothing says that this model can call tools. The Connection Doctor or an administrator can find out.")
