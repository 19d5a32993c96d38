"""Models: which there are, and who may use each. The whitelist itself is `providers.access`."""

import re

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
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from providers.models import Connection, Model
from webui.accounts.models import User
from webui.accounts.revocation import look_again
from webui.audit.entries import record
from webui.panel.base import administrator_required
from webui.panel.consequences import consequences
from webui.panel.model_forms import ModelForm

A_PAGE = 100
MOST_SUGGESTED = 300


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
    form, found = ModelForm(request.POST or None, instance=row), None
    if request.method == "POST" and form.is_valid():
        if "look" not in request.POST:
            with transaction.atomic():
                form.save()
            messages.success(request, _("Saved."))
            return redirect("panel_model", pk)
        found = consequences([row], form.save)
    people = User.objects.filter(is_active=True).exclude(allowed_models=row).order_by("email")[:MOST_SUGGESTED]
    context = {"section": "models", "model": row, "form": form, "people": people, "groups": Group.objects.exists()}
    # A fresh row: the form has written what was only tried into the first one.
    context |= {"consequences": found, "model": Model.objects.select_related("connection").get(pk=pk)}
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
        opened = rows.filter(pk__in=on, for_everyone=False)
        closed = rows.exclude(pk__in=on).filter(for_everyone=True)
        names = [list(found.values_list("public_id", flat=True)) for found in (closed, opened)]
        changed = opened.update(for_everyone=True)
        changed += closed.exclude(pk__in=on).update(for_everyone=False)
        if changed:
            look_again()
            record("rights changed", name=_("For everyone"), before={"removed": names[0]}, after={"added": names[1]})
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
