"""MCP servers over streamable HTTP, through the official package. Raises `ToolError`.

The calls of a chat share a session (providers/tools/sessions.py), others have their own: a server that hangs, closes
or lies costs that call and nothing else. Nothing that a server may ask of its client is offered: no sampling, no
roots, no questions to the person.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Hashable, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from providers.tools import guarded, sessions
from providers.tools.base import LARGEST, MOST_TOOLS, SECONDS, ToolError, ToolResult, ToolSpec
from providers.tools.sessions import Got

if TYPE_CHECKING:
    from mcp.client.client import Client

log = logging.getLogger(__name__)
PAGES = 20


class MCPServer:
    """The server at one address, spoken to with these headers; `shared` names the session of a person and a chat."""

    def __init__(self, url: str, headers: Mapping[str, str], shared: Hashable = None) -> None:
        self._url, self._headers = url, headers
        # With another token it is another session.
        self._key = None if shared is None else (shared, url, hash(tuple(sorted(headers.items()))))

    async def tools(self) -> list[ToolSpec]:
        return await self._done(_listed)

    async def call(self, name: str, arguments: Mapping[str, Any], route: Mapping[str, Any]) -> ToolResult:
        async def called(client: "Client") -> ToolResult:
            result = await client.call_tool(name, dict(arguments))
            return ToolResult(text=_text(result), failed=bool(result.is_error))

        return await self._done(called)

    async def _done(self, job: sessions.Job[Got]) -> Got:
        """Bounded by one clock, from the first byte to the last. Whatever goes wrong becomes one sentence."""
        await asyncio.to_thread(_imported)  # seconds of work, the first time
        try:
            async with asyncio.timeout(SECONDS):
                if self._key is not None:
                    return await sessions.use(self._key, self._client, job)
                async with self._client() as client:
                    return await job(client)
        except ToolError:
            raise
        except TimeoutError:
            raise ToolError(_("The tool server did not answer in time.")) from None
        except Exception as problem:  # noqa: BLE001  all that a foreign server makes the package raise; it is logged
            raise _sentence(problem) from None

    @asynccontextmanager
    async def _client(self) -> "AsyncIterator[Client]":
        from mcp.client.client import Client
        from mcp.client.streamable_http import streamable_http_client

        async with guarded.client(self._headers) as guard:
            transport = streamable_http_client(self._url, http_client=guard, max_sse_event_size=LARGEST)
            async with Client(transport, read_timeout_seconds=SECONDS, cache=None) as client:
                yield client


async def _listed(client: "Client") -> list[ToolSpec]:
    found: list[ToolSpec] = []
    cursor = None
    for _page in range(PAGES):
        page = await client.list_tools(cursor=cursor)
        found += [_spec(tool) for tool in page.tools]
        cursor = page.next_cursor
        if not cursor or len(found) >= MOST_TOOLS:
            break
    return found[:MOST_TOOLS]


def _imported() -> None:
    import_module("mcp.client.client")
    import_module("mcp.client.streamable_http")


def _sentence(problem: BaseException) -> ToolError:
    """The one cause in what the package raised, worded. What the server said itself is not repeated: it is its."""
    for cause in _causes(problem):
        if isinstance(cause, ToolError):
            return cause
        status = getattr(getattr(cause, "response", None), "status_code", None)
        if status in (401, 403):
            return ToolError(_("The tool server wants another sign-in."), sign_in=True)
    log.info("a tool server failed: %s", [type(one).__name__ for one in _causes(problem)])
    names = {type(one).__name__ for one in _causes(problem)}
    if names & {"ConnectError", "ConnectTimeout", "gaierror"}:
        return ToolError(_("The tool server cannot be reached."))
    if any("timed out" in str(one).lower() for one in _causes(problem)):
        return ToolError(_("The tool server did not answer in time."))
    return ToolError(_("The tool server answered with something that cannot be read, or broke off."))


def _causes(problem: BaseException) -> list[BaseException]:
    """The problem itself, what it came from, and what is in it where it is a group."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [problem]
    while waiting and len(found) < 50:
        one = waiting.pop()
        if one is None or one in found:
            continue
        found.append(one)
        waiting += [one.__cause__, one.__context__]
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
    return found


def _spec(tool: Any) -> ToolSpec:
    hints = tool.annotations
    if hints is not None and hints.read_only_hint:
        nature = "reads"
    elif hints is not None and hints.destructive_hint is False:
        nature = "writes"
    else:
        nature = "destroys"
    title = tool.title or (hints.title if hints is not None else "") or ""
    schema = tool.input_schema if isinstance(tool.input_schema, dict) else {}
    return ToolSpec(
        name=str(tool.name), title=str(title), description=str(tool.description or ""), schema=schema, nature=nature
    )


def _text(result: Any) -> str:
    """The text of a result; what is no text is named."""
    parts: list[str] = []
    for block in result.content:
        kind = getattr(block, "type", "")
        if kind == "text":
            parts.append(str(block.text))
        elif kind == "resource" and getattr(block.resource, "text", None):
            parts.append(str(block.resource.text))
        elif kind == "resource_link":
            parts.append(f"{block.name}: {block.uri}")
        else:
            parts.append(f"({kind or 'something'} that is no text)")
    if not parts and result.structured_content is not None:
        parts.append(json.dumps(result.structured_content, ensure_ascii=False))
    return "\n".join(parts)
