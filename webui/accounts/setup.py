"""The one-time link that makes the first administrator, as printed in the server's terminal."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from providers.access import models_for
from webui.accounts.forms import SetupForm
from webui.accounts.models import SetupLink, SetupLinkSpent, User


@sensitive_post_parameters("password1", "password2")
def setup(request: HttpRequest, token: str) -> HttpResponse:
    link = SetupLink.find(token)
    if link is None:
        return _spent(request)
    form = SetupForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/setup.html", {"form": form})
    try:
        user = link.use(form.cleaned_data["email"], form.cleaned_data["password1"], language=get_language() or "")
    except SetupLinkSpent:
        return _spent(request)
    get_adapter(request).login(request, user)
    record_authentication(request, user, method="setup link", reauthenticated=True)
    if models_for(user).exists():
        messages.success(
            request, _("You are the administrator of this server, and a model is connected: start a chat.")
        )
    else:
        messages.success(request, _("You are the administrator of this server. Next: connect a model server."))
    return redirect("panel_home")


def _spent(request: HttpRequest) -> HttpResponse:
    """Wrong, used, replaced: one page, which tells nobody which of them it was."""
    return render(request, "accounts/setup_spent.html", {"account_exists": User.objects.exists()}, status=404)
