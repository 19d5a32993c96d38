"""The blind arena: who may enter it, who may see the leaderboard, how many votes there are, and what people share."""

from itertools import chain
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from chat.arena import counting, rights
from chat.comparisons import keeping
from chat.models import ArenaRule, Comparison, Duel
from chat.rating.api import as_download
from chat.rating.lines import KINDS
from webui.panel.base import administrator_required


class ArenaForm(forms.ModelForm):
    """Who may compare, and who may see what came of it."""

    class Meta:
        model = ArenaRule
        fields = ["players", "player_groups", "viewers", "viewer_groups"]
        chosen, several = forms.RadioSelect, forms.CheckboxSelectMultiple
        widgets = {"players": chosen, "player_groups": several, "viewers": chosen, "viewer_groups": several}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("player_groups", "viewer_groups"):
            self.fields[name].queryset = Group.objects.order_by("name")  # type: ignore[attr-defined]


@administrator_required
def arena(request: HttpRequest) -> HttpResponse:
    form = ArenaForm(request.POST or None, instance=rights.rule())
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("panel_arena")
    voted = Duel.objects.voted()
    judged = Comparison.objects.filter(shared=True, owner__is_active=True).exclude(verdict="")
    context = {
        "section": "usage",
        "form": form,
        "has_groups": Group.objects.exists(),
        "votes": voted.count(),
        "blind": counting.counted().count(),
        "shared": voted.filter(shared=True, owner__is_active=True).count() + judged.count(),
    }
    return render(request, "panel/arena.html", context)


@administrator_required
def arena_export(request: HttpRequest) -> HttpResponseBase:
    """What is shared of duels and comparisons, one JSON object a line."""
    kind = KINDS.get(request.GET.get("kind", ""), "all")
    return as_download(chain(counting.shared(kind), keeping.shared(kind)))


urlpatterns: list[URLPattern] = [
    path("admin/arena/", arena, name="panel_arena"),
    path("admin/arena/export/", arena_export, name="panel_arena_export"),
]
