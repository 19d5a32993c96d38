"""The way to a tool server: judged at every request, connected to at a judged address, bounded in size.

The rules are those of all addresses that administrators enter: http and https, private hosts too, never where clouds
hand out credentials, no proxy of the environment, no redirect to elsewhere. Raises `ToolError`.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from providers.addresses import is_forbidden, literal_address
from providers.tools.base import CONNECT_SECONDS, LARGEST, SECONDS, ToolError

if TYPE_CHECKING:
    import httpx2


def client(headers: Mapping[str, str]) -> "httpx2.AsyncClient":
    """To be closed by whoever asked for it."""
    import httpx2

    return httpx2.AsyncClient(
        headers={"Accept-Encoding": "identity", "User-Agent": "webui", **headers},
        timeout=httpx2.Timeout(SECONDS, connect=CONNECT_SECONDS),
        transport=_judging_transport(),
        trust_env=False,
        follow_redirects=False,
    )


def _judging_transport() -> "httpx2.AsyncBaseTransport":
    """Resolves once, judges, and connects to what was judged: no second answer of a name server counts."""
    import httpx2

    class Judged(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            host = request.url.host
            address = await judged(request.url.scheme, host)
            request.extensions = {**request.extensions, "sni_hostname": host}
            request.headers.setdefault("Host", request.url.netloc.decode())
            request.url = request.url.copy_with(host=address)
            response = await super().handle_async_request(request)
            if response.headers.get("content-encoding", "identity") != "identity":
                await response.aclose()
                raise httpx2.ReadError("packed")
            stream = _bounded(response.stream)
            return httpx2.Response(
                status_code=response.status_code,
                headers=response.headers,
                stream=stream,
                extensions=response.extensions,
            )

    return Judged(trust_env=False, retries=0)


def _bounded(stream: Any) -> "httpx2.AsyncByteStream":
    """A body that ends with an error when it is larger than anything we read."""
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = LARGEST
            async for part in stream:
                left -= len(part)
                if left < 0:
                    raise httpx2.ReadError("too large")
                yield part

        async def aclose(self) -> None:
            await stream.aclose()

    return Bounded()


async def judged(scheme: str, host: str) -> str:
    """An address of this host that may be called. Raises `ToolError`."""
    if scheme not in ("http", "https") or not host:
        raise ToolError(_("The address has to begin with https:// or http://, and holds no password."))
    literal = literal_address(host)
    if literal is None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                rows = await loop.run_in_executor(None, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            raise ToolError(_("There is no server of this name.")) from None
        found = [literal_address(str(row[4][0])) for row in rows]
    else:
        found = [literal]
    if not found or any(one is None or is_forbidden(one) for one in found):
        raise ToolError(_("This address is never called."))
    return str(found[0])


def checked_address(url: str) -> str:
    """The address as it is stored. Raises `ToolError`."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        port_is_sound = parts.port is None or parts.port > 0
    except ValueError:
        port_is_sound = False
    sound = port_is_sound and parts.scheme in ("http", "https") and parts.hostname
    if not sound or parts.username or parts.password or any(char.isspace() for char in url):
        raise ToolError(_("The address has to begin with https:// or http://, and holds no password."))
    literal = literal_address(parts.hostname or "")
    if literal is not None and is_forbidden(literal):
        raise ToolError(_("This address is never called."))
    return url
