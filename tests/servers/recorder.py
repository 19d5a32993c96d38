"""Stands between the product and a real model server, and keeps what passed: `prompts()` is what the model saw."""

import asyncio
import contextlib
import json

from tests.servers.sockets import Request, SocketServer


class Recorder(SocketServer):
    def __init__(self, upstream_port: int, **options) -> None:
        super().__init__(self._forward, **options)
        self.upstream_port = upstream_port

    def prompts(self) -> list[str]:
        """All messages of each chat request, joined, in the order of the requests."""
        bodies = [json.loads(request.body) for request in self.requests if request.path.endswith("/chat/completions")]
        return ["\n".join(str(message["content"]) for message in body["messages"]) for body in bodies]

    async def _forward(self, request: Request, writer: asyncio.StreamWriter) -> None:
        reader, upstream = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        headers = {**request.headers, "connection": "close", "host": f"127.0.0.1:{self.upstream_port}"}
        lines = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        upstream.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + request.body)
        with contextlib.closing(upstream):
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
