"""Scripted servers that make pictures, in the wire shapes that the product speaks, and their faults.

with OpenAIPictures() as server:
    server.scenario = "truncated"
    ...  # have a picture made at server.base_url
"""

import asyncio
import base64
import io
import json
import struct
import threading
import zlib

from tests.servers.openai_chunks import json_answer
from tests.servers.sockets import Request, SocketServer, response

HTML = b"<!doctype html><html><body><h1>Please sign in</h1></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png(size=(96, 64), colour="teal"):
    from PIL import Image, PngImagePlugin

    notes = PngImagePlugin.PngInfo()
    notes.add_text("parameters", "a secret prompt, Steps: 20, Model hash: 1234")
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG", pnginfo=notes)
    return out.getvalue()


def bomb(width=10_000, height=10_000):
    """A small file that unpacks to 100 million pixels."""

    def part(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = part(b"IDAT", zlib.compress(b"\0" * 10_000)) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + data


class Pictures(SocketServer):
    """What all of them share: the picture that they send, and when they let go of a request."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.scenario = "normal"
        self.release = threading.Event()
        self.gone = threading.Event()  # the client hung up while it waited

    @property
    def content(self) -> bytes:
        wrong = {"html": HTML, "svg": SVG, "bomb": bomb(), "truncated": png((400, 400))[:300]}
        return wrong.get(self.scenario) or png()

    def bodies(self, path: str) -> list:
        found = [request for request in list(self.requests) if request.path.partition("?")[0].endswith(path)]
        return [json.loads(request.body) if request.body[:1] == b"{" else request.body for request in found]

    async def held(self, writer: asyncio.StreamWriter, talks: bool = False) -> None:
        """Until the test lets go, or the client does, which is only noticed where something is said to it."""
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" if talks else b"")
        while not self.release.is_set():
            if writer.transport.is_closing():
                self.gone.set()
                raise ConnectionError
            await asyncio.sleep(0.02)
            writer.write(b" " if talks else b"")

    async def endless(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not writer.transport.is_closing():
            writer.write(b" " * 262_144)
            await writer.drain()

    async def cut(self, writer: asyncio.StreamWriter) -> None:
        """The line breaks in the middle of the answer."""
        writer.write(response(b'{"data": [{"b64_json": "' + b"A" * 5000)[:-2000])
        await writer.drain()
        writer.transport.abort()


OPENAI_ERRORS = {
    "refused": ("Your request was rejected by the safety system.", "moderation_blocked"),
    "memory": ("CUDA out of memory. Tried to allocate 2.00 GiB", "internal", "500 Oops"),
    "busy": ("Rate limit reached for images", "rate_limit_exceeded", "429 Slow down"),
}


class OpenAIPictures(Pictures):
    """`/v1/images/generations` and `/v1/images/edits`; `family` decides which fields it takes."""

    def __init__(self, family: str = "gpt-image-1", key: str = "") -> None:
        super().__init__()
        self.family = family
        self.key = key
        self.elsewhere = ""  # the whole address of a picture that it names

    @property
    def base_url(self) -> str:
        return f"{self.address}/v1"

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            writer.write(error("Incorrect API key provided", "invalid_api_key", "401 Unauthorized"))
        elif request.path == "/v1/models":
            writer.write(json_answer({"object": "list", "data": [{"id": self.family, "object": "model"}]}))
        elif request.path == "/picture.png":
            writer.write(response(self.content, media_type="image/png"))
        elif request.path in ("/v1/images/generations", "/v1/images/edits"):
            await self._draw(request, writer)
        else:
            writer.write(json_answer({"detail": "Not Found"}, "404 Not Found"))

    async def _draw(self, request: Request, writer: asyncio.StreamWriter) -> None:
        asked = json.loads(request.body) if request.body[:1] == b"{" else {}
        if self.scenario == "hang":
            await self.held(writer, talks=True)
        elif self.scenario == "cut":
            await self.cut(writer)
        elif self.scenario == "endless":
            await self.endless(writer)
        elif self.scenario in OPENAI_ERRORS:
            writer.write(error(*OPENAI_ERRORS[self.scenario]))
        elif "gpt-image" in self.family and "response_format" in asked:
            writer.write(error("Unknown parameter: 'response_format'.", "unknown_parameter"))
        elif "dall-e-3" in self.family and asked.get("n", 1) > 1:
            writer.write(error("n must be 1 for dall-e-3", "invalid_value"))
        elif self.scenario == "older" and (asked.get("stream") or b'name="stream"' in request.body):
            writer.write(error("Unknown parameter: 'partial_images'.", "unknown_parameter"))
        elif self.scenario == "live" and (asked.get("stream") or b'name="stream"' in request.body):
            await self._stream(writer, "image_edit" if request.path.endswith("edits") else "image_generation")
        else:
            rows = [] if self.scenario == "empty" else [self._row(asked)] * asked.get("n", 1)
            writer.write(json_answer({"created": 1, "data": rows}))

    async def _stream(self, writer: asyncio.StreamWriter, kind: str) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n")
        for place in range(2):
            self._tell(writer, f"{kind}.partial_image", png((8, 8), "red"), partial_image_index=place)
        while not self.release.is_set():
            writer.write(b": still drawing\n\n")
            await asyncio.sleep(0.02)
        self._tell(writer, f"{kind}.completed", self.content)

    def _tell(self, writer: asyncio.StreamWriter, kind: str, content: bytes, **more) -> None:
        event = {"type": kind, "b64_json": base64.b64encode(content).decode(), **more}
        writer.write(f"event: {kind}\ndata: {json.dumps(event)}\n\n".encode())

    def _row(self, asked: dict) -> dict:
        one = {"b64_json": base64.b64encode(self.content).decode()}
        if self.elsewhere or ("dall-e" in self.family and asked.get("response_format", "url") == "url"):
            one = {"url": self.elsewhere or f"{self.address}/picture.png"}
        if "dall-e-3" in self.family:
            one["revised_prompt"] = "A teal rectangle, painted with care."
        return one


def error(words: str, code: str, status: str = "400 Bad Request") -> bytes:
    return json_answer({"error": {"message": words, "type": "x", "param": None, "code": code}}, status)
