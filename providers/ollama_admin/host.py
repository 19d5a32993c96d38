"""One Ollama server, asked by its administrator. Raises `AnswerFailed`."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from providers.failures import AnswerFailed, failed, failure_from
from providers.models import Connection
from providers.ollama_admin.facts import InMemory, Installed, Shown, in_memory, installed, shown
from providers.transport import new_session, refusal
from providers.wire import Limits, LineDecoder

if TYPE_CHECKING:
    from aiohttp import ClientResponse

LIMITS = Limits(connect=5, headers=20, body=2**31)  # a pull of hours tells much, but not without end
QUICK = 5.0  # seconds for what is shown on a page
_SLOW = 600.0  # seconds of silence while a checksum is made, a model loaded or quantised
_LARGEST = 8 * 1024 * 1024
_PIECE = 1024 * 1024


class OllamaHost:
    """`async with OllamaHost(connection) as host:` keeps one session for all that is asked in the block."""

    def __init__(self, connection: Connection) -> None:
        self._url = connection.base_url
        key = connection.api_key
        self._headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {key}"} if key else {})}
        self._headers |= connection.headers

    async def __aenter__(self) -> Self:
        self._session = new_session(self._url, LIMITS, self._headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def version(self) -> str:
        told = await self.told("GET", "/api/version")
        return str(told.get("version", ""))[:40] if isinstance(told, dict) else ""

    async def installed(self) -> list[Installed]:
        return installed(await self.told("GET", "/api/tags"))

    async def in_memory(self) -> list[InMemory]:
        return in_memory(await self.told("GET", "/api/ps"))

    async def show(self, model: str) -> Shown:
        return shown(await self.told("POST", "/api/show", {"model": model}))

    async def delete(self, model: str) -> None:
        await self.told("DELETE", "/api/delete", {"model": model}, seconds=60)

    async def copy(self, source: str, destination: str) -> None:
        await self.told("POST", "/api/copy", {"source": source, "destination": destination}, seconds=60)

    async def load(self, model: str, *, embeds: bool = False, **wishes: Any) -> None:
        """Nothing to say loads the model; how long it stays and its window are in `wishes`."""
        path, question = ("/api/embed", {"input": ""}) if embeds else ("/api/generate", {"stream": False})
        await self.told("POST", path, {"model": model, **question, **wishes}, seconds=_SLOW)

    async def unload(self, model: str) -> None:
        await self.told("POST", "/api/generate", {"model": model, "keep_alive": 0, "stream": False}, seconds=60)

    async def has_blob(self, digest: str) -> bool:
        async with self._request("HEAD", f"/api/blobs/{digest}", seconds=60) as response:
            return response.status == 200

    async def send_blob(
        self, digest: str, read: Callable[[int], bytes], size: int | None, told: Callable[[int], object]
    ) -> None:
        """`read` gives the bytes, `told` is called with how many have gone."""

        async def pieces() -> AsyncIterator[bytes]:
            gone = 0
            while piece := await asyncio.to_thread(read, _PIECE):
                yield piece
                gone += len(piece)
                told(gone)

        headers = {"Content-Type": "application/octet-stream"}
        if size is not None:
            headers["Content-Length"] = str(size)
        address = f"/api/blobs/{digest}"
        async with self._request("POST", address, data=pieces(), headers=headers, seconds=None) as response:
            await _read(response)

    async def progress(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[Mapping[str, Any], None]:
        """The lines of a long piece of work. Leaving early hangs up, which ends it there."""
        decoder = LineDecoder(LIMITS)
        async with self._request("POST", path, body, seconds=None) as response:
            if response.status != 200:
                raise await refusal(response, LIMITS)
            async with aclosing(_chunks(response)) as chunks:
                async for data in chunks:
                    for line in decoder.feed(data) if data else decoder.end():
                        if isinstance(line, dict):
                            if line.get("error"):
                                raise AnswerFailed(failure_from(200, line))
                            yield line

    async def told(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, seconds: float = QUICK
    ) -> object:
        async with self._request(method, path, body, seconds=seconds) as response:
            return await _read(response)

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, seconds: float | None, **more: Any
    ) -> "AsyncIterator[ClientResponse]":
        """Every failure of the way becomes an `AnswerFailed`."""
        import aiohttp

        try:
            async with (
                asyncio.timeout(seconds),
                self._session.request(method, self._url + path, json=body, allow_redirects=False, **more) as response,
            ):
                yield response
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
            raise failed("unreachable") from None
        except TimeoutError:
            raise failed("timeout") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise failed("cut_off") from None


async def _chunks(response: "ClientResponse") -> AsyncGenerator[bytes, None]:
    """What has come; b"" at the end. Bounded in silence, not in length."""
    data = b"..."
    while data:
        async with asyncio.timeout(_SLOW):
            data = await response.content.readany()
        yield data


async def _read(response: "ClientResponse") -> object:
    if not 200 <= response.status < 300:
        raise await refusal(response, LIMITS)
    data = await response.content.read(_LARGEST)
    while len(data) < _LARGEST and (more := await response.content.read(_LARGEST - len(data))):
        data += more
    try:
        return json.loads(data) if data.strip() else None
    except RecursionError:
        raise ValueError("too deep") from None
