"""A small proxy before several web processes, as docs/deploy/nginx.conf sets one up.

Bytes pass through as they are; a request goes to the next process that lets us in, and to nobody who is not ready.
"""

import asyncio
import contextlib
import itertools
import threading


class Balancer:
    """`with Balancer(ports) as balancer:` listens at `balancer.port`."""

    def __init__(self, ports):
        self._turns = itertools.cycle(ports)
        self._count = len(ports)
        self._loop = asyncio.new_event_loop()

    def __enter__(self):
        started = threading.Event()
        threading.Thread(target=self._run, args=(started,), daemon=True).start()
        assert started.wait(10)
        return self

    def __exit__(self, *_error):
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()

    async def _serve(self, reader, writer):
        """One request a connection: so every request is sent to whoever is there now."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            upstream = await self._upstream()
            if upstream is None:
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            else:
                await asyncio.gather(self._pass(reader, upstream[1]), self._pass(upstream[0], writer))
        writer.close()

    async def _upstream(self):
        for _ in range(self._count * 20):
            try:
                return await asyncio.open_connection("127.0.0.1", next(self._turns))
            except OSError:
                await asyncio.sleep(0.02)
        return None

    async def _pass(self, source, target):
        with contextlib.suppress(OSError):
            while piece := await source.read(65536):
                target.write(piece)
                await target.drain()
            target.write_eof()
