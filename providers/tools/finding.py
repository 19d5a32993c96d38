"""What a tool server offers, looked at and compared with what was approved. Raises `ToolError`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from providers.models import Tool, ToolServer
from providers.tools.base import ToolClient, ToolError, ToolSpec
from providers.tools.pinning import bounded, fields_of, pin_of
from webui.crypto import SecretUnreadable

if TYPE_CHECKING:
    from webui.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many tools are new, other than they were, gone, and left out because they cannot be used."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    unusable: int = 0


def client_of(server: ToolServer, user: "User | None" = None, chat: str = "") -> ToolClient:
    """The client of a server, as this person where each signs in; its calls for one chat share a session. Synchronous:
    it reads secrets and perhaps rows."""
    headers = _headers(server, user)
    if server.kind == ToolServer.Kind.OPENAPI:
        from providers.tools.openapi import OpenAPIServer

        return OpenAPIServer(server.url, server.base_url, headers)
    from providers.tools.mcp_servers import MCPServer

    return MCPServer(server.url, headers, (server.pk, user.pk, chat) if user is not None and chat else None)


def _headers(server: ToolServer, user: "User | None") -> Mapping[str, str]:
    try:
        if server.auth == ToolServer.Auth.TOKEN and server.encrypted_token:
            if server.header and server.header.lower() != "authorization":
                return {server.header: server.token}
            return {"Authorization": f"Bearer {server.token}"}
        if server.auth == ToolServer.Auth.OAUTH:
            from providers.tools.oauth import token_of

            return {"Authorization": f"Bearer {token_of(server, user)}"}
    except SecretUnreadable:
        raise ToolError(
            _("The token of “%(name)s” cannot be read any more. An administrator has to enter it again.")
            % {"name": server.name}
        ) from None
    return {}


async def look(server: ToolServer, user: "User | None" = None) -> Found:
    """Asks the server what it has and writes it down; new tools are off, and so are those that changed."""
    try:
        client = await sync_to_async(client_of)(server, user)
        specs = await client.tools()
    except ToolError as problem:
        await sync_to_async(_note)(server, str(problem))
        raise
    return await sync_to_async(take_in)(server, specs)


def take_in(server: ToolServer, specs: Sequence[ToolSpec]) -> Found:
    """Compares what a server says with what was approved."""
    usable = {spec.name: spec for spec in specs if bounded(spec)}
    new = changed = 0
    with transaction.atomic():
        known = {tool.name: tool for tool in server.tools.select_for_update()}
        for name, spec in usable.items():
            if (tool := known.get(name)) is None:
                Tool.objects.create(server=server, name=name, pin=pin_of(spec), **fields_of(spec))
                new += 1
            else:
                changed += _compared(tool, spec)
        gone = [tool.pk for name, tool in known.items() if name not in usable and tool.present]
        Tool.objects.filter(pk__in=gone).update(present=False)
        _note(server, "")
    return Found(new=new, changed=changed, gone=len(gone), unusable=len(specs) - len(usable))


def _compared(tool: Tool, spec: ToolSpec) -> bool:
    """Whether it is another thing than what was approved; then it is off until somebody has looked."""
    differs = pin_of(spec) != tool.pin
    found: dict[str, Any] | None = fields_of(spec) if differs else None
    if tool.found != found or not tool.present:
        tool.found, tool.present = found, True
        tool.save(update_fields=["found", "present"])
    return differs


def approve(tool: Tool) -> None:
    """What the server says now counts from now on. It stays off until it is switched on, where it may do more."""
    if tool.found is None:
        return
    for name, value in tool.found.items():
        setattr(tool, name, value)
    tool.found = None
    spec = ToolSpec(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        schema=tool.schema,
        nature=tool.nature,
        route=tool.route,
    )
    tool.pin = pin_of(spec)
    tool.policy = Tool.Policy.ASK if tool.policy == Tool.Policy.ALWAYS else tool.policy
    tool.save()


def _note(server: ToolServer, problem: str) -> None:
    server.problem, server.checked_at = problem, timezone.now()
    ToolServer.objects.filter(pk=server.pk).update(problem=problem, checked_at=server.checked_at)
