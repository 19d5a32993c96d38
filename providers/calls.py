"""One short question to a server: no redirects, so many bytes at most. Time is the caller's to bound.

Raises `AnswerFailed`, inside `calling`, for every way in which a server cannot be spoken to.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from providers.failures import failed
from providers.transport import new_session
from providers.wire import Limits

if TYPE_CHECKING:
    from aiohttp import ClientSession, FormData

_LARGEST = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> object:
        """The document, None when it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReply:
    """An answer that need not be text."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def json(self) -> object:
        """The document, None when it is none."""
        return Reply(status=self.status, headers=self.headers, text=self.text).json()


class Caller:
    """Asks one server, with the key and the headers of its connection."""

    def __init__(self, session: "ClientSession") -> None:
        self._session = session

    async def ask(self, url: str, body: Mapping[str, Any] | None = None) -> Reply:
        """GET, or POST when there is a body."""
        method = "GET" if body is None else "POST"
        async with self._session.request(method, url, json=body, allow_redirects=False) as response:
            data = await response.content.read(_LARGEST)
            while len(data) < _LARGEST and (more := await response.content.read(_LARGEST - len(data))):
                data += more
            return Reply(status=response.status, headers=response.headers, text=data.decode(errors="replace"))

    async def begin(self, url: str, body: Mapping[str, Any]) -> Reply:
        """POST, and of the answer the first piece alone: then the line is cut."""
        async with self._session.post(url, json=body, allow_redirects=False) as response:
            first = await response.content.readany()
            return Reply(status=response.status, headers=response.headers, text=first.decode(errors="replace"))

    async def send(self, url: str, body: "Mapping[str, Any] | FormData", *, largest: int) -> RawReply:
        """POST a document or a form with files. More than `largest` bytes are an answer that cannot be read."""
        given = {"json": body} if isinstance(body, Mapping) else {"data": body}
        async with self._session.post(url, allow_redirects=False, **given) as response:
            data = bytearray()
            async for piece in response.content.iter_any():
                data += piece
                if len(data) > largest:
                    raise failed("too_large")
            return RawReply(status=response.status, headers=response.headers, body=bytes(data))

    async def document(self, url: str) -> object:
        """What a route tells, None when it is not there."""
        reply = await self.ask(url)
        return reply.json() if reply.status == 200 else None


@asynccontextmanager
async def calling(
    base_url: str, key: str = "", headers: Mapping[str, str] | None = None, *, seconds: float
) -> AsyncIterator[Caller]:
    import aiohttp

    # A connection for each: llama.cpp promises to keep one after a stream, and closes it.
    usual = {"Accept-Encoding": "identity", "Connection": "close"}
    sent = {**usual, **({"Authorization": f"Bearer {key}"} if key else {}), **(headers or {})}
    try:
        async with asyncio.timeout(seconds), new_session(base_url, Limits(), sent) as session:
            yield Caller(session)
    except TimeoutError:
        raise failed("timeout") from None
    except aiohttp.ClientConnectorDNSError:
        raise failed("no_name") from None
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError):
        raise failed("tls") from None
    except aiohttp.ClientConnectorError:
        raise failed("unreachable") from None
    except (aiohttp.ClientError, UnicodeError, ValueError):
        raise failed("bad_response") from None
