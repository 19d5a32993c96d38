"""How people sign in here: what is asked of them, and by which other ways they may come."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from webui.accounts import second_factor
from webui.accounts.fresh import fresh_sign_in_required
from webui.accounts.hooks.models import SignUpHook
from webui.accounts.models import User
from webui.accounts.oidc.models import SignInProvider
from webui.accounts.rules import Required, SignInRules
from webui.panel.base import administrator_required


class RulesForm(forms.ModelForm):
    """The rules for everybody. `person` is the administrator who sets them, and is not to shut themself out."""

    class Meta:
        model = SignInRules
        fields = ("second_factor", "passwords")
        labels = {"passwords": gettext_lazy("Everybody may sign in with a password")}
        widgets = {"second_factor": forms.RadioSelect}

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person

    def clean_second_factor(self) -> str:
        wanted: str = self.cleaned_data["second_factor"]
        if wanted != Required.NOBODY and not second_factor.has_one(self.person):
            raise forms.ValidationError(
                _("Set up a second step for yourself first, so that this rule cannot shut you out.")
            )
        return wanted

    def clean_passwords(self) -> bool:
        wanted: bool = self.cleaned_data["passwords"]
        if not wanted and not SignInProvider.objects.filter(enabled=True).exists():
            raise forms.ValidationError(_("Add a sign-in provider first: without one nobody could come in any more."))
        return wanted


@administrator_required
@fresh_sign_in_required
def signing_in(request: HttpRequest) -> HttpResponse:
    person = request.user
    assert isinstance(person, User)  # noqa: S101  administrator_required has let nobody else through
    row = SignInRules.row()
    form = RulesForm(request.POST or None, instance=row, person=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        ended = second_factor.enforce()
        messages.success(request, _("Saved.") + (" " + _told(ended) if ended else ""))
        return redirect("panel_signing_in")
    providers = SignInProvider.objects.annotate(people=Count("identities"))
    context = {"section": "people", "form": form, "providers": providers, "hooks": SignUpHook.objects.all()}
    return render(request, "panel/signing_in.html", context)


def _told(ended: int) -> str:
    text = ngettext(
        "%(number)d person without a second step is signed out and sets one up at the next sign-in.",
        "%(number)d people without a second step are signed out and set one up at the next sign-in.",
        ended,
    )
    return text % {"number": ended}


urlpatterns: list[URLPattern] = [path("admin/signing-in/", signing_in, name="panel_signing_in")]
