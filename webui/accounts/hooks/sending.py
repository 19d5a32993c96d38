"""Saying it: from a task, so that nobody who signs up waits for it or hears of its failing."""

import hashlib
import hmac
import json
import logging
import time
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from providers.outward import OutwardError, call
from webui.accounts.hooks.models import SignUpHook
from webui.accounts.models import User
from webui.conf import conf
from webui.crypto import SecretUnreadable

log = logging.getLogger(__name__)


def announce(person: User) -> None:
    """To be called where somebody has made an account. Costs one look when there is no hook."""
    if SignUpHook.objects.filter(enabled=True).exists():
        transaction.on_commit(lambda: _ring(person.pk))


def _ring(pk: int) -> None:
    from webui.accounts.tasks import tell_of_sign_up

    try:
        tell_of_sign_up.apply_async((pk,), retry=False)
    except (OperationalError, OSError) as problem:
        log.warning("nobody was told of the sign-up of person %d: the queue is away (%s)", pk, problem)


def tell_all(person: User) -> None:
    for hook in SignUpHook.objects.filter(enabled=True):
        tell(hook, person)


def tell(hook: SignUpHook, person: User, *, trial: bool = False) -> str:
    """Empty, or why it could not be said: a sentence, which is kept for the page."""
    problem = ""
    try:
        content = json.dumps(message(hook.kind, person, trial=trial)).encode()
        reply = call(hook.url, content=content, headers=_headers(hook, content))
        if not reply.is_good:
            problem = _("It answered with status %(status)d.") % {"status": reply.status}
    except (OutwardError, SecretUnreadable) as reason:
        problem = str(reason)
    SignUpHook.objects.filter(pk=hook.pk).update(told_at=timezone.now(), problem=problem[:300])
    return problem


def message(kind: str, person: User, *, trial: bool = False) -> dict[str, Any]:
    """What is said, in the form that each wants."""
    link = f"{conf.base_url or 'http://localhost:8000'}{reverse('panel_person', args=[person.pk or 0])}"
    text = f"{person.display_name} ({person.email}) {'waits for approval' if person.is_pending else 'has signed up'}."
    if trial:
        text = f"This is a test of webui's sign-up hook. {text}"
    if kind == SignUpHook.Kind.GOOGLE_CHAT:
        return {"text": f"{text} {link}"}
    if kind == SignUpHook.Kind.TEAMS:
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [{"type": "TextBlock", "text": text, "wrap": True}],
            "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": link}],
        }
        return {
            "type": "message",
            "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
        }
    state = "pending" if person.is_pending else "active" if person.is_active else "disabled"
    who = {"id": person.pk, "email": person.email, "name": person.name, "state": state}
    return {"event": "signup", "test": trial, "at": timezone.now().isoformat(), "person": who, "link": link}


def _headers(hook: SignUpHook, content: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if hook.kind == SignUpHook.Kind.JSON and (secret := hook.secret):
        stamp = str(int(time.time()))
        signed = hmac.new(secret.encode(), stamp.encode() + b"." + content, hashlib.sha256).hexdigest()
        headers |= {"X-Webui-Timestamp": stamp, "X-Webui-Signature": f"sha256={signed}"}
    return headers
