"""The line to one server that makes pictures: no redirects, bounded in time and size, never to where credentials are.

Raises `ProviderError`. Importing aiohttp is slow, so it is imported late.
"""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from providers.addresses import literal_address
from providers.images.failing import Teller
from providers.transport import new_session
from providers.wire import Limits

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession, FormData

MOST_JSON = 96 * 1024 * 1024  # four pictures of sixteen megabytes in base64
MOST_BYTES = 32 * 1024 * 1024
_MOST_ERROR = 64 * 1024
_PIECE = 256 * 1024


class Line:
    """Opened with the first request; `close` ends it, and with it whatever still runs there."""

    def __init__(self, base_url: str, headers: Mapping[str, str], teller: Teller) -> None:
        self.base_url = base_url.rstrip("/")
        self._headers = {**headers, "Accept-Encoding": "identity"}
        self._teller = teller
        self._session: ClientSession | None = None

    @property
    def session(self) -> "ClientSession":
        if self._session is None:
            self._session = new_session(self.base_url, Limits(), self._headers)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, path: str, *, seconds: float = 15, most: int = MOST_JSON) -> Any:
        """The JSON document at this path of the server."""
        return self._document(await self._asked("GET", path, seconds=seconds, most=most))

    async def post(self, path: str, body: Any = None, *, form: "FormData | None" = None, seconds: float = 15) -> Any:
        """What it answers to a JSON body or a form; {} where it answers nothing."""
        content = await self._asked("POST", path, body=body, form=form, seconds=seconds, most=MOST_JSON)
        return self._document(content) if content.strip() else {}

    async def events(
        self, path: str, body: Any = None, *, form: "FormData | None" = None, seconds: float
    ) -> AsyncGenerator[Any, None]:
        """The JSON documents of a stream of events, as they come; of a server that sends no stream the one document."""
        import aiohttp

        left = MOST_JSON
        try:
            async with (
                asyncio.timeout(seconds),
                self.session.post(f"{self.base_url}{path}", allow_redirects=False, **_sent(body, form)) as response,
            ):
                if response.status >= 300:
                    raise self._teller.refusal(response.status, await _up_to(response, _MOST_ERROR))
                if not response.content_type.startswith("text/event-stream"):
                    yield self._document(await _up_to(response, MOST_JSON))
                    return
                held = b""
                while left > 0 and (piece := await response.content.read(_PIECE)):
                    left -= len(piece)
                    *whole, held = (held + piece).replace(b"\r\n", b"\n").split(b"\n\n")
                    for event in whole:
                        if (data := _data(event)) and data != b"[DONE]":
                            yield self._document(data)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
            raise self._teller.failed("unreachable") from None
        except TimeoutError:
            raise self._teller.failed("timeout") from None
        except (aiohttp.ClientError, OSError):
            raise self._teller.failed("cut_off") from None
        if left <= 0:
            raise self._teller.failed("too_large")

    async def fetch(self, path: str, *, seconds: float = 60) -> bytes:
        """The bytes of a picture on the same server."""
        return await self._asked("GET", path, seconds=seconds, most=MOST_BYTES)

    async def fetch_elsewhere(self, url: str, *, seconds: float = 60) -> bytes:
        """A picture that the server names by a whole address: on itself, or on a public one, without our key."""
        parts, home = urlsplit(url), urlsplit(self.base_url)
        if (parts.scheme, parts.netloc) == (home.scheme, home.netloc):
            return await self._read(self.session, "GET", url, bounds=(seconds, MOST_BYTES))
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
            raise self._teller.failed("forbidden_address")
        await self._judge(parts.hostname)
        async with _public_session(url) as session:
            return await self._read(session, "GET", url, bounds=(seconds, MOST_BYTES))

    async def _judge(self, host: str) -> None:
        """An address in the house is no place for a picture of somebody else's server."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        except OSError:
            raise self._teller.failed("cut_off") from None
        addresses = [literal_address(str(one[4][0])) for one in found]
        if not addresses or any(one is None or not one.is_global for one in addresses):
            raise self._teller.failed("forbidden_address")

    async def _asked(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        form: "FormData | None" = None,
        seconds: float,
        most: int,
    ) -> bytes:
        url = f"{self.base_url}{path}"
        return await self._read(self.session, method, url, bounds=(seconds, most), **_sent(body, form))

    async def _read(
        self, session: "ClientSession", method: str, url: str, *, bounds: tuple[float, int], **sent: Any
    ) -> bytes:
        import aiohttp

        seconds, most = bounds

        try:
            async with (
                asyncio.timeout(seconds),
                session.request(method, url, allow_redirects=False, **sent) as response,
            ):
                if response.status >= 300:
                    raise self._teller.refusal(response.status, await _up_to(response, _MOST_ERROR))
                content = await _up_to(response, most + 1)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
            raise self._teller.failed("unreachable") from None
        except TimeoutError:
            raise self._teller.failed("timeout") from None
        except (aiohttp.ClientError, OSError):
            raise self._teller.failed("cut_off") from None
        except ValueError:
            raise self._teller.failed("bad_response") from None
        if len(content) > most:
            raise self._teller.failed("too_large")
        return content

    def _document(self, content: bytes) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise self._teller.failed("bad_response") from None


def _sent(body: Any, form: "FormData | None") -> dict[str, Any]:
    if body is not None:
        return {"data": json.dumps(body).encode(), "headers": {"Content-Type": "application/json"}}
    return {"data": form} if form is not None else {}


def _data(event: bytes) -> bytes:
    """What an event carries: its lines of data, one after the other."""
    lines = (line[5:].strip() for line in event.split(b"\n") if line.startswith(b"data:"))
    return b"\n".join(lines)


async def _up_to(response: "ClientResponse", most: int) -> bytes:
    """No more than that, and nothing unpacked: no request of ours says that it takes packed bodies."""
    content = bytearray()
    while len(content) < most and (piece := await response.content.read(_PIECE)):
        content += piece
    return bytes(content[:most])


def _public_session(url: str) -> "ClientSession":
    """Without our key, and with a resolver that knows no address in the house, should the name lead there now."""
    import aiohttp

    class Outside(aiohttp.ThreadedResolver):
        async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
            found = await super().resolve(host, port, family)
            if any((one := literal_address(entry["host"])) is None or not one.is_global for entry in found):
                raise OSError("refused")
            return found

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=Outside()),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
    )
