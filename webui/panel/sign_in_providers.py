"""Sign-in providers: entered, tried, changed and removed. The secret is written, never shown."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from webui import crypto
from webui.accounts.fresh import fresh_sign_in_required
from webui.accounts.oidc.models import SignInProvider
from webui.accounts.oidc.protocol import SignInFailed, discovered
from webui.panel.base import administrator_required


class ProviderForm(forms.ModelForm):
    """`secret` is empty to keep what is stored; `groups` has a line "value = group" for each."""

    secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    groups = forms.CharField(
        label=gettext_lazy("Groups"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("A line each: value of the claim = group here. People join and leave these at sign-in."),
    )
    field_order = (
        "name",
        "discovery_url",
        "client_id",
        "secret",
        "scopes",
        "domains",
        "newcomers",
        "groups_claim",
        "groups",
    )

    class Meta:
        model = SignInProvider
        fields = ("name", "discovery_url", "client_id", "scopes", "domains", "newcomers", "groups_claim", "enabled")
        widgets = {"discovery_url": forms.URLInput(attrs={"placeholder": "https://login.example.org/realms/team"})}
        help_texts = {
            "name": gettext_lazy("It stands on the button: “Sign in with …”."),
            "discovery_url": gettext_lazy(
                "The issuer; its description is read from /.well-known/openid-configuration."
            ),
            "domains": gettext_lazy(
                "Only people with such addresses, by comma. Empty: everybody whom the provider lets in."
            ),
            "groups_claim": gettext_lazy("Often “groups” or “roles”. Empty: groups are kept by hand."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        stored = self.instance.group_map or {}
        self.fields["groups"].initial = "\n".join(f"{value} = {name}" for value, name in stored.items())
        self.fields["secret"].help_text = (
            _("A secret is stored. Leave the field empty to keep it.")
            if self.instance.encrypted_secret
            else _("It is stored encrypted and never shown again.")
        )

    def clean_groups(self) -> dict[str, str]:
        found = {}
        for line in self.cleaned_data["groups"].splitlines():
            value, equals, name = (part.strip() for part in line.rpartition("="))
            if not equals and not name:
                continue
            if not value or not Group.objects.filter(name=name).exists():
                raise forms.ValidationError(_("There is no group “%(name)s” here.") % {"name": name})
            found[value] = name
        return found

    def save(self, commit: bool = True) -> SignInProvider:
        row: SignInProvider = super().save(commit=False)
        row.group_map = self.cleaned_data["groups"]
        if secret := self.cleaned_data["secret"]:
            row.encrypted_secret = crypto.encrypt(secret)
        row.save()
        return row


@administrator_required
@fresh_sign_in_required
def provider(request: HttpRequest, provider_id: int | None = None) -> HttpResponse:
    """One provider, or a new one. It is asked for its description after saving, and what it says is told."""
    row = get_object_or_404(SignInProvider, pk=provider_id) if provider_id else None
    form = ProviderForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        try:
            discovered(saved)
            messages.success(request, _("Saved. The provider answers."))
        except SignInFailed as problem:
            messages.warning(request, _("Saved, but nobody can sign in with it yet.") + f" {problem}")
        return redirect("panel_sign_in_provider", saved.pk)
    context = {"section": "people", "form": form, "row": row, "back": _back(request, row)}
    return render(request, "panel/sign_in_provider.html", context)


@administrator_required
@fresh_sign_in_required
@require_POST
def remove(request: HttpRequest, provider_id: int) -> HttpResponse:
    row = get_object_or_404(SignInProvider, pk=provider_id)
    row.delete()
    messages.success(
        request,
        _("%(name)s is removed. Accounts stay; whoever has no password needs a link for one.") % {"name": row.name},
    )
    return redirect("panel_signing_in")


def _back(request: HttpRequest, row: SignInProvider | None) -> str:
    return request.build_absolute_uri(reverse("oidc_callback", args=[row.pk])) if row else ""


urlpatterns: list[URLPattern] = [
    path("admin/signing-in/providers/new/", provider, name="panel_sign_in_provider_new"),
    path("admin/signing-in/providers/<int:provider_id>/", provider, name="panel_sign_in_provider"),
    path("admin/signing-in/providers/<int:provider_id>/remove/", remove, name="panel_sign_in_provider_remove"),
]
