"""OpenAPI servers: the description is fetched and read, and a call is one request of it. Raises `ToolError`."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _

from providers.tools import guarded
from providers.tools.base import SECONDS, ToolError, ToolResult, ToolSpec
from providers.tools.openapi_document import BadDocument, server_of, tools_in


class OpenAPIServer:
    """The API whose description is at one address; its calls go to the same host alone, with these headers."""

    def __init__(self, url: str, base_url: str, headers: Mapping[str, str]) -> None:
        self._url, self._base, self._headers = url, base_url, headers

    async def tools(self) -> list[ToolSpec]:
        return tools_in(await self._document())

    async def call(self, name: str, arguments: Mapping[str, Any], route: Mapping[str, Any]) -> ToolResult:
        base = self._base or server_of(await self._document(), self._url)
        if _place(base) != _place(self._url):
            raise ToolError(_("Its description names another host for the calls, so it is not called."))
        places: Mapping[str, str] = route.get("places", {})
        path = str(route["path"])
        for key, value in arguments.items():
            if places.get(key) == "path":
                # A part of the path and nothing more: no slash, no dots that lead elsewhere.
                written = quote(_word(value), safe="").replace(".", "%2E")
                path = path.replace("{" + key + "}", written)
        query = {key: _word(value) for key, value in arguments.items() if places.get(key) == "query"}
        body = {key: value for key, value in arguments.items() if places.get(key) == "body"}
        has_body = "body" in places.values()
        status, text = await self._ask(str(route["method"]), base.rstrip("/") + path, query, body if has_body else None)
        return ToolResult(text=text or f"(status {status})", failed=status >= 400)

    async def _document(self) -> Mapping[str, Any]:
        status, text = await self._ask("GET", self._url, {}, None)
        try:
            document = json.loads(text) if status == 200 else None
            if not isinstance(document, Mapping):
                raise BadDocument
            tools_in(document)
        except (ValueError, RecursionError, BadDocument):
            raise ToolError(_("There is no OpenAPI 3 description in JSON at this address.")) from None
        return document

    async def _ask(
        self, method: str, url: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> tuple[int, str]:
        import httpx2

        try:
            async with asyncio.timeout(SECONDS), guarded.client(self._headers) as client:
                answer = await client.request(method, url, params=dict(query) or None, json=body)
        except (TimeoutError, httpx2.TimeoutException):
            raise ToolError(_("The tool server did not answer in time.")) from None
        except httpx2.ConnectError:
            raise ToolError(_("The tool server cannot be reached.")) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            raise ToolError(_("The tool server answered with something that cannot be read, or broke off.")) from None
        if answer.status_code in (401, 403):
            raise ToolError(_("The tool server wants another sign-in."), sign_in=True)
        return answer.status_code, answer.text


def _place(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
