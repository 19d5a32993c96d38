"""Tool servers: found, looked at, opened to groups, tried and taken away by an administrator."""

import uuid
from typing import Any, cast

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from chat.tools import built_in
from chat.tools.results import shown
from providers.models import Tool, ToolServer
from providers.tools import finding, pinning, rights, running
from providers.tools.base import ToolError
from providers.tools.schemas import BadArguments, checked
from webui.accounts.models import User
from webui.panel.base import administrator_required
from webui.panel.tool_forms import BuiltInForm, ServerForm, TryForm, policies_from

LONGEST = 4000  # characters of a result that are shown


@administrator_required
def tools(request: HttpRequest) -> HttpResponse:
    """All servers, ours among them, and the form of a new one."""
    built_in.ensure()
    form = ServerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        server = form.save()
        rights.forget()
        _look(request, server)
        return redirect("panel_tool_server", server.pk)
    servers = ToolServer.objects.prefetch_related("tools", "groups")
    context = {"section": "tools", "form": form, "rows": [_row(server) for server in servers], "back": _back(request)}
    return render(request, "panel/tools.html", context)


@administrator_required
def server(request: HttpRequest, server_id: uuid.UUID) -> HttpResponse:
    """One server: its settings, and its tools as they were approved."""
    row = get_object_or_404(ToolServer, pk=server_id)
    form: ServerForm | BuiltInForm
    form = (BuiltInForm if _is_ours(row) else ServerForm)(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        rights.forget()
        running.forget(row.pk)
        messages.success(request, _("Saved."))
        if not _is_ours(row) and {"url", "auth", "token"} & set(form.changed_data):
            _look(request, row)
        return redirect("panel_tool_server", row.pk)
    return _page(request, row, form, TryForm(row))


@administrator_required
@require_POST
def look(request: HttpRequest, server_id: uuid.UUID) -> HttpResponse:
    row = _others(server_id)
    _look(request, row)
    return redirect("panel_tool_server", row.pk)


@administrator_required
@require_POST
def policies(request: HttpRequest, server_id: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(ToolServer, pk=server_id)
    policies_from(row, request.POST)
    rights.forget()
    messages.success(request, _("Saved."))
    return redirect("panel_tool_server", row.pk)


@administrator_required
@require_POST
def approve(request: HttpRequest, server_id: uuid.UUID, tool_id: int) -> HttpResponse:
    """What the server says now was looked at: it counts, and the tool asks first again."""
    finding.approve(get_object_or_404(Tool, pk=tool_id, server=server_id))
    messages.success(request, _("Approved as it is now."))
    return redirect("panel_tool_server", server_id)


@administrator_required
@require_POST
def attempt(request: HttpRequest, server_id: uuid.UUID) -> HttpResponse:
    """One call with the administrator's own rights, and what it gave."""
    row = get_object_or_404(ToolServer, pk=server_id)
    form, told = TryForm(row, request.POST), {}
    if form.is_valid():
        tool: Tool = form.cleaned_data["tool"]
        try:
            told = _tried(cast(User, request.user), tool, checked(form.cleaned_data["given"], tool.schema))
        except BadArguments as problem:
            form.add_error("given", str(problem))
        except ToolError as problem:
            told = {"problem": str(problem)}
    settings = (BuiltInForm if _is_ours(row) else ServerForm)(instance=row)
    return _page(request, row, settings, form, told)


@administrator_required
@require_POST
def delete(request: HttpRequest, server_id: uuid.UUID) -> HttpResponse:
    _others(server_id).delete()
    rights.forget()
    messages.success(request, _("The tool server is gone, and with it what people had allowed it."))
    return redirect("panel_tools")


def _tried(user: User, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
    if _is_ours(tool.server):
        result = async_to_sync(built_in.run)(user, tool.name, arguments)
    else:
        result = async_to_sync(running.run)(user, tool, arguments)
    return {"text": shown(result.text, LONGEST), "failed": result.failed}


def _page(
    request: HttpRequest, row: ToolServer, form: Any, trying: TryForm, told: dict[str, Any] | None = None
) -> HttpResponse:
    found = list(row.tools.all())
    context = {
        "section": "tools",
        "server": row,
        "ours": _is_ours(row),
        "form": form,
        "trying": trying,
        "told": told or {},
        "tools": [tool for tool in found if tool.present],
        "gone": [tool for tool in found if not tool.present],
        "changed": [
            (tool, pinning.differences(pinning_of(tool), tool.found)) for tool in found if tool.present and tool.found
        ],
        "policies": Tool.Policy.choices,
        "natures": Tool.Nature.choices,
        "token_end": bool(row.encrypted_token),
        "back": _back(request),
    }
    return render(request, "panel/tools_server.html", context)


def pinning_of(tool: Tool) -> dict[str, Any]:
    """What was approved of a tool."""
    return {name: getattr(tool, name) for name in pinning.FIELDS}


def _row(row: ToolServer) -> dict[str, Any]:
    there = [tool for tool in row.tools.all() if tool.present]
    return {
        "server": row,
        "ours": _is_ours(row),
        "on": sum(tool.is_on for tool in there),
        "all": len(there),
        "changed": sum(tool.found is not None for tool in there),
    }


def _look(request: HttpRequest, row: ToolServer) -> None:
    running.forget(row.pk)
    try:
        found = async_to_sync(finding.look)(row, cast(User, request.user))
    except ToolError as problem:
        messages.error(request, str(problem))
        return
    count = row.tools.filter(present=True).count()
    words = ngettext("%(n)s tool found.", "%(n)s tools found.", count) % {"n": count}
    if found.changed:
        words += " " + ngettext(
            "%(n)s has changed and is off.", "%(n)s have changed and are off.", found.changed
        ) % {"n": found.changed}  # fmt: skip
    if found.unusable:
        words += " " + _("%(n)s cannot be used: too long, or without a proper schema.") % {"n": found.unusable}
    messages.success(request, words)


def _back(request: HttpRequest) -> str:
    """Where people come back to from a sign-in, for those who register us there by hand."""
    return request.build_absolute_uri(reverse("tool_signed_in"))


def _is_ours(row: ToolServer) -> bool:
    return row.kind == ToolServer.Kind.BUILT_IN


def _others(server_id: uuid.UUID) -> ToolServer:
    row = get_object_or_404(ToolServer, pk=server_id)
    if _is_ours(row):
        raise Http404
    return row


urlpatterns: list[URLPattern] = [
    path("admin/tools/", tools, name="panel_tools"),
    path("admin/tools/<uuid:server_id>/", server, name="panel_tool_server"),
    path("admin/tools/<uuid:server_id>/look/", look, name="panel_tool_look"),
    path("admin/tools/<uuid:server_id>/tools/", policies, name="panel_tool_policies"),
    path("admin/tools/<uuid:server_id>/tools/<int:tool_id>/approve/", approve, name="panel_tool_approve"),
    path("admin/tools/<uuid:server_id>/try/", attempt, name="panel_tool_try"),
    path("admin/tools/<uuid:server_id>/delete/", delete, name="panel_tool_delete"),
]
