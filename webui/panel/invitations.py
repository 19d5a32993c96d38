"""Invitations: made, counted, revoked."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from webui.accounts.fresh import fresh_sign_in_required
from webui.accounts.invitations import Invitation
from webui.accounts.models import User
from webui.panel.base import administrator_required


class InvitationForm(forms.Form):
    """What a new link is good for."""

    note = forms.CharField(label=gettext_lazy("What is it for?"), max_length=100, required=False)
    most_uses = forms.IntegerField(label=gettext_lazy("For how many people"), min_value=1, max_value=10_000, initial=1)
    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"),
        coerce=int,
        choices=[
            (1, gettext_lazy("1 day")),
            (7, gettext_lazy("7 days")),
            (30, gettext_lazy("30 days")),
            (90, gettext_lazy("90 days")),
        ],
        initial=7,
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        label=gettext_lazy("They join these groups"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    makes_administrators = forms.BooleanField(label=gettext_lazy("They become administrators"), required=False)

    def bounds(self) -> dict[str, Any]:
        given = self.cleaned_data
        ends = timezone.now() + timedelta(days=given["days"])
        return {
            "expires_at": ends,
            **{name: given[name] for name in ("note", "most_uses", "groups", "makes_administrators")},
        }


@administrator_required
@fresh_sign_in_required
def invitations(request: HttpRequest) -> HttpResponse:
    """Answers with the page itself, not a redirect: the link is shown in this one answer and kept nowhere."""
    form, link = InvitationForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        person = request.user
        assert isinstance(person, User)  # noqa: S101  administrator_required has let nobody else through
        _row, token = Invitation.issue(person, **form.bounds())
        link = request.build_absolute_uri(reverse("invitation", args=[token]))
        form = InvitationForm()
    rows = Invitation.objects.select_related("created_by").prefetch_related("groups")
    context = {"section": "people", "form": form, "link": link, "rows": rows, "groups": Group.objects.exists()}
    return render(request, "panel/invitations.html", context)


@administrator_required
@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    get_object_or_404(Invitation, pk=invitation_id).delete()
    messages.success(request, _("The invitation is revoked. Whoever came with it stays."))
    return redirect("panel_invitations")


urlpatterns: list[URLPattern] = [
    path("admin/invitations/", invitations, name="panel_invitations"),
    path("admin/invitations/<int:invitation_id>/revocation/", revoke, name="panel_invitation_revoke"),
]
