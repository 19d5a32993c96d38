"""Hooks for sign-ups: entered, tried, removed. Address and secret are written, never shown."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from webui import crypto
from webui.accounts.fresh import fresh_sign_in_required
from webui.accounts.hooks.models import SignUpHook
from webui.accounts.hooks.sending import tell
from webui.accounts.models import User
from webui.panel.base import administrator_required


class HookForm(forms.ModelForm):
    """`url` and `secret` are empty to keep what is stored."""

    url = forms.URLField(label=gettext_lazy("Address"), required=False, max_length=1000, assume_scheme="https")
    secret = forms.CharField(
        label=gettext_lazy("Secret for the signature"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("For JSON: X-Webui-Signature is HMAC-SHA256 of timestamp, a dot and the body."),
    )
    field_order = ("name", "kind", "url", "secret", "enabled")

    class Meta:
        model = SignUpHook
        fields = ("name", "kind", "enabled")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.encrypted_url:
            self.fields["url"].help_text = _("An address is stored. Leave the field empty to keep it.")
        else:
            self.fields["url"].required = True

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise forms.ValidationError(_("The address has to begin with https:// or http://, and holds no password."))
        return url

    def save(self, commit: bool = True) -> SignUpHook:
        row: SignUpHook = super().save(commit=False)
        if url := self.cleaned_data["url"]:
            row.encrypted_url = crypto.encrypt(url)
        if secret := self.cleaned_data["secret"]:
            row.encrypted_secret = crypto.encrypt(secret)
        row.save()
        return row


@administrator_required
@fresh_sign_in_required
def hook(request: HttpRequest, hook_id: int | None = None) -> HttpResponse:
    row = get_object_or_404(SignUpHook, pk=hook_id) if hook_id else None
    form = HookForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        if "test" not in request.POST:
            messages.success(request, _("Saved."))
        elif problem := tell(saved, _tester(request), trial=True):
            messages.error(request, _("The test was not taken. %(why)s") % {"why": problem})
        else:
            messages.success(request, _("The test was taken: look there."))
        return redirect("panel_sign_up_hook", saved.pk)
    return render(request, "panel/sign_up_hook.html", {"section": "people", "form": form, "row": row})


@administrator_required
@fresh_sign_in_required
@require_POST
def remove(request: HttpRequest, hook_id: int) -> HttpResponse:
    get_object_or_404(SignUpHook, pk=hook_id).delete()
    messages.success(request, _("The hook is removed."))
    return redirect("panel_signing_in")


def _tester(request: HttpRequest) -> User:
    """The administrator who tries it stands for somebody who signs up."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


urlpatterns: list[URLPattern] = [
    path("admin/signing-in/hooks/new/", hook, name="panel_sign_up_hook_new"),
    path("admin/signing-in/hooks/<int:hook_id>/", hook, name="panel_sign_up_hook"),
    path("admin/signing-in/hooks/<int:hook_id>/remove/", remove, name="panel_sign_up_hook_remove"),
]
