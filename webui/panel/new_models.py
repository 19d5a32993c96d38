"""New models: who may use a model when it is found for the first time, for each connection or for all."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from providers.models import Connection, NewModels
from webui.panel.base import administrator_required


class RuleForm(forms.ModelForm):
    """One rule."""

    class Meta:
        model = NewModels
        fields = ["rule", "groups"]
        widgets = {"rule": forms.RadioSelect, "groups": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["groups"].queryset = Group.objects.order_by("name")  # type: ignore[attr-defined]


@administrator_required
def new_models(request: HttpRequest) -> HttpResponse:
    """All rules: the general one first, then those of single connections. `?connection=` opens one that has none."""
    if request.method == "POST":
        return _stored(request)
    rules = {rule.connection_id: rule for rule in NewModels.objects.prefetch_related("groups")}
    wanted = request.GET.get("connection", "")
    connections = list(Connection.objects.all())
    shown = [one for one in connections if one.pk in rules or str(one.pk) == wanted]
    context = {
        "section": "models",
        "general": _form(None, rules.get(None)),
        "own": [(one, _form(one, rules.get(one.pk)), one.pk in rules) for one in shown],
        "others": [one for one in connections if one not in shown],
        "has_general": None in rules,
    }
    return render(request, "panel/new_models.html", context)


def _stored(request: HttpRequest) -> HttpResponse:
    pk = request.POST.get("connection", "")
    connection = _connection(pk) if pk else None
    row = NewModels.objects.filter(connection=connection).first()
    if "remove" in request.POST:
        if row:
            row.delete()
        messages.success(request, _("The connection follows the general rule again."))
        return redirect("panel_new_models")
    form = _form(connection, row or NewModels(connection=connection), request.POST)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved. The rule counts for models that are found from now on."))
    else:
        messages.error(request, _("Choose one of the rules."))
    return redirect("panel_new_models")


def _connection(text: str) -> Connection:
    try:
        return get_object_or_404(Connection, pk=uuid.UUID(text))
    except ValueError:
        raise Http404 from None


def _form(connection: Connection | None, row: NewModels | None, data: object = None) -> RuleForm:
    prefix = str(connection.pk) if connection else "general"
    return RuleForm(data, instance=row or NewModels(connection=connection), prefix=prefix)


urlpatterns: list[URLPattern] = [path("admin/models/new/", new_models, name="panel_new_models")]
