"""Sign-ins, sign-outs, failed tries, passwords and second factors, as Django and allauth signal them."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth import get_user_model, signals
from django.http import HttpRequest

from webui.audit.entries import record


def listen() -> None:
    signals.user_logged_in.connect(_signed_in, dispatch_uid="audit")
    signals.user_logged_out.connect(_signed_out, dispatch_uid="audit")
    signals.user_login_failed.connect(_failed, dispatch_uid="audit")
    account.password_changed.connect(_password_changed, dispatch_uid="audit")
    account.password_set.connect(_password_changed, dispatch_uid="audit")
    account.password_reset.connect(_password_reset, dispatch_uid="audit")
    mfa.authenticator_added.connect(_factor_added, dispatch_uid="audit")
    mfa.authenticator_removed.connect(_factor_removed, dispatch_uid="audit")
    mfa.authenticator_reset.connect(_factor_renewed, dispatch_uid="audit")
    mfa.authentication_failed.connect(_factor_failed, dispatch_uid="audit")


def _signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    # Without a session that was answered to there is nobody to name: a test's or a command's.
    if request is not None and request.META.get("REMOTE_ADDR"):
        record("sign-in", user, by=user, request=request, after=_method(request))


def _method(request: HttpRequest) -> dict[str, Any]:
    methods = request.session.get("account_authentication_methods") or []
    named = [str(one.get("type") or one.get("method", "")) for one in methods if isinstance(one, dict)]
    return {"with": named} if named else {}


def _signed_out(request: HttpRequest, user: Any, **_: Any) -> None:
    if user is not None:
        record("sign-out", user, by=user, request=request)


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Who was tried, never with what. The address that was typed is kept when there is such an account only:
    people type passwords into the wrong field."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    person = get_user_model().objects.filter(email__iexact=typed).first() if typed else None
    record("sign-in failed", person, request=request)


def refused(request: HttpRequest, email: str) -> None:
    """Too many tries: the password was not even looked at."""
    person = get_user_model().objects.filter(email__iexact=email).first() if email else None
    record("sign-in throttled", person, request=request)


def _password_changed(request: HttpRequest, user: Any, **_: Any) -> None:
    record("password changed", user, request=request, by=user)


def _password_reset(request: HttpRequest, user: Any, **_: Any) -> None:
    record("password reset", user, request=request, by=user)


def _factor_added(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    record("second factor added", user, request=request, after={"factor": authenticator.type})


def _factor_removed(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    record("second factor removed", user, request=request, before={"factor": authenticator.type})


def _factor_renewed(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    record("second factor renewed", user, request=request, after={"factor": authenticator.type})


def _factor_failed(request: HttpRequest, user: Any, **_: Any) -> None:
    record("second factor failed", user, request=request)
