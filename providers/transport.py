"""The way to a model server and back: a pool of connections, no redirects, every wait bounded, every failure sorted.

Raises `AnswerFailed`. Importing aiohttp is slow, so it is imported late.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from providers.addresses import is_forbidden, is_private, literal_address
from providers.failures import AnswerFailed, failed, failure_from
from providers.wire import Limits

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from aiohttp.abc import ResolveResult

_BURST = 4096
_LAST_BYTES = 1  # seconds for the end of the body, which many servers send after the last event
# Nobody reads faster than twenty times a second, and three tokens in one go cost little more than one. Longer than a
# tick of the hub, which so delivers at once what was read.
_PAUSE = 0.045
# Beyond so many answers at once, each is read less often the more there are.
_MANY = 150
_PAUSE_EACH = 0.00025
_LONGEST_PAUSE = 0.06


class Body:
    """The body of an answer as it comes, with one timer for all its waits.

    `whole` means that nothing more is wanted: a server that then ends its answer properly may keep the connection.
    """

    open = 0  # in this process

    def __init__(self, response: "ClientResponse", limits: Limits) -> None:
        self.response = response
        self._content = response.content
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._begun = self._heard = self._loop.time()
        self._taken = 0
        self._started = False
        self._timer = self._loop.call_later(limits.first, self._check)
        self._closed = False
        self.whole = False
        Body.open += 1

    def text_has_come(self) -> None:
        """From now on silence means less patience."""
        if not self._started:
            self._started = True
            self._timer.cancel()
            self._check()

    async def read(self) -> bytes:
        """What has come since; b"" at the end."""
        import aiohttp

        try:
            data = await self._content.readany()
        except (aiohttp.ClientError, OSError):
            raise failed("cut_off") from None
        self._heard = self._loop.time()
        self._taken += len(data)
        if self._started:
            self._rest()
        if len(data) >= _BURST:
            # Reading what is already here does not wait, so a fast server would keep everybody else from their turn.
            await asyncio.sleep(0)
        return data

    def close(self) -> None:
        """Also in the middle: hanging up is what tells the server to stop."""
        if not self._closed:
            self._closed = True
            Body.open -= 1
            self._timer.cancel()
            if self.whole:
                self._loop.call_later(_LAST_BYTES, self.response.close)
            else:
                self.response.close()

    def _check(self) -> None:
        now = self._loop.time()
        if self._content.total_bytes > self._taken:
            self._heard = now  # it speaks; it is we who are slow
        patience = self._limits.idle if self._started else self._limits.first
        at = min(self._heard + patience, self._begun + self._limits.total)
        if at > now:
            self._timer = self._loop.call_at(at, self._check)
        elif now >= self._begun + self._limits.total:
            self._content.set_exception(failed("too_long"))
        else:
            self._content.set_exception(failed("went_silent" if self._started else "timeout"))

    def _rest(self) -> None:
        connection = self.response.connection
        if connection is not None and (transport := connection.transport) is not None:
            transport.pause_reading()
            pause = min(_PAUSE + max(0, Body.open - _MANY) * _PAUSE_EACH, _LONGEST_PAUSE)
            self._loop.call_later(pause, transport.resume_reading)


def new_session(base_url: str, limits: Limits, headers: Mapping[str, str]) -> "ClientSession":
    import aiohttp

    class Resolver(aiohttp.ThreadedResolver):
        """Names may not lead to where a cloud hands out its credentials."""

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> "list[ResolveResult]":
            found = await super().resolve(host, port, family)
            if any((address := literal_address(one["host"])) and is_forbidden(address) for one in found):
                raise OSError("refused")
            return found

    return aiohttp.ClientSession(
        headers=headers,
        timeout=aiohttp.ClientTimeout(sock_connect=limits.connect),
        connector=aiohttp.TCPConnector(limit=0, resolver=Resolver()),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("User-Agent",),
        proxy=_proxy_for(base_url),
    )


def _proxy_for(base_url: str) -> str | None:
    """That of the environment. One meant for the outside world does not know our neighbours.

    aiohttp would look itself, at every request, and hand out what it finds in ~/.netrc besides.
    """
    parts = urlsplit(base_url)
    if parts.scheme == "http" and is_private(base_url):
        return None
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


async def post(session: "ClientSession", url: str, body: bytes, limits: Limits) -> "ClientResponse":
    """The answer as soon as its headers are here, whatever its status."""
    import aiohttp

    try:
        async with asyncio.timeout(limits.headers):
            response = await session.post(url, data=body, allow_redirects=False)
    except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
        raise failed("unreachable") from None
    except TimeoutError:
        raise failed("timeout") from None
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        raise failed("hung_up") from None
    except (aiohttp.ClientError, ValueError):  # endless headers, and headers that are none
        raise failed("bad_response") from None
    if response.headers.get("Content-Encoding", "identity") not in ("", "identity"):
        # We asked for none: a small body that unpacks into a huge one has no business here.
        response.close()
        raise failed("bad_response")
    return response


async def refusal(response: "ClientResponse", limits: Limits) -> AnswerFailed:
    """What an answer with an error status means."""
    text = b"".join([part async for part in error_text(response, limits)]).decode(errors="replace")
    return AnswerFailed(failure_from(response.status, text, retry_after=response.headers.get("Retry-After")))


async def error_text(response: "ClientResponse", limits: Limits) -> AsyncIterator[bytes]:
    """At most so many bytes and seconds: enough of an error to tell what it is."""
    import aiohttp

    left = limits.error_body
    try:
        async with asyncio.timeout(limits.connect):
            while left > 0 and (part := await response.content.readany()):
                yield part[:left]
                left -= len(part)
    except (aiohttp.ClientError, OSError):  # a timeout is an OSError too; the status says enough
        return
    finally:
        response.close()
