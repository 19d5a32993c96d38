"""One name for whatever is going on: a request, a socket with all it starts, a task. It stands on each line of the log.

A proxy may name a request itself (X-Request-ID); else we do. Answers carry the name, so that a person can tell it.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from typing import Any

HEADER = b"x-request-id"
# What is believed of others: nothing that could break a line, or pass for something else.
WELL_FORMED = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_.-]{7,63}")
_current: ContextVar[str] = ContextVar("request_id", default="")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def current() -> str:
    """Empty outside of any request, socket and task."""
    return _current.get()


def begin(name: str = "") -> str:
    """From here on, in this context and what it starts."""
    name = name or secrets.token_hex(8)
    _current.set(name)
    return name


class Named:
    """The outermost application: names what comes in, and says the name in every answer."""

    def __init__(self, inner: App) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = next((value for name, value in scope.get("headers", ()) if name == HEADER), b"")
        own = begin(given.decode() if WELL_FORMED.fullmatch(given) else "").encode()
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def answer(event: Any) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": [*event.get("headers", ()), (HEADER, own)]}
            await send(event)

        await self._inner(scope, receive, answer)
