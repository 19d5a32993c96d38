"""One call of a tool on its server, as the person who asked. Raises `ToolError`."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from providers.models import Tool, ToolServer
from providers.tools.base import ToolClient, ToolError, ToolResult
from providers.tools.finding import client_of, take_in

if TYPE_CHECKING:
    from webui.accounts.models import User

LOOK_AGAIN = 60.0  # seconds in which a server is believed to be what it was
_looked: dict[UUID, float] = {}


async def run(user: "User", tool: Tool, arguments: Mapping[str, Any], chat: str = "") -> ToolResult:
    """What the tool gives, in the session of this chat where there is one.

    Its server is first asked what it has, now and then: one that changed is off, unused.
    """
    client, secrets = await sync_to_async(_client)(tool.server, user, chat)
    if not await _is_as_approved(client, tool):
        raise ToolError(_("This tool has changed since an administrator looked at it, so it is off until one does."))
    result = await client.call(tool.name, arguments, tool.route)
    text = result.text
    for secret in secrets:
        text = text.replace(secret, "····")
    return ToolResult(text=text, failed=result.failed)


async def _is_as_approved(client: ToolClient, tool: Tool) -> bool:
    now = time.monotonic()
    if now - _looked.get(tool.server_id, float("-inf")) < LOOK_AGAIN:
        return True
    specs = await client.tools()
    return await sync_to_async(_compared)(tool, specs, now)


def _compared(tool: Tool, specs: Any, now: float) -> bool:
    take_in(tool.server, specs)
    _looked[tool.server_id] = now
    return Tool.objects.filter(pk=tool.pk, pin=tool.pin, present=True, found__isnull=True).exists()


def forget(server: UUID) -> None:
    """The next call looks again."""
    _looked.pop(server, None)


def _client(server: ToolServer, user: "User", chat: str) -> tuple[ToolClient, tuple[str, ...]]:
    """With what must not be said to anybody, should the server repeat it."""
    client = client_of(server, user, chat)
    secrets = (server.token,) if server.encrypted_token else ()
    return client, tuple(secret for secret in secrets if len(secret) > 5)
