"""People whom a named proxy has signed in already: it writes their e-mail address into a header.

In use only with WEBUI_EMAIL_HEADER, and only for requests that WEBUI_TRUSTED_PROXIES brought: webui/proxies.py takes
the header away from all others before it is read here. The session ends when the proxy names somebody else or nobody.
"""

from collections.abc import Callable

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import login, logout
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from webui.accounts.hooks.sending import announce
from webui.accounts.models import User
from webui.conf import conf
from webui.proxies import header_key

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
BY_PROXY = "signed_in_by_proxy"
LEFT_ALONE = ("/static/", "/healthz", "/readyz", "/accounts/waiting/", "/accounts/inactive/", "/i18n/")


class ProxySignInMiddleware:
    """After the session and its person are known, before anybody asks who it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(LEFT_ALONE) and "Authorization" not in request.headers:
            refused = _settle(request)
            if refused is not None:
                return refused
        return self.get_response(request)


def _settle(request: HttpRequest) -> HttpResponse | None:
    """Make the session that of whom the proxy names. A page for those who may not come in."""
    named = request.META.get(header_key(conf.email_header), "").strip().lower()
    if not named or not getattr(request, "from_proxy", False):
        if request.session.get(BY_PROXY):
            logout(request)
        return None
    if isinstance(request.user, User) and request.user.email.lower() == named:
        return None
    person = _person(named)
    if request.user.is_authenticated:
        logout(request)
    if person is None or not person.is_active:
        return redirect("account_waiting" if person is None or person.is_pending else "account_inactive")
    login(request, person, backend=BACKEND)
    request.session[BY_PROXY] = True
    record_authentication(request, person, method="proxy", reauthenticated=True)
    return None


def _person(email: str) -> User | None:
    """Known, or made as WEBUI_SIGNUP says."""
    known = User.objects.filter(email__iexact=email).first()
    if known or conf.signup == "closed" or not User.objects.exists():
        return known
    try:
        validate_email(email)
    except ValidationError:
        return None
    at_once = conf.signup == "open"
    person = User.objects.create_user(email, None, is_active=at_once, approved_at=timezone.now() if at_once else None)
    announce(person)
    return person
