"""`{% banners %}`: what the administrator tells everybody, but for what this browser has closed."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import Urlizer
from django.utils.safestring import SafeString, mark_safe

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


class _Linker(Urlizer):
    url_template = '<a href="{href}" rel="noopener noreferrer nofollow">{url}</a>'


@register.filter
def linked(words: str) -> SafeString:
    """Addresses become links that tell the other side nothing; all else is escaped."""
    return mark_safe(_Linker()(str(words), autoescape=True))  # noqa: S308  escaped by `autoescape`
