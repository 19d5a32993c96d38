"""A tiny application behind the web process's own server: `python -m tests.servers.soft_end PORT FOLDER SECONDS`.

Files in the folder tell it what to do: `/slow` answers when `go` is there, the pretended work begins with `busy` and
ends with `done`, or fails with `broken`.
"""

import asyncio
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.settings")

from webui import health
from webui.drain import SoftServer

PORT, FOLDER, SECONDS = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])


class PretendedWork:
    @property
    def running(self):
        return 2 if (FOLDER / "busy").exists() and not (FOLDER / "done").exists() else 0

    def stand_by(self):
        asyncio.get_running_loop()
        (FOLDER / "started").touch()

    async def drain(self, seconds):
        (FOLDER / "drained").open("a").write(f"{seconds:g}\n")
        end = asyncio.get_running_loop().time() + seconds
        while self.running and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110  a file is looked at
            await asyncio.sleep(0.01)
        if (FOLDER / "broken").exists():
            raise RuntimeError("the pretended work failed")

    async def close(self):
        (FOLDER / "closed").touch()


async def application(scope, receive, send):
    await receive()
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await receive()
        return
    while scope["path"] == "/slow" and not (FOLDER / "go").exists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    body = b"leaving" if health.is_leaving() else b"here"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


SoftServer(
    application,
    [f"tcp:port={PORT}:interface=127.0.0.1"],
    work=PretendedWork(),
    seconds=SECONDS,
    ready=lambda: print("up", flush=True),
).run()
print("ended", flush=True)
