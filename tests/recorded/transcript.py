"""What passed between the product and a real model server, kept as `exchanges.json` in a folder for each product.

A request is recognised again by what a server looks at (`likeness`), not by its wording: our probes may say other words
tomorrow, and the transcript still answers for them. What a server was never asked fails the test.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers.sockets import Request, SocketServer, response

FOLDER = Path(__file__).parent
_LONG, _ENDLESS = 2000, 7000  # characters of a question
_MOST_EVENTS = 20
_MORE, _MUCH = 100, 10_000  # tokens of an answer


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """`likeness` of the request, and the answer: status, content type, the headers that a product is known by, text."""

    likeness: str
    status: int
    media_type: str
    headers: Mapping[str, str]
    text: str
    broken: bool = False  # the server hung up in the middle


def likeness(request: Request) -> str:
    """GET /v1/models; POST /v1/chat/completions streamed system+user tools …"""
    words = [request.method, request.path, *(["key"] if "authorization" in request.headers else [])]
    body = json.loads(request.body) if request.body else None
    if not isinstance(body, dict):
        return " ".join(words)
    messages = body.get("messages") or []
    told = json.dumps(messages, ensure_ascii=False)
    wished = body.get("max_tokens") or body.get("max_completion_tokens") or 0
    marks = {
        "streamed": body.get("stream"),
        "+".join(message["role"] for message in messages) or "nothing": "messages" in body,
        "long": _LONG < len(told) <= _ENDLESS and "image_url" not in told,
        "endless": len(told) > _ENDLESS,
        "image": "image_url" in told,
        "other-model": str(body.get("model")).startswith(("no-such-model", "?")),
        "one-token": wished == 1,
        "more": _MORE < wished <= _MUCH,
        "much": wished > _MUCH,
    }
    fields = sorted(set(body) - {"model", "messages", "stream", "max_tokens", "temperature", "stop"})
    return " ".join([*words, *(mark for mark, is_so in marks.items() if is_so), *fields])


def load(product: str) -> list[Exchange]:
    kept = json.loads((FOLDER / product / "exchanges.json").read_text())
    return [Exchange(**{**one, "text": "".join(one["text"])}) for one in kept]


def thinned(text: str) -> str:
    """A long stream without its middle: the same form, a few KB less."""
    events = text.split("\n\n")
    return "\n\n".join([*events[:8], *events[-4:]]) if len(events) > _MOST_EVENTS else text


def save(product: str, exchanges: list[Exchange]) -> None:
    """One of each likeness, the last one; texts by lines, so that a person can read what changed."""
    folder = FOLDER / product
    folder.mkdir(exist_ok=True)
    only = {one.likeness: vars(one) | {"text": thinned(one.text).splitlines(keepends=True)} for one in exchanges}
    for one in only.values():
        if not one["broken"]:
            del one["broken"]
    kept = json.dumps(sorted(only.values(), key=lambda one: one["likeness"]), ensure_ascii=False, indent=1)
    (folder / "exchanges.json").write_text(kept + "\n")


def write(writer: asyncio.StreamWriter, exchange: Exchange) -> None:
    """The answer again; where the server hung up, we do."""
    length = {"Transfer-Encoding": "chunked"} if exchange.broken else {}
    answer = response(exchange.text.encode(), f"{exchange.status} X", exchange.media_type, **exchange.headers, **length)
    if exchange.broken:
        head, _line, body = answer.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
        answer = b"\r\n".join(lines) + b"\r\n\r\n" + (b"%x\r\n%s\r\n" % (len(body), body) if body else b"")
    writer.write(answer)


class Replayed(SocketServer):
    """Answers as the real server did. `strange` are the requests that it was never asked."""

    def __init__(self, product: str) -> None:
        super().__init__(self._answer)
        self.strange: list[str] = []
        self._known = {one.likeness: one for one in load(product)}

    @property
    def asked(self) -> list[dict]:
        return [json.loads(request.body) for request in self.requests if request.path.endswith("/chat/completions")]

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        known = self._known.get(likeness(request))
        if known is None:
            self.strange.append(likeness(request))
            writer.write(response(b"never recorded", "501 Not Recorded"))
            return
        write(writer, known)
