"""No more than a few requests to one host at a time from this process, however many people ask."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

AT_ONCE = 2
_turns: WeakValueDictionary[tuple[int, str], asyncio.Semaphore] = WeakValueDictionary()


@asynccontextmanager
async def turn_at(host: str) -> AsyncIterator[None]:
    """Waits until it is one's turn; the caller's own time limit holds for the waiting too."""
    key = id(asyncio.get_running_loop()), host
    turns = _turns.get(key)
    if turns is None:
        turns = _turns[key] = asyncio.Semaphore(AT_ONCE)
    async with turns:
        yield
