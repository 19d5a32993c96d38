"""Models: which there are, and who may use each. The whitelist itself is `providers.access`."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from providers.models import Connection, Model
from webui.accounts.models import User
from webui.panel.base import administrator_required

A_PAGE = 100
MOST_SUGGESTED = 300


class ModelForm(forms.ModelForm):
    """One model: what it is and who may use it. People are added by e-mail, since a list of all would be endless."""

    add_people = forms.CharField(label=gettext_lazy("Add people by e-mail"), required=False, max_length=5000)

    class Meta:
        model = Model
        fields = ["kind", "window", "for_everyone", "users", "groups"]
        widgets = {"users": forms.CheckboxSelectMultiple, "groups": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["window"].min_value = 256  # type: ignore[attr-defined]
        users = self.fields["users"]
        users.queryset = User.objects.filter(allowed_models=self.instance).order_by("email")  # type: ignore[attr-defined]

    def clean_window(self) -> int | None:
        window: int | None = self.cleaned_data["window"]
        if window is not None and not 256 <= window <= 100_000_000:
            raise forms.ValidationError(_("A window has at least 256 tokens."))
        return window

    def clean_add_people(self) -> list[User]:
        given = [word.lower() for word in re.split(r"[\s,;]+", self.cleaned_data["add_people"]) if word]
        found = {user.email.lower(): user for user in User.objects.filter(email__in=given)}
        if unknown := [email for email in given if email not in found]:
            raise forms.ValidationError(_("Nobody has the address %(email)s.") % {"email": ", ".join(unknown)})
        return list(found.values())

    def save(self, commit: bool = True) -> Model:
        model = super().save(commit=False)
        model.kind_by_hand = model.kind_by_hand or "kind" in self.changed_data
        if "window" in self.changed_data:
            # An emptied field gives the question back to the server.
            model.window_by_hand = model.window is not None
        model.save()
        self.save_m2m()
        model.users.add(*self.cleaned_data["add_people"])
        return model


@administrator_required
def models(request: HttpRequest) -> HttpResponse:
    q, connection = request.GET.get("q", "").strip(), request.GET.get("connection", "")
    chosen = Connection.objects.filter(pk=connection).first() if _is_uuid(connection) else None
    found = _found(q, chosen)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "models",
        "page": page,
        "q": q,
        "chosen": chosen,
        "connections": Connection.objects.all(),
        "any": Model.objects.exists(),
    }
    return render(request, "panel/models.html", context)


@administrator_required
def model(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Model.objects.select_related("connection"), pk=pk)
    form = ModelForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
        messages.success(request, _("Saved."))
        return redirect("panel_model", pk)
    people = User.objects.filter(is_active=True).exclude(allowed_models=row).order_by("email")[:MOST_SUGGESTED]
    context = {"section": "models", "model": row, "form": form, "people": people, "groups": Group.objects.exists()}
    return render(request, "panel/models_one.html", context)


@administrator_required
@require_POST
def for_everyone(request: HttpRequest) -> HttpResponse:
    """The switches of one page: `shown` are the rows on it, `everyone` those switched on.

    The buttons `all` and `none` count for every row shown, or for the whole connection that was chosen.
    """
    shown = {int(pk) for pk in request.POST.getlist("shown") if pk.isdigit()}
    on = {int(pk) for pk in request.POST.getlist("everyone") if pk.isdigit()} & shown
    if "all" in request.POST or "none" in request.POST:
        if _is_uuid(whole := request.POST.get("connection", "")):
            chat_models = Model.objects.filter(connection_id=whole, kind=Model.Kind.CHAT)
            shown = set(chat_models.values_list("pk", flat=True))
        on = shown if "all" in request.POST else set()
    rows = Model.objects.filter(pk__in=shown)
    with transaction.atomic():
        changed = rows.filter(pk__in=on, for_everyone=False).update(for_everyone=True)
        changed += rows.exclude(pk__in=on).filter(for_everyone=True).update(for_everyone=False)
    text = ngettext("%(number)d model changed.", "%(number)d models changed.", changed)
    messages.success(request, text % {"number": changed})
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "panel_models")


def _found(q: str, connection: Connection | None) -> QuerySet[Model]:
    rows = Model.objects.select_related("connection").annotate(
        people=Count("users", distinct=True), teams=Count("groups", distinct=True)
    )
    if q:
        rows = rows.filter(Q(public_id__icontains=q) | Q(connection__name__icontains=q))
    if connection:
        rows = rows.filter(connection=connection)
    return rows.order_by("connection__created_at", "connection_id", "-present", "kind", "name")


def _is_uuid(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text))


urlpatterns: list[URLPattern] = [
    path("admin/models/", models, name="panel_models"),
    path("admin/models/everyone/", for_everyone, name="panel_models_everyone"),
    path("admin/models/<int:pk>/", model, name="panel_model"),
]
