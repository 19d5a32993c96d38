"""The table of models and groups: who may use what, all at once, with a look at the consequences before it counts."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.models import Group
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST
from pydantic import TypeAdapter, ValidationError

from providers import rights
from providers.models import Model
from providers.rights import EVERYONE, Change
from webui.accounts.revocation import look_again
from webui.audit.entries import record
from webui.panel.base import administrator_required
from webui.panel.consequences import consequences

MOST_CHANGES = 100_000
# Thousands of these make the page: each without a name of its own, its place tells what it is.
_BOX = "<td><input type=checkbox>"
_TICKED = "<td><input type=checkbox checked>"
_CHANGES = TypeAdapter(list[tuple[int, int, bool]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    model: Model
    cells: SafeString


@gzip_page
@administrator_required
def matrix(request: HttpRequest) -> HttpResponse:
    groups = sorted(Group.objects.annotate(people=Count("user")), key=lambda group: _as_counted(group.name))
    rows = Model.objects.filter(kind=Model.Kind.CHAT, replica_of=None).select_related("connection")
    models = list(rows.annotate(people=Count("users")).order_by("connection__name", "position", "name"))
    cells = rights.table(models, groups)
    context = {
        "section": "models",
        "groups": groups,
        "rows": [Row(model=model, cells=_cells(cells[model.pk], groups)) for model in models],
        "columns": json.dumps([EVERYONE, *(group.pk for group in groups)]),
        "q": request.GET.get("q", ""),
        "wanted": request.GET.get("groups", ""),
        "connections": sorted({model.connection.name for model in models}, key=str.casefold),
    }
    return render(request, "panel/matrix.html", context)


def _as_counted(name: str) -> list[tuple[int, str]]:
    """Sorts "Team 2" before "Team 10"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


@administrator_required
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """What the changes would do; with `save` they are made."""
    try:
        changes = _changes(request.POST.get("changes", ""))
    except ValidationError:
        messages.error(request, _("The changes could not be read. Nothing was saved; make them again."))
        return redirect("panel_matrix")
    if not changes:
        messages.info(request, _("Nothing was changed."))
        return redirect("panel_matrix")
    if "save" in request.POST:
        rights.make(changes)
        _note(changes)
        look_again()
        text = ngettext("%(number)d change saved.", "%(number)d changes saved.", len(changes))
        messages.success(request, text % {"number": len(changes)})
        return redirect("panel_matrix")
    found = consequences(rights.concerned(changes), lambda: rights.make(changes))
    context = {
        "section": "models",
        "consequences": found,
        "number": len(changes),
        "changes": json.dumps([[one.model, one.group, one.allowed] for one in changes], separators=(",", ":")),
    }
    return render(request, "panel/matrix_preview.html", context)


def _note(changes: list[Change]) -> None:
    """For the audit log: which models became whose."""
    groups = {group.pk: group.name for group in Group.objects.all()} | {EVERYONE: "*"}
    names = {model.pk: model.public_id for model in rights.concerned(changes)}
    said = [
        (one.allowed, f"{groups[one.group]}: {names[one.model]}")
        for one in changes
        if one.group in groups and one.model in names
    ]
    added, removed = ([text for allowed, text in said if allowed is wanted] for wanted in (True, False))
    record("rights changed", name=_("Who may use what"), before={"removed": removed}, after={"added": added})


def _cells(allowed: set[int], groups: Sequence[Group]) -> SafeString:
    boxes = [_TICKED if key in allowed else _BOX for key in (EVERYONE, *(group.pk for group in groups))]
    return mark_safe("".join(boxes))  # noqa: S308  our own two constants


def _changes(text: str) -> list[Change]:
    given = _CHANGES.validate_json(text or "[]")[:MOST_CHANGES]
    last = {(model, group): allowed for model, group, allowed in given}
    return [Change(model=model, group=group, allowed=allowed) for (model, group), allowed in last.items()]


urlpatterns: list[URLPattern] = [
    path("admin/access/", matrix, name="panel_matrix"),
    path("admin/access/change/", change, name="panel_matrix_change"),
]
