"""A web server that ends softly: what has begun is finished, what is new goes elsewhere.

SIGTERM or Ctrl-C once: the port is let go, what runs may end in its time, the text of what does not is stored. Twice:
only that is stored. A third time: at once.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from daphne.http_protocol import WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol

from webui import health

RESTARTING = 1012  # the close code that asks a page to come again, to whoever answers then
ON_ITS_WAY = 0.2  # seconds for requests that were sent before the port was let go
LOOK = 0.05  # seconds between two looks at the running requests
LAST = 3.0  # seconds from the end of the server to that of the process, whatever a thread may still wait for
LARGEST_FRAME = 1024 * 1024  # bytes of a socket's message; a larger one is not even put together
log = logging.getLogger(__name__)


class Work(Protocol):
    """The answers of this process."""

    @property
    def running(self) -> int: ...

    def stand_by(self) -> None: ...

    async def drain(self, seconds: float) -> None: ...

    async def close(self) -> None: ...


class Socket(WebSocketProtocol):
    """daphne's, which may say 1012 at the end: an application behind autobahn may not otherwise."""

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802  daphne's name
        if code == RESTARTING:
            self.sendCloseFrame(code=code)
        else:
            super().serverClose(code)


class SoftServer(Server):
    """daphne with an end of its own. `seconds` are for what runs when it is asked to stop."""

    def __init__(
        self, application: Any, endpoints: Sequence[str], *, work: Work, seconds: float, ready: Callable[[], None]
    ) -> None:
        super().__init__(
            self._serve,
            list(endpoints),
            signal_handlers=False,
            ready_callable=self._opened,
            application_close_timeout=3,
            server_name="webui",
            verbosity=0,
            websocket_max_message_size=LARGEST_FRAME,
            websocket_max_frame_size=LARGEST_FRAME,
        )
        self._inner = application
        self._work = work
        self._seconds = seconds
        self._ready = ready
        self._ports: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._asked = 0  # how often to stop

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)

    def _opened(self) -> None:
        """The port is open; the loop begins to turn a moment later."""
        self.ws_factory.protocol = Socket
        loop = asyncio.get_event_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.asked_to_stop)
        loop.call_soon(self._work.stand_by)
        self._ready()

    def asked_to_stop(self) -> None:
        self._asked += 1
        if self._asked > 2:
            self.stop()
            return
        for task in self._tasks:
            task.cancel()
        self._begin(self._end(self._seconds if self._asked == 1 else 0.0))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_event_loop().create_task(work))

    async def _end(self, seconds: float) -> None:
        try:
            await self._drain(seconds)
        except Exception:  # the rim: whatever fails there, the server still has to end
            log.exception("Not everything came to its end")
        self.stop()

    async def _drain(self, seconds: float) -> None:
        health.leave()
        self._close_the_door()
        await asyncio.sleep(ON_ITS_WAY)
        if seconds and (running := self._work.running):
            answers = "1 answer" if running == 1 else f"{running} answers"
            print(f"Waiting for {answers}; press Ctrl-C again to stop now.", flush=True)
        await asyncio.gather(self._requests_end(seconds), self._work.drain(seconds))
        await self._work.close()

    def _close_the_door(self) -> None:
        while self._ports:
            port = self._ports.pop()
            port.doRead()  # who stands before it already is let in
            port.stopListening()
        for protocol in self.connections:
            _keep_open_no_longer(protocol)

    async def _requests_end(self, seconds: float) -> None:
        """Until no HTTP request is being answered, or the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while loop.time() < deadline and any(  # noqa: ASYNC110  daphne tells nobody
            isinstance(protocol, WebRequest) and "disconnected" not in details
            for protocol, details in self.connections.items()
        ):
            await asyncio.sleep(LOOK)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if self._asked:
            _keep_open_no_longer(protocol)
        return super().create_application(protocol, scope)

    async def _serve(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if self._asked and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": RESTARTING})
        else:
            await self._inner(scope, receive, send)

    def stop(self) -> None:
        last = threading.Timer(LAST, os._exit, [0])
        last.daemon = True
        last.start()
        super().stop()

    def kill_all_applications(self) -> Any:
        # daphne stumbles over a connection whose application has ended, or has not begun, and then ends none.
        self.connections: dict[Any, dict[str, Any]] = {
            protocol: details for protocol, details in self.connections.items() if "application_instance" in details
        }
        return super().kill_all_applications()


def _keep_open_no_longer(protocol: Any) -> None:
    """The connection ends with this request, and says so: a proxy asks somebody else next."""
    channel = getattr(protocol, "channel", None)  # none any more once the answer is out
    if isinstance(protocol, WebRequest) and channel is not None:
        channel.persistent = False
        protocol.responseHeaders.setRawHeaders(b"Connection", [b"close"])
