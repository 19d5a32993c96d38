"""Meets a real server and keeps what passed: `python -m tests.recorded PRODUCT ADDRESS [MODEL]`, see README.md."""

import asyncio
import json
import os
import re
import sys

import aiohttp

from tests.recorded.transcript import Exchange, likeness, save
from tests.servers.sockets import Request, SocketServer, response

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
            text = await answer.text()
            told = {name: value for name, value in answer.headers.items() if name.lower() in _TELLING}
            exchange = Exchange(
                likeness=likeness(request),
                status=answer.status,
                media_type=answer.headers.get("Content-Type", ""),
                headers=told,
                text=_shortened(request.path, text),
            )
        self.exchanges.append(exchange)
        writer.write(response(text.encode(), f"{exchange.status} X", exchange.media_type, **told))


def _shortened(path: str, text: str) -> str:
    """Of a description of all routes their names are enough, and whose disk it was is nobody's business."""
    if path != "/openapi.json":
        return re.sub(r"(?:/[\w.-]+)+/tiny\b", "/models/tiny", text)
    return json.dumps({"paths": {name: {} for name in json.loads(text).get("paths", {})}})


def main(product: str, address: str, model: str = "tiny") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("WEBUI_PROBE_LOCAL", "false")
    import django

    django.setup()
    from tests.recorded.contract import meet

    with Recording(address) as recording:
        outcome = asyncio.run(meet(recording.address, model))
        save(product, recording.exchanges)
    print(json.dumps(outcome.card, indent=1, ensure_ascii=False))
    for name, answer in outcome.answers.items():
        told = [answer.text, answer.usage, answer.finish]
        if answer.error:
            told = [answer.error.code, str(answer.error), answer.error.prompt, answer.error.window]
        print(name, *told, sep=" | ")
    print(f"{len(recording.exchanges)} exchanges; pasting the address said {outcome.problem or 'nothing'}")


if __name__ == "__main__":
    main(*sys.argv[1:])
