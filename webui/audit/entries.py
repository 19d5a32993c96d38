"""`record`: the one way into the audit log, and who and where is written when nobody says it.

A line is part of the transaction of what it tells: what is taken back was not done. Values of secrets are never given.
"""

import logging
import time
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from allauth.core import context
from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from webui.audit.models import Entry
from webui.conf import conf
from webui.request_ids import current

log = logging.getLogger(__name__)
FORGET_EVERY = 3600.0  # seconds between two looks of a process for lines past their time
LONGEST = 500  # characters of a value
command: ContextVar[str] = ContextVar("command", default="")
_looked = -FORGET_EVERY


def record(
    action: str,
    thing: models.Model | None = None,
    *,
    name: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    by: models.Model | None = None,
    request: HttpRequest | None = None,
) -> None:
    """Write a line: `action` is one of webui/audit/words.py, `thing` what it was done to, `by` whoever did it.

    Without `by` and `request` it is the person of the request that is being answered.
    """
    request = request or current_request()
    actor = by or _person(request)
    Entry.objects.create(
        action=action,
        actor_id=actor.pk if actor else None,
        actor=str(actor)[:254] if actor else command.get(),
        through=_key(request),
        address=address_of(request),
        kind=thing._meta.model_name or "" if thing else "",
        object_id=str(thing.pk) if thing else "",
        name=(name or (str(thing) if thing else ""))[:254],
        before=_short(before),
        after=_short(after),
        request_id=current()[:64],
    )
    forget_old()


def current_request() -> HttpRequest | None:
    return getattr(context, "request", None)


def address_of(request: HttpRequest | None) -> str:
    """Where the request came from; webui/proxies.py has made sure that nobody chooses it."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45] if request else ""


def forget_old() -> None:
    """Lines older than WEBUI_AUDIT_DAYS; looked for now and then, when a line is written."""
    global _looked  # noqa: PLW0603  one look a process
    if time.monotonic() - _looked < FORGET_EVERY:
        return
    _looked = time.monotonic()
    if gone := Entry.objects.older_than(timezone.now() - timedelta(days=conf.audit_days)).forget():
        log.info("%d lines of the audit log were older than %d days", gone, conf.audit_days)


def _person(request: HttpRequest | None) -> models.Model | None:
    for found in (getattr(request, "auth", None), getattr(request, "user", None)):
        if isinstance(found, get_user_model()):
            return found
    return None


def _key(request: HttpRequest | None) -> str:
    key = getattr(request, "api_key", None)
    return f"API key {key.label}"[:120] if key else ""


def _short(values: dict[str, Any] | None) -> dict[str, Any]:
    return {name: _value(value) for name, value in (values or {}).items()}


def _value(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list | tuple | set):
        return [_value(one) for one in list(value)[:50]]
    return str(value)[:LONGEST]
