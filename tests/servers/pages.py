"""A web of our own on loopback: pages by path, ordinary ones and awkward ones."""

import asyncio
import gzip
import zlib

from tests.servers.sockets import Request, SocketServer, response


class LocalWeb(SocketServer):
    """`web.add("/path", html)` gives the page's address; `web.pages[path]` may be a handler that writes the bytes."""

    def __init__(self, **options) -> None:
        super().__init__(self._answer, **options)
        self.pages = {}

    def add(self, path: str, body: str | bytes, **options) -> str:
        self.pages[path] = response(body.encode() if isinstance(body, str) else body, **options)
        return self.address + path

    def serve(self, path: str, page) -> str:
        """`page` is either all bytes of the response or a handler."""
        self.pages[path] = page
        return self.address + path

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        page = self.pages.get(request.path, response(b"no such page", "404 Not Found"))
        if callable(page):
            await page(request, writer)
        else:
            writer.write(page)


def redirect(location: str, status: str = "302 Found", **headers: str) -> bytes:
    return response(b"", status, Location=location, **headers)


def gzip_bomb(megabytes: int) -> bytes:
    """A page of spaces: about a thousandth of what it unpacks to."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(b" " * 1024**2) for _ in range(megabytes)) + packer.flush()
    return response(packed, Content_Encoding="gzip")


def zipped(html: str) -> bytes:
    return response(gzip.compress(html.encode()), Content_Encoding="gzip")


async def endless(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b"<p>" + b"words and more words " * 3000)
        await writer.drain()


async def dripping(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Never silent for long, never done."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def silent(_request: Request, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def huge_header(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(2000):
        writer.write(b"X-%d: " % number + b"y" * 1000 + b"\r\n")
        await writer.drain()
    writer.write(b"Content-Type: text/html\r\n\r\nhello")


async def rude(_request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
