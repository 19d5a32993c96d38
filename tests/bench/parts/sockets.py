"""A WebSocket client that costs next to nothing: handshake, text frames, and the bytes that came."""

import asyncio
import json
import os
from base64 import b64encode
from collections.abc import Callable


class Closed(Exception):
    """The server ended the connection, with this code."""


class Socket(asyncio.Protocol):
    """`take(frame)` is called for every JSON frame. `ended` is the close code once the server has hung up."""

    def __init__(self, port: int, session: str, take: Callable[[dict], None]) -> None:
        self.port, self.session, self.take = port, session, take
        self.received = 0
        self.ended: int | None = None
        self._buffer = bytearray()
        self._open = asyncio.get_running_loop().create_future()

    async def open(self) -> "Socket":
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self.port)
        await self._open
        return self

    def send(self, frame: dict) -> None:
        self.send_raw(encoded(frame))

    def send_raw(self, data: bytes) -> None:
        self.transport.write(data)

    def close(self) -> None:
        self.take = lambda _frame: None
        self.transport.close()

    def connection_made(self, transport):
        self.transport = transport
        address = f"localhost:{self.port}"
        lines = [
            "GET /ws/chat/ HTTP/1.1",
            f"Host: {address}",
            f"Origin: http://{address}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}",
            f"Cookie: sessionid={self.session}",
        ]
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def connection_lost(self, _error):
        if self.ended is None:
            self.ended = 1006
        if not self._open.done():
            self._open.set_exception(Closed(self.ended))

    def data_received(self, data):
        self._buffer += data
        if not self._open.done() and not self._shaken():
            return
        while (frame := self._next()) is not None:
            kind, payload = frame
            if kind == 1:
                self.take(json.loads(payload))
            elif kind == 8:
                self.ended = int.from_bytes(payload[:2], "big") or 1005
                self.transport.close()
            elif kind == 9:
                self.send_raw(_framed(10, payload))

    def _shaken(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        status = bytes(self._buffer[: self._buffer.find(b"\r\n")]).decode()
        del self._buffer[: end + 4]
        if " 101 " in status:
            self._open.set_result(None)
            return True
        self._open.set_exception(Closed(status))
        return False

    def _next(self) -> tuple[int, bytes] | None:
        """(opcode, payload) of the next whole frame; a server's frames are not masked, and daphne's are not cut."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1], 2
        if length > 125:
            start = 4 if length == 126 else 10
            length = int.from_bytes(buffer[2:start], "big")
        if len(buffer) < start + length:
            return None
        payload = bytes(buffer[start : start + length])
        kind = buffer[0] & 15
        self.received += start + length
        del buffer[: start + length]
        return kind, payload


def encoded(frame: dict) -> bytes:
    return _framed(1, json.dumps(frame).encode())


def _framed(kind: int, payload: bytes) -> bytes:
    """Masked, as a client's frames must be; with zeros, which leave the bytes as they are."""
    if len(payload) < 126:
        head = bytes([128 | kind, 128 | len(payload)])
    elif len(payload) < 65536:
        head = bytes([128 | kind, 254]) + len(payload).to_bytes(2, "big")
    else:
        head = bytes([128 | kind, 255]) + len(payload).to_bytes(8, "big")
    return head + bytes(4) + payload
