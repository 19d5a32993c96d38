"""The way to a provider and back. Who was proved is handed to allauth, whose steps (the second one too) follow."""

from dataclasses import asdict
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from webui.accounts.fresh import fresh_sign_in_required
from webui.accounts.models import User
from webui.accounts.oidc.arrival import arrived
from webui.accounts.oidc.models import Identity, SignInProvider
from webui.accounts.oidc.protocol import Departure, SignInFailed, depart, proof_from, way_there
from webui.audit.entries import record

SESSION = "oidc"
MOST = 5  # tabs on their way at once


@require_GET
def leave(request: HttpRequest, provider_id: int) -> HttpResponse:
    """To the provider. A link, as a form may not lead to another site; what comes back fits this session alone."""
    provider = get_object_or_404(SignInProvider, pk=provider_id, enabled=True)
    departure = depart()
    try:
        there = way_there(provider, departure, _back(request, provider))
    except SignInFailed as problem:
        return _failed(request, provider, problem)
    kept = {"next": _next(request), "connect": request.user.is_authenticated, **asdict(departure)}
    others = list(request.session.get(SESSION, {}).items())[-MOST + 1 :]
    request.session[SESSION] = {**dict(others), departure.state: kept}
    return redirect(there)


@require_GET
def come_back(request: HttpRequest, provider_id: int) -> HttpResponse:
    provider = get_object_or_404(SignInProvider, pk=provider_id, enabled=True)
    waiting = request.session.get(SESSION, {})
    kept = waiting.pop(request.GET.get("state", ""), None)
    request.session[SESSION] = waiting
    try:
        if kept is None:
            raise SignInFailed(_("This sign-in was begun in another window, or too long ago. Begin again here."))
        if "code" not in request.GET:
            raise SignInFailed(_("The sign-in at %(name)s was not finished.") % {"name": provider.name})
        departure = Departure(**{name: kept[name] for name in ("state", "nonce", "verifier")})
        proof = proof_from(provider, request.GET["code"], departure, _back(request, provider))
        already = request.user if kept["connect"] and isinstance(request.user, User) else None
        user = arrived(provider, proof, already)
    except SignInFailed as problem:
        return _failed(request, provider, problem)
    if already is not None:
        messages.success(request, _("%(name)s is connected: it signs you in from now on.") % {"name": provider.name})
        return redirect("account")
    record_authentication(request, user, "socialaccount", provider=provider.name)
    return perform_login(request, Login(user=user, redirect_url=kept["next"] or None))


@login_required
@fresh_sign_in_required
@require_POST
def disconnect(request: HttpRequest, identity_id: int) -> HttpResponse:
    """Refused when it is the only way in."""
    user: Any = request.user
    identity = get_object_or_404(Identity.objects.filter(user=user), pk=identity_id)
    if not user.has_usable_password() and not Identity.objects.filter(user=user).exclude(pk=identity_id).exists():
        messages.error(request, _("This is your only way to sign in. Ask an administrator for a password link first."))
    else:
        identity.delete()
        messages.success(request, _("%(name)s is not connected any more.") % {"name": identity.provider.name})
    return redirect("account")


def _back(request: HttpRequest, provider: SignInProvider) -> str:
    return request.build_absolute_uri(reverse("oidc_callback", args=[provider.pk]))


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}) else ""


def _failed(request: HttpRequest, provider: SignInProvider, problem: SignInFailed) -> HttpResponse:
    record("sign-in failed", name=provider.name, request=request, after={"why": str(problem)})
    messages.error(request, str(problem))
    return redirect("account" if request.user.is_authenticated else "account_login")
