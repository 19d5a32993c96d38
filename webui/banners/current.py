"""The banners that are shown now, from memory: a page costs no query for them.

Every process looks again after some seconds; the one in which a banner was changed at once.
"""

import time
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from webui.audit.reading import ReadingRule
from webui.banners.models import Banner

SECONDS = 20

_known: dict[str, tuple[float, list[Banner]]] = {}  # with when they were read, by the clock that only goes forward


def shown(*, signed_in: bool, closed: frozenset[str] = frozenset()) -> list[Banner]:
    """Those for this visitor, the newest first; `closed` holds the marks of what they do not want to see again."""
    now = timezone.now()
    return [
        *(_standing() if signed_in else ()),
        *_of_administrator(now, signed_in, closed),
    ]


def _of_administrator(now: datetime, signed_in: bool, closed: frozenset[str]) -> list[Banner]:
    return [
        banner
        for banner in _all()
        if banner.is_shown(now)
        and (signed_in or banner.at_sign_in)
        and not (banner.can_be_closed and banner.mark in closed)
    ]


def _standing() -> list[Banner]:
    """What nobody can close: that administrators may read chats, for as long as they may."""
    rule = ReadingRule.shown()
    if not rule.administrators:
        return []
    said = _("Administrators of this server may read chats. Each look is written down. Their reason: %(why)s")
    words = said % {"why": rule.why}
    return [Banner(text=words, text_zh=words, kind=Banner.Kind.WARN, can_be_closed=False)]


def forget() -> None:
    """Look again with the next page."""
    _known.clear()


def _all() -> list[Banner]:
    read_at, banners = _known.get("all", (0.0, []))
    if not read_at or time.monotonic() - read_at > SECONDS:
        banners = list(Banner.objects.not_over(timezone.now()))
        _known["all"] = (time.monotonic(), banners)
    return banners
