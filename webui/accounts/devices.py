"""Browsers that have signed in to an account before: a signed cookie that names the accounts, and opens nothing."""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from webui.accounts.models import User

COOKIE = "device"
_SALT = "webui.accounts.devices"
_AGE = 180 * 24 * 3600
_MOST_ACCOUNTS = 5


def device_of(request: HttpRequest, email: str) -> str | None:
    """This browser's own mark when it has signed in to that account before."""
    known = _read(request)
    return known.get(email.lower())


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    others = {email: mark for email, mark in _read(request).items() if email != user.email}
    known = {user.email: secrets.token_urlsafe(9), **dict(list(others.items())[: _MOST_ACCOUNTS - 1])}
    response.set_cookie(
        COOKIE,
        signing.dumps(known, salt=_SALT),
        max_age=_AGE,
        path="/accounts/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, str]:
    try:
        known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_AGE)
    except signing.BadSignature:
        return {}
    return known if isinstance(known, dict) else {}
