"""Connections to model servers: find, add, check, edit, and say at once who may use what was found."""

from uuid import UUID

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from providers import catalog, pools, stock
from providers.models import Connection, Model
from providers.neighbours import FoundServer, probe_local
from webui import demo
from webui.accounts.fresh import ask_again
from webui.conf import conf
from webui.crypto import SecretUnreadable
from webui.panel import doctor
from webui.panel.base import administrator_required
from webui.panel.connection_forms import AddForm, ConnectionForm
from webui.panel.doctor import doctor_context

SECRETS = ("key", "remove_key", "headers", "new_headers", "remove_headers")


@administrator_required
def connections(request: HttpRequest) -> HttpResponse:
    """The list. `?nearby` looks for servers first; the script fetches that part by itself."""
    looked = "nearby" in request.GET
    return _list_page(request, AddForm(), _nearby() if looked else {}, looked=looked)


@administrator_required
def nearby(request: HttpRequest) -> HttpResponse:
    """The part of the list that takes a moment: servers on this machine that are not connected yet."""
    return render(request, "panel/_connections_nearby.html", _nearby())


@administrator_required
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    if again := _asked_who(request):
        return again
    form = AddForm(request.POST)
    if not form.is_valid():
        return _list_page(request, form)
    connection = form.save()
    catalog.store(connection, form.outcome)
    messages.success(request, _("%(name)s is connected.") % {"name": connection.name})
    return redirect(f"{connection_path(connection)}?new")


@administrator_required
def connection(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Connection, pk=pk)
    if again := _asked_who(request):
        return again
    form = ConnectionForm(request.POST or None, instance=row)
    if request.method == "GET" and "address" in request.GET:
        # A remedy that the Doctor found: in the field, to be looked at and saved.
        form.initial["base_url"] = request.GET["address"][:500]
    if request.method == "POST" and form.is_valid():
        row = form.save()
        found = catalog.discover(row, afresh=form.moved) if row.enabled else None
        messages.success(request, _("Saved."))
        if found and found.problem:
            messages.warning(request, found.problem)
        return redirect(connection_path(row))
    return render(request, "panel/connections_one.html", _one_context(request, row, form))


@administrator_required
@require_POST
def refresh(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Connection, pk=pk)
    found = catalog.discover(row)
    if found.problem:
        messages.warning(request, found.problem)
    else:
        text = ngettext("%(number)d model found.", "%(number)d models found.", found.models)
        messages.success(request, text % {"number": found.models})
    return redirect(connection_path(row))


@administrator_required
@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Connection, pk=pk)
    pools.leave(row)
    row.delete()
    pools.arrange()
    messages.success(request, _("%(name)s is deleted. Its chats stay.") % {"name": row.name})
    return redirect("panel_connections")


@administrator_required
@require_POST
def add_model(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A model whose name the server does not tell."""
    row = get_object_or_404(Connection, pk=pk)
    name = request.POST.get("name", "").strip()
    if not name or len(name) > 300 or not name.isprintable():
        messages.error(request, _("Enter the model's name exactly as the server spells it."))
    else:
        model = stock.add_by_hand(row, name)
        messages.success(request, _("%(name)s is added.") % {"name": model.name})
    return redirect(connection_path(row))


@administrator_required
@require_POST
def toy(request: HttpRequest) -> HttpResponse:
    """Ask for the toy model server, or take the wish back."""
    if "stop" in request.POST:
        demo.withdraw()
    else:
        demo.request()
    return redirect("panel_connections")


def _asked_who(request: HttpRequest) -> HttpResponse | None:
    """A key is entered or removed by somebody who signed in a moment ago; all else on these pages is not asked for."""
    return ask_again(request) if any(request.POST.get(name, "").strip() for name in SECRETS) else None


def connection_path(row: Connection) -> str:
    return f"/admin/connections/{row.pk}/"


def _list_page(
    request: HttpRequest, form: AddForm, found: dict[str, object] | None = None, *, looked: bool = False
) -> HttpResponse:
    counted = Q(models__present=True, models__kind=Model.Kind.CHAT)
    context = {
        "section": "connections",
        "connections": Connection.objects.annotate(chat_models=Count("models", filter=counted)).order_by("created_at"),
        "form": form,
        "looked": looked,
        "may_look": conf.probe_local,
        "toy": demo.state(),
        "toy_possible": demo.possible(),
        **(found or {}),
    }
    return render(request, "panel/connections.html", context)


def _nearby() -> dict[str, object]:
    found: list[FoundServer] = async_to_sync(probe_local)()
    known = set(Connection.objects.values_list("base_url", flat=True))
    # The same server under two names is offered once.
    known |= {url.replace("localhost", "127.0.0.1") for url in known}
    return {"found": [server for server in found if server.base_url not in known]}


def _one_context(request: HttpRequest, row: Connection, form: ConnectionForm) -> dict[str, object]:
    stored = Connection.objects.get(pk=row.pk)  # the form may have changed the row in memory
    try:
        key, header_names, unreadable = stored.api_key, list(stored.headers), ""
    except SecretUnreadable as problem:
        key, header_names, unreadable = "", [], str(problem)
    return {
        **doctor_context(stored),
        "section": "connections",
        "connection": stored,
        "hosts": Connection.objects.exclude(pool="").filter(pool=stored.pool).exclude(pk=stored.pk),
        "header_names": header_names,
        "form": form,
        "models": stored.models.filter(present=True).order_by("kind", "name"),
        "gone": stored.models.filter(present=False).count(),
        "is_new": "new" in request.GET,
        "has_key": bool(stored.encrypted_key),
        # Of a short key four characters are too much.
        "key_end": key[-4:] if len(key) >= 12 else "",
        "key_problem": unreadable,
    }


urlpatterns: list[URLPattern] = [
    path("admin/connections/", connections, name="panel_connections"),
    path("admin/connections/nearby/", nearby, name="panel_connections_nearby"),
    path("admin/connections/add/", add, name="panel_connection_add"),
    path("admin/connections/toy/", toy, name="panel_toy"),
    *doctor.urlpatterns,
    path("admin/connections/<uuid:pk>/", connection, name="panel_connection"),
    path("admin/connections/<uuid:pk>/refresh/", refresh, name="panel_connection_refresh"),
    path("admin/connections/<uuid:pk>/delete/", delete, name="panel_connection_delete"),
    path("admin/connections/<uuid:pk>/models/", add_model, name="panel_connection_add_model"),
]
