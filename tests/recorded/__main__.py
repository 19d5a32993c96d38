"""Meets a real server and keeps what passed: `python -m tests.recorded PRODUCT ADDRESS`, see README.md.

A product that ends in -key is a server that wants one: only its refusals are kept.
"""

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING

import aiohttp

from tests.recorded.transcript import Exchange, likeness, save, write
from tests.servers.sockets import Request, SocketServer

if TYPE_CHECKING:
    from tests.recorded.contract import Outcome

_TELLING = ("server",)  # of the headers, what a product may be known by


class Recording(SocketServer):
    """Stands before a real server and writes down what passes."""

    def __init__(self, upstream: str) -> None:
        super().__init__(self._forward)
        self.upstream = upstream.rstrip("/")
        self.exchanges: list[Exchange] = []

    async def _forward(self, request: Request, writer: asyncio.StreamWriter) -> None:
        headers = {name: value for name, value in request.headers.items() if name in ("authorization", "content-type")}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.request(request.method, self.upstream + request.path, data=request.body or None) as answer,
        ):
            text, broken = "", False
            try:
                async for part in answer.content:
                    text += part.decode(errors="replace")
            except aiohttp.ClientPayloadError:
                broken = True
            exchange = Exchange(
                likeness=likeness(request),
                status=answer.status,
                media_type=answer.headers.get("Content-Type", ""),
                headers={name: value for name, value in answer.headers.items() if name.lower() in _TELLING},
                text=_shortened(request.path, text),
                broken=broken,
            )
        self.exchanges.append(exchange)
        write(writer, exchange)


def _shortened(path: str, text: str) -> str:
    """Of a description of all routes their names are enough."""
    if path != "/openapi.json":
        return text
    return json.dumps({"paths": {name: {} for name in json.loads(text).get("paths", {})}})


def main(product: str, address: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("WEBUI_PROBE_LOCAL", "false")
    import django

    django.setup()
    from tests.recorded.contract import meet, refused

    with Recording(address) as recording:
        if product.endswith("-key"):
            print(asyncio.run(refused(recording.address)))
        else:
            _tell(asyncio.run(meet(recording.address)))
        save(product, recording.exchanges)


def _tell(outcome: "Outcome") -> None:
    print(json.dumps(outcome.card, indent=1, ensure_ascii=False))
    for name, answer in outcome.answers.items():
        told = [answer.text, answer.usage, answer.finish]
        if answer.error:
            told = [answer.error.code, str(answer.error), answer.error.prompt, answer.error.window]
        print(name, *told, sep=" | ")


if __name__ == "__main__":
    main(*sys.argv[1:])
