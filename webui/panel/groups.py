"""Groups: who is in them. What they may use is decided on the page of models and groups."""

import re

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from providers.models import Model
from webui.accounts.models import User
from webui.panel.base import administrator_required
from webui.panel.consequences import Consequences, consequences

A_PAGE = 100
MOST_SUGGESTED = 300


class GroupForm(forms.ModelForm):
    """A name that no other group has."""

    class Meta:
        model = Group
        fields = ["name"]
        labels = {"name": gettext_lazy("Name")}

    def clean_name(self) -> str:
        name = " ".join(str(self.cleaned_data["name"]).split())
        if Group.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is already a group of this name."))
        return name


class AddForm(forms.Form):
    """New members, by e-mail."""

    add_people = forms.CharField(label=gettext_lazy("Add people by e-mail"), max_length=20_000)

    def clean_add_people(self) -> list[User]:
        given = {word.lower() for word in re.split(r"[\s,;]+", self.cleaned_data["add_people"]) if word}
        found = {user.email.lower(): user for user in User.objects.filter(email__in=given)}
        if unknown := sorted(given - found.keys()):
            raise forms.ValidationError(_("Nobody has the address %(email)s.") % {"email": ", ".join(unknown)})
        return list(found.values())


@administrator_required
def groups(request: HttpRequest) -> HttpResponse:
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect("panel_group", form.save().pk)
    q = request.GET.get("q", "").strip()
    rows = Group.objects.annotate(
        people=Count("user", distinct=True), models=Count("allowed_models", distinct=True)
    ).order_by("name")
    if q:
        rows = rows.filter(name__icontains=q)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"section": "people", "form": form, "q": q, "page": page, "any": Group.objects.exists()}
    return render(request, "panel/groups.html", context)


@administrator_required
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """One group. `name` renames it, `add_people` takes members in; both say what is wrong beside the field."""
    row = get_object_or_404(Group, pk=group_id)
    renaming = GroupForm(request.POST if "name" in request.POST else None, instance=row)
    adding = AddForm(request.POST if "add_people" in request.POST else None)
    if renaming.is_bound and renaming.is_valid():
        renaming.save()
        messages.success(request, _("Saved."))
        return redirect("panel_group", group_id)
    if adding.is_bound and adding.is_valid():
        row.user_set.add(*adding.cleaned_data["add_people"])
        messages.success(request, _("They are in the group now."))
        return redirect("panel_group", group_id)
    q = request.GET.get("q", "").strip()
    members = User.objects.search(q).filter(groups=row).order_by("email")
    context = {
        "section": "people",
        "group": Group.objects.get(pk=group_id),
        "renaming": renaming,
        "adding": adding,
        "q": q,
        "members": row.user_set.count(),
        "page": Paginator(members, A_PAGE).get_page(request.GET.get("page")),
        "models": Model.objects.filter(groups=row).order_by("position", "name"),
        "people": User.objects.filter(is_active=True).exclude(groups=row).order_by("email")[:MOST_SUGGESTED],
    }
    return render(request, "panel/groups_one.html", context)


@administrator_required
@require_POST
def leave(request: HttpRequest, group_id: int) -> HttpResponse:
    """Members that were ticked leave; first it is shown what they lose, when that is anything."""
    row = get_object_or_404(Group, pk=group_id)
    ids = [int(pk) for pk in request.POST.getlist("leaving") if pk.isdigit()]
    leaving = list(row.user_set.filter(pk__in=ids).order_by("email"))
    if not leaving:
        messages.info(request, _("Tick who is to leave the group."))
        return redirect("panel_group", group_id)
    if "really" not in request.POST:
        found = _without(row, lambda: row.user_set.remove(*leaving))
        if found.each:
            context = {"section": "people", "group": row, "leaving": leaving, "consequences": found}
            return render(request, "panel/groups_leave.html", context)
    row.user_set.remove(*leaving)
    messages.success(request, _("They are not in the group any more."))
    return redirect("panel_group", group_id)


@administrator_required
def delete(request: HttpRequest, group_id: int) -> HttpResponse:
    """Asks first, with what it means."""
    row = get_object_or_404(Group, pk=group_id)
    if request.method == "POST":
        row.delete()
        messages.success(request, _("The group “%(name)s” is deleted.") % {"name": row.name})
        return redirect("panel_groups")
    found = _without(row, row.user_set.clear)
    context = {"section": "people", "group": row, "members": row.user_set.count(), "consequences": found}
    return render(request, "panel/groups_delete.html", context)


def _without(row: Group, change: object) -> Consequences:
    models = list(Model.objects.filter(groups=row).select_related("connection"))
    with transaction.atomic():
        return consequences(models, change)  # type: ignore[arg-type]


urlpatterns: list[URLPattern] = [
    path("admin/groups/", groups, name="panel_groups"),
    path("admin/groups/<int:group_id>/", group, name="panel_group"),
    path("admin/groups/<int:group_id>/leave/", leave, name="panel_group_leave"),
    path("admin/groups/<int:group_id>/delete/", delete, name="panel_group_delete"),
]
