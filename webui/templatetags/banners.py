"""`{% banners %}`: what the administrator tells everybody, but for what this browser has closed."""

from collections.abc import Mapping
from typing import Any

from django import template

from webui.banners import current

register = template.Library()
COOKIE = "closed_banners"


@register.inclusion_tag("_banners.html", takes_context=True)
def banners(context: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing where there is no request: error pages are drawn without one."""
    request = context.get("request")
    if request is None:
        return {"banners": []}
    closed = frozenset(request.COOKIES.get(COOKIE, "")[:2000].split("."))
    user = getattr(request, "user", None)
    return {"banners": current.shown(signed_in=bool(user and user.is_authenticated), closed=closed)}
