"""The bytes of an OpenAI-compatible server: events, chunks, JSON answers."""

import json

from tests.servers.sockets import response

SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def event(data: object) -> bytes:
    return b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n"


def chunk(delta: object = None, finish: str | None = None, **extra: object) -> bytes:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return event({"id": "x", "object": "chat.completion.chunk", "model": "m", "choices": [choice], **extra})


def json_answer(document: object, status: str = "200 OK", **headers: str) -> bytes:
    return response(json.dumps(document).encode(), status, media_type="application/json", **headers)
