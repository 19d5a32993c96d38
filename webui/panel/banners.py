"""Banners: written, changed and taken away by an administrator."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from webui.banners import current
from webui.banners.models import Banner
from webui.panel.base import administrator_required

MOST = 100  # kept; the pages show those whose time it is


class BannerForm(forms.ModelForm):
    """Words in one language at least, and an end that comes after the beginning."""

    class Meta:
        model = Banner
        fields = ["text", "text_zh", "kind", "starts_at", "ends_at", "can_be_closed", "at_sign_in"]
        widgets = {
            "text": forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            "text_zh": forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            "kind": forms.RadioSelect,
            **{
                name: forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
                for name in ("starts_at", "ends_at")
            },
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("text") and not cleaned.get("text_zh") and not self.errors:
            raise forms.ValidationError(_("Write something, in one language at least."))
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("It would end before it begins."))
        return cleaned


@administrator_required
def banners(request: HttpRequest) -> HttpResponse:
    form = BannerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _saved(request, form)
    context = {"section": "home", "form": form, "rows": Banner.objects.all()[:MOST]}
    return render(request, "panel/banners.html", context)


@administrator_required
def banner(request: HttpRequest, banner_id: int) -> HttpResponse:
    row = get_object_or_404(Banner, pk=banner_id)
    form = BannerForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        return _saved(request, form)
    return render(request, "panel/banners_one.html", {"section": "home", "form": form, "banner": row})


@administrator_required
@require_POST
def take_away(request: HttpRequest, banner_id: int) -> HttpResponse:
    get_object_or_404(Banner, pk=banner_id).delete()
    current.forget()
    messages.success(request, _("The banner is gone."))
    return redirect("panel_banners")


def _saved(request: HttpRequest, form: BannerForm) -> HttpResponse:
    form.save()
    current.forget()
    messages.success(request, _("Saved. Pages show it within %(seconds)s seconds.") % {"seconds": current.SECONDS})
    return redirect("panel_banners")


urlpatterns: list[URLPattern] = [
    path("admin/banners/", banners, name="panel_banners"),
    path("admin/banners/<int:banner_id>/", banner, name="panel_banner"),
    path("admin/banners/<int:banner_id>/delete/", take_away, name="panel_banner_delete"),
]
