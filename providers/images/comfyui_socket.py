"""ComfyUI's socket while a drawing runs: percents and previews. Whatever goes wrong with it is no failure."""

import asyncio
import json
import logging
import struct
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Self

from providers.images.base import Progress
from providers.images.line import Line

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse

_PREVIEW = 1  # the kind of a binary message that holds a picture
_MOST = 8 * 1024 * 1024
log = logging.getLogger(__name__)


class Watch:
    """Open for one drawing. `heard` gives what was told for a while, and waits as long without a socket."""

    def __init__(self, line: Line, client: str) -> None:
        self._line = line
        self._client = client
        self._socket: ClientWebSocketResponse | None = None
        self._percent = 0

    async def __aenter__(self) -> Self:
        import aiohttp

        address = f"{self._line.base_url}/ws?clientId={self._client}"
        try:
            async with asyncio.timeout(5):
                # Whoever does not say goodbye is not waited for.
                goodbye = aiohttp.ClientWSTimeout(ws_close=0.5)
                self._socket = await self._line.session.ws_connect(address, max_msg_size=_MOST, timeout=goodbye)
        except (aiohttp.ClientError, OSError, ValueError) as problem:
            log.info("without a socket, percents are not known: %s", problem)
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def heard(self, number: str, seconds: float) -> AsyncGenerator[Progress, None]:
        """What is told of this drawing, until it has ended or for so many seconds."""
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            message = await self._next(left)
            if message is None:
                return
            if isinstance(message, bytes):
                if preview := _picture(message):
                    yield Progress(percent=self._percent, preview=preview)
                continue
            kind, data = message
            if data.get("prompt_id") not in (None, number):
                continue
            if kind == "progress" and (percent := _percent(data)) is not None:
                self._percent = percent
                yield Progress(percent=percent)
            if kind in ("execution_success", "execution_error", "execution_interrupted") or _is_end(kind, data):
                self._percent = 0
                return

    async def _next(self, seconds: float) -> "bytes | tuple[str, dict[str, Any]] | None":
        """The next message; None when there is none for so long."""
        import aiohttp

        if self._socket is None or self._socket.closed:
            await asyncio.sleep(seconds)
            return None
        try:
            message = await self._socket.receive(timeout=seconds)
        except (TimeoutError, aiohttp.ClientError):
            return None
        if message.type == aiohttp.WSMsgType.BINARY:
            return bytes(message.data)
        if message.type != aiohttp.WSMsgType.TEXT:
            self._socket = None  # it is closed; the history tells the rest
            return None
        try:
            told = json.loads(message.data)
        except ValueError:
            return ("", {})
        data = told.get("data") if isinstance(told, dict) else None
        return (str(told.get("type")), data) if isinstance(data, dict) else ("", {})


def _picture(message: bytes) -> bytes | None:
    if len(message) <= 8 or struct.unpack(">I", message[:4])[0] != _PREVIEW:
        return None
    return message[8:]


def _percent(data: dict[str, Any]) -> int | None:
    match data:
        case {"value": int(value) | float(value), "max": int(most) | float(most)} if most > 0:
            return round(100 * max(0, min(value / most, 1)))
    return None


def _is_end(kind: str, data: dict[str, Any]) -> bool:
    return kind == "executing" and "node" in data and data["node"] is None
