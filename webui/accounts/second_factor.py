"""The second step of signing in: how its secrets are kept, who must have one, and who was not let go on without.

A session of somebody who must set one up first is marked, and opens nothing but the pages for that: no other page, no
API, no socket (chat/presence.py reads the same mark).
"""

from typing import Any

from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from webui import crypto
from webui.accounts.models import User
from webui.accounts.rules import SignInRules
from webui.audit.entries import record
from webui.middleware import Middleware, Response

DUE = "second_factor_due"  # chat/presence.py knows it too
OPEN_TO_THEM = ("/accounts/", "/static/", "/i18n/", "/healthz", "/readyz", "/jsi18n")
REAL = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone are none


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("That was not right. Look again, or try another way."),
    }

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Unreadable after the key changed: no code fits then, and an administrator resets the second step."""
        try:
            return crypto.decrypt(encrypted_text)
        except crypto.SecretUnreadable:
            return ""

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}


def has_one(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=REAL).exists()


def is_due(user: User) -> bool:
    """Whether this person must set one up before anything else."""
    return SignInRules.now().wants_second_factor(user.administers) and not has_one(user)


def mark(request: HttpRequest, user: User) -> None:
    """At signing in."""
    if is_due(user):
        request.session[DUE] = True
    else:
        request.session.pop(DUE, None)


def reset(person: User) -> int:
    """Take all of them away, recovery codes too, and end the sessions: whoever has the phone may be in one."""
    gone, _rows = Authenticator.objects.filter(user=person).delete()
    if gone:
        record("second factors reset", person)
        person.end_sessions()
    return gone


def enforce() -> int:
    """After the rule became stricter: sessions of those who have none end; at the next sign-in they set one up."""
    rules = SignInRules.row()
    having = Authenticator.objects.filter(type__in=REAL).values("user")
    concerned = [
        person
        for person in User.objects.filter(is_active=True).exclude(pk__in=having)
        if rules.wants_second_factor(person.administers)
    ]
    return sum(bool(person.end_sessions()) for person in concerned)


def _set_up(request: HttpRequest, user: Any, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type in REAL:
        request.session.pop(DUE, None)


def _removed(request: HttpRequest, user: Any, **_: Any) -> None:
    if isinstance(user, User):
        mark(request, user)


signals.authenticator_added.connect(_set_up, dispatch_uid="second factor")
signals.authenticator_removed.connect(_removed, dispatch_uid="second factor")


class DueMiddleware(Middleware):
    """After the sessions: a marked one is led to the page where a second step is set up."""

    def __call__(self, request: HttpRequest) -> Response:
        if self.is_async:
            return self._acall(request)
        stopped = _concerns(request) and request.session.get(DUE)
        return _lead(request) if stopped else self.get_response(request)

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        stopped = _concerns(request) and await request.session.aget(DUE)
        return _lead(request) if stopped else await self.get_response(request)  # type: ignore[misc]


def _concerns(request: HttpRequest) -> bool:
    """Those with the cookie of a session, elsewhere than where they are led to."""
    return bool(request.session.session_key) and not request.path.startswith(OPEN_TO_THEM)


def _lead(request: HttpRequest) -> HttpResponse:
    said = _("This server asks for a second step when you sign in. Set one up here, then go on.")
    if request.path.startswith(("/api/", "/v1/", "/ollama/")) or request.method not in ("GET", "HEAD"):
        return JsonResponse({"detail": said}, status=403)
    messages.info(request, said)
    return redirect("mfa_index")
