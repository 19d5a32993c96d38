"""Assistants: who made which, with whom they are shared, and who may make new ones."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from chat.models import Assistant, AssistantMakers
from webui.panel.base import administrator_required

A_PAGE = 50


class MakersForm(forms.ModelForm):
    """Who may make assistants."""

    class Meta:
        model = AssistantMakers
        fields = ["rule", "groups"]
        widgets = {"rule": forms.RadioSelect, "groups": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["groups"].queryset = Group.objects.order_by("name")  # type: ignore[attr-defined]


@administrator_required
def assistants(request: HttpRequest) -> HttpResponse:
    form = MakersForm(request.POST or None, instance=AssistantMakers.objects.first())
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("panel_assistants")
    q = request.GET.get("q", "").strip()
    rows = (
        Assistant.objects.select_related("owner")
        .annotate(
            people=Count("users", distinct=True),
            teams=Count("groups", distinct=True),
            books=Count("libraries", distinct=True),
        )
        .order_by("name", "pk")
    )
    if q:
        found = Q(name__icontains=q) | Q(base_model__icontains=q)
        rows = rows.filter(found | Q(owner__email__icontains=q) | Q(owner__name__icontains=q))
    context = {
        "section": "assistants",
        "form": form,
        "q": q,
        "any": Assistant.objects.exists(),
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "panel/assistants.html", context)


urlpatterns: list[URLPattern] = [path("admin/assistants/", assistants, name="panel_assistants")]
