"""/api/tools: what a person may let a model use, asked for when the menu is opened."""

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from chat.assistants import chosen
from chat.tools import built_in
from providers.access import ModelNotAllowed
from providers.models import Tool, ToolServer, ToolSignIn
from providers.tools.rights import any_server, tools_for, why_not, without_traces

if TYPE_CHECKING:
    from webui.accounts.models import User

router = Router(tags=["tools"])


@router.get("/tools")
def list_tools(request: HttpRequest, model: str = "", temporary: bool = False) -> dict[str, Any]:
    """What is offered, or may be used in a temporary chat.

    `{"why": why this model calls none, "servers": [{"id", "name", "sign_in": address|null, "signed_in", "tools":
    [{"id", "name", "description", "nature", "asks"}]}]}`.
    """
    user = cast("User", request.user)
    tools: list[Tool] = []
    if any_server():
        tools = list(without_traces(tools_for(user)) if temporary else tools_for(user))
    return {"why": _why(user, model) if tools else "", "servers": _servers(user, tools)}


def _why(user: "User", model: str) -> str:
    try:
        return why_not(chosen(user, [model])[0].model) if model else ""
    except ModelNotAllowed:
        return ""


def _servers(user: "User", tools: list[Tool]) -> list[dict[str, Any]]:
    signed = set(ToolSignIn.objects.filter(user=user).values_list("server_id", flat=True)) if tools else set()
    servers: dict[Any, dict[str, Any]] = {}
    for tool in tools:
        server = tool.server
        entry = servers.setdefault(
            server.pk,
            {
                "id": str(server.pk),
                "name": _("Built in") if server.kind == ToolServer.Kind.BUILT_IN else server.name,
                "sign_in": f"/tools/{server.pk}/sign-in/" if server.auth == ToolServer.Auth.OAUTH else None,
                "signed_in": server.pk in signed,
                "tools": [],
            },
        )
        entry["tools"].append(_shown(tool))
    return list(servers.values())


def _shown(tool: Tool) -> dict[str, Any]:
    own = built_in.words_of(tool.name) if tool.server.kind == ToolServer.Kind.BUILT_IN else None
    return {
        "id": tool.pk,
        "name": own[0] if own else tool.title or tool.name,
        "description": own[1] if own else tool.description[:300],
        "nature": tool.nature,
        "asks": tool.policy != Tool.Policy.ALWAYS or tool.nature == Tool.Nature.DESTROYS,
    }
