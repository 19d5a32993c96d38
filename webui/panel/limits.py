"""Limits: what everyone, a group or a person may use in a minute, in a day, at once, and store."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.allowances import KINDS, Decided, explained, rules
from providers.models import NO_LIMIT, Limit
from webui.accounts.models import User
from webui.panel.base import administrator_required
from webui.panel.limit_forms import LABELS, LimitForm

A_PAGE = 100
MOST_SUGGESTED = 500
COLUMNS = {**LABELS, "storage": gettext_lazy("Storage")}  # whose values bring their units


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Whose limits, and the values as they are read; empty where they are inherited."""

    limit: Limit
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One limit of a person and where it comes from."""

    label: object
    value: str
    reason: str


@administrator_required
def limits(request: HttpRequest) -> HttpResponse:
    """Everyone's are edited here; `group` or `person` leads to the page of one."""
    if found := _asked_for(request):
        return found
    row = Limit.objects.filter(for_everyone=True).first() or Limit(for_everyone=True)
    form = LimitForm(_posted(request), row=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. It counts everywhere within five seconds."))
        return redirect("panel_limits")
    people = Limit.objects.exclude(user=None).select_related("user").order_by("user__email")
    page = Paginator(people, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "usage",
        "form": form,
        "labels": COLUMNS.values(),
        "of_groups": [_row(one) for one in Limit.objects.exclude(group=None).select_related("group")],
        "page": page,
        "of_people": [_row(one) for one in page],
        "groups": Group.objects.order_by("name"),
        "people": User.objects.filter(is_active=True).order_by("email")[:MOST_SUGGESTED],
    }
    return render(request, "panel/limits.html", context)


@administrator_required
def group_limits(request: HttpRequest, group_id: int) -> HttpResponse:
    group = get_object_or_404(Group, pk=group_id)
    row = Limit.objects.filter(group=group).first() or Limit(group=group)
    everyone = rules().everyone
    inherited = {kind: said(kind, everyone.get(kind)) for kind in KINDS}
    context = {"group": group, "members": group.user_set.count()}
    return _edit(request, LimitForm(_posted(request), row=row, inherited=inherited), context)


@administrator_required
def person_limits(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    row = Limit.objects.filter(user=person).first() or Limit(user=person)
    known, groups = rules(), list(person.groups.values_list("pk", flat=True))
    without = {kind: known.decided(kind, 0, groups) for kind in KINDS}
    inherited = {kind: said(kind, without[kind].value) for kind in KINDS}
    context = {"person": person, "held": held_by(person)}
    return _edit(request, LimitForm(_posted(request), row=row, inherited=inherited), context)


def held_by(person: User) -> list[Held]:
    """What holds for a person, kind by kind, and whose rule it is."""
    found = explained(person.pk)
    names = dict(Group.objects.filter(pk__in=[one.group for one in found.values()]).values_list("pk", "name"))
    return [
        Held(label=COLUMNS[kind], value=said(kind, one.value), reason=_reason(one, names))
        for kind, one in found.items()
    ]


def said(kind: str, value: int | None) -> str:
    if value in (None, NO_LIMIT):
        return _("no limit")
    return filesizeformat(value) if kind == "storage" else f"{value:,}"


def _edit(request: HttpRequest, form: LimitForm, context: dict[str, Any]) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved. It counts everywhere within five seconds."))
        return redirect("panel_limits")
    return render(request, "panel/limits_one.html", {"section": "usage", "form": form, **context})


def _posted(request: HttpRequest) -> QueryDict | None:
    """An empty form is sent as well: it lifts all limits."""
    return request.POST if request.method == "POST" else None


def _asked_for(request: HttpRequest) -> HttpResponse | None:
    group, email = request.GET.get("group", ""), request.GET.get("person", "").strip()
    if group.isdigit():
        return redirect("panel_group_limits", int(group))
    if not email:
        return None
    person = User.objects.filter(email__iexact=email).first()
    if person:
        return redirect("panel_person_limits", person.pk)
    messages.error(request, _("Nobody has the address %(email)s.") % {"email": email})
    return redirect("panel_limits")


def _row(limit: Limit) -> Row:
    values = (getattr(limit, kind) for kind in KINDS)
    return Row(
        limit=limit,
        values=tuple("" if value is None else said(kind, value) for kind, value in zip(KINDS, values, strict=True)),
    )


def _reason(one: Decided, names: dict[int, str]) -> str:
    match one.by:
        case "person":
            return _("Set for this person.")
        case "group":
            return _("By the group “%(name)s”.") % {"name": names.get(one.group or 0, "")}
        case "everyone":
            return _("As for everyone.")
    return ""


urlpatterns: list[URLPattern] = [
    path("admin/limits/", limits, name="panel_limits"),
    path("admin/groups/<int:group_id>/limits/", group_limits, name="panel_group_limits"),
    path("admin/people/<int:pk>/limits/", person_limits, name="panel_person_limits"),
]
