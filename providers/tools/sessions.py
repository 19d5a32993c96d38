"""Sessions with tool servers that last as long as somebody uses them: one for each person, server and chat.

A server may keep in its session what a call has done: a place in a list, a page that was opened. So the calls of a chat
share one. It ends when nobody has called for a while, when another needs its room, with the first call that fails or is
stopped, and with the process. Raises what opening and the call raise.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from mcp.client.client import Client

IDLE = 180.0  # seconds after the last call
MOST = 64  # of this process; the one that has rested longest makes room
CLOSING = 5.0  # seconds to say goodbye
_FORGOTTEN = "Session terminated"  # the package's word for a server that does not know the session any more
log = logging.getLogger(__name__)
Got = TypeVar("Got")
Opens = Callable[[], "AbstractAsyncContextManager[Client]"]
Job = Callable[["Client"], Awaitable[Got]]


class _Session:
    """A task of its own opens it and closes it, as what is open belongs to the task that opened it."""

    def __init__(self, opens: Opens) -> None:
        self.busy = 0
        self.used = asyncio.get_running_loop().time()
        self.over = asyncio.Event()
        self._opens = opens
        self._client: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self._hold(), name="a session with a tool server")
        self.task.add_done_callback(self._ended)

    async def ask(self, job: Job[Got]) -> Got:
        self.busy += 1
        asked: asyncio.Task[Got] = asyncio.create_task(self._asked(job))
        try:
            await asyncio.wait({asked, self.task}, return_when=asyncio.FIRST_COMPLETED)
            if not self.task.done() or (asked.done() and not asked.cancelled()):
                return await asked
            raise self._problem()
        except BaseException:
            self.over.set()
            raise
        finally:
            asked.cancel()
            self.busy -= 1
            self.used = asyncio.get_running_loop().time()

    def _problem(self) -> BaseException:
        """Why it ended by itself."""
        failed = None if self.task.cancelled() else self.task.exception()
        return failed or ConnectionError("the session broke off")

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (problem := task.exception()):
            log.info("a session with a tool server broke off: %s", type(problem).__name__)
        self._client.cancel()

    async def _asked(self, job: Job[Got]) -> Got:
        return await job(await asyncio.shield(self._client))

    async def _hold(self) -> None:
        stack = contextlib.AsyncExitStack()
        try:
            client = await stack.enter_async_context(self._opens())
            self._client.set_result(client)
            await self._rest()
        finally:
            self.over.set()
            with contextlib.suppress(Exception):
                async with asyncio.timeout(CLOSING):
                    await stack.aclose()

    async def _rest(self) -> None:
        """Until it is over, or nobody has called for a while."""
        loop = asyncio.get_running_loop()
        while not self.over.is_set():
            left = IDLE if self.busy else self.used + IDLE - loop.time()
            if left <= 0:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self.over.wait()


_Kept = dict[Hashable, _Session]
_kept: WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept] = WeakKeyDictionary()


async def use(key: Hashable, opens: Opens, job: Job[Got]) -> Got:
    """What the job gives with the session of this key; a server that has forgotten it gets a new one, once."""
    kept = _kept.setdefault(asyncio.get_running_loop(), {})
    known = kept.get(key)
    if known is not None and not known.over.is_set():
        try:
            return await known.ask(job)
        except Exception as problem:
            if _FORGOTTEN not in str(problem):
                raise
    _make_room(kept)
    session = kept[key] = _Session(opens)
    return await session.ask(job)


async def close_all() -> None:
    """Those of this event loop."""
    sessions = list(_kept.pop(asyncio.get_running_loop(), {}).values())
    for session in sessions:
        session.over.set()
    await asyncio.gather(*(session.task for session in sessions), return_exceptions=True)


def _make_room(kept: _Kept) -> None:
    for key in [key for key, session in kept.items() if session.task.done()]:
        del kept[key]
    resting = sorted((one for one in kept.items() if not one[1].busy), key=lambda one: one[1].used)
    for key, session in resting[: max(0, len(kept) - MOST + 1)]:
        session.over.set()
        del kept[key]
