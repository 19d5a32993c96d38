"""The page behind an invitation: somebody makes their account, and is in."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django import forms
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from webui.accounts.forms import SetupForm
from webui.accounts.hooks.sending import announce
from webui.accounts.invitations import Invitation, InvitationSpent
from webui.accounts.models import User


class InvitedForm(SetupForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("How others see you. You can leave it empty."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "email", "password1", "password2")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(
                _("There is already an account with this e-mail address. Sign in with it instead.")
            )
        return email


@sensitive_post_parameters("password1", "password2")
def invited(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST" and (full := ratelimit.consume_or_429(request, app="allauth.account", action="signup")):
        return full
    invitation = Invitation.find(token)
    if invitation is None:
        return _spent(request)
    form = InvitedForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/invited.html", {"form": form, "invitation": invitation})
    given = form.cleaned_data
    try:
        user = invitation.accept(given["email"], given["password1"], name=given["name"], language=get_language() or "")
    except InvitationSpent:
        return _spent(request)
    except IntegrityError:
        form.add_error("email", _("There is already an account with this e-mail address. Sign in with it instead."))
        return render(request, "accounts/invited.html", {"form": form, "invitation": invitation})
    announce(user)
    record_authentication(request, user, method="invitation")
    return perform_login(request, Login(user=user, signup=True))


def _spent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/invited_spent.html", status=404)
