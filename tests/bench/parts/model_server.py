"""A scripted OpenAI server that streams on a schedule and records how late it was: its own process, and cheap.

Token i of an answer is due `ttft + i / rate` seconds after the request has arrived, on CLOCK_MONOTONIC, which all
processes of a machine share. A question may say `[answer=17 tokens=300 rate=50 ttft=0.2 kind=plain]`; a request of the
product itself (it limits its tokens: a title) is answered at once. GET /records tells what was asked and written when.
"""

import argparse
import asyncio
import heapq
import itertools
import json
import re
import time
from functools import cache

from tests.bench.parts.answers import tokens_of

DIRECTIVE = re.compile(r"\[(answer=[^\]]*)\]")
GRID = 0.002  # seconds: what falls due is written together, as a model server's batch does; waking costs more than that
TITLE = ["A ", "short ", "title"]
MODELS = [{"id": "plain"}, {"id": "windowed", "max_model_len": 4096}]
HEAD = (
    b'data: {"id":"chatcmpl-0123456789abcdef0123456789abcdef","object":"chat.completion.chunk","created":1760000000,'
    b'"model":"plain","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":'
)
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
records: list[dict] = []


@cache
def chunk(token: str) -> bytes:
    return _event(HEAD + json.dumps({"content": token}).encode() + b',"logprobs":null,"finish_reason":null}]}')


def ending(written: int, asked: int) -> bytes:
    usage = {"prompt_tokens": asked // 4, "completion_tokens": written, "total_tokens": asked // 4 + written}
    stop = _event(HEAD + b'{},"logprobs":null,"finish_reason":"stop"}]}')
    counted = _event(b'data: {"id":"chatcmpl","choices":[],"usage":' + json.dumps(usage).encode() + b"}")
    return stop + counted + _event(b"data: [DONE]") + b"0\r\n\r\n"


def _event(line: bytes) -> bytes:
    return b"%x\r\n%s\n\n\r\n" % (len(line) + 2, line)


class Connection(asyncio.Protocol):
    """Requests of one connection, one after another."""

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        wanted = int(length[1]) if length else 0
        if found and len(body) >= wanted:
            self.buffer = body[wanted:]
            self.answer(head.split(b"\r\n", 1)[0].split(), body[:wanted])

    def answer(self, request, body):
        method, path = request[0], request[1].split(b"?")[0]
        if path.endswith(b"/chat/completions") and method == b"POST" and (asked := json.loads(body)).get("messages"):
            self.chat(asked, body)
        elif path.endswith(b"/v1/models"):
            self.reply(200, {"object": "list", "data": [{**m, "object": "model", "owned_by": "vllm"} for m in MODELS]})
        elif path == b"/records":
            self.reply(200, {"processor": time.process_time(), "answers": records})
        elif path == b"/forget":
            records.clear()
            self.reply(200, {})
        else:
            self.reply(404, {"error": {"message": "there is nothing here", "type": "not_found"}})

    def reply(self, status, value):
        body = json.dumps(value).encode()
        head = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)

    def chat(self, asked, body):
        arrived = time.monotonic()
        own = "max_tokens" in asked or "max_completion_tokens" in asked
        said = DIRECTIVE.findall(str(asked["messages"][-1]["content"]))
        given = dict(part.split("=") for part in said[-1].split()) if said and not own else {}
        record = {
            "answer": given.get("answer", ""),
            "title": own,
            "arrived": arrived,
            "ttft": float(given.get("ttft", options.ttft)),
            "rate": float(given.get("rate", options.rate)),
            "messages": len(asked["messages"]),
            "message bytes": len(json.dumps(asked["messages"], ensure_ascii=False, separators=(",", ":")).encode()),
            "body bytes": len(body),
            "written": [],
        }
        records.append(record)
        tokens = TITLE if own else tokens_of(given.get("kind", "plain"), int(given.get("tokens", options.tokens)))
        self.transport.write(STREAM)
        if own:
            self.transport.write(b"".join(map(chunk, tokens)) + ending(len(tokens), len(body)))
            return
        pulse.begin(Writing(self.transport, record, list(map(chunk, tokens)), ending(len(tokens), len(body))))


class Writing:
    """One answer on its way; says when it wants to go on."""

    def __init__(self, transport, record: dict, chunks: list[bytes], end: bytes) -> None:
        self.transport, self.record, self.chunks, self.end = transport, record, chunks, end
        self.first, self.place = record["arrived"] + record["ttft"], 0

    @property
    def due(self) -> float:
        return self.first + self.place / self.record["rate"]

    def go_on(self, now: float) -> bool:
        """Write what is due. False when that was all."""
        begun = self.place
        while self.place < len(self.chunks) and self.due <= now:
            self.place += 1
        if self.transport.is_closing():
            return False
        self.transport.write(b"".join(self.chunks[begun : self.place]))
        self.record["written"].append((round(now, 5), self.place))
        if self.place == len(self.chunks):
            self.transport.write(self.end)
        return self.place < len(self.chunks)


class Pulse:
    """Wakes at the next point of the grid that has something to write."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Writing]] = []
        self._number = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, writing: Writing) -> None:
        heapq.heappush(self._waiting, (writing.due, next(self._number), writing))
        self._arm()

    def _beat(self) -> None:
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            _due, number, writing = heapq.heappop(self._waiting)
            if writing.go_on(now):
                heapq.heappush(self._waiting, (writing.due, number, writing))
        self._arm()

    def _arm(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._waiting:
            loop = asyncio.get_running_loop()
            ahead = loop.time() - time.monotonic()  # the loop's own clock may have another beginning
            point = -(-self._waiting[0][0] // GRID) * GRID
            self._timer = loop.call_at(point + ahead, self._beat)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", options.port, backlog=1000)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tokens", type=int, default=300)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--ttft", type=float, default=0.2)
    options = parser.parse_args()
    pulse = Pulse()
    try:
        from uvloop import run
    except ImportError:
        from asyncio import run
    run(serve())
