"""Waiting for something to become true, with a deadline; the only waiting that tests do."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any


def eventually(check: Callable[[], Any], seconds: float = 10) -> Any:
    """The first true answer of `check`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, f"not true within {seconds} s: {check}"
        time.sleep(0.02)
    return found


async def eventually_async(check: Callable[[], Any | Awaitable[Any]], seconds: float = 10) -> Any:
    """The same for checks on the event loop; `check` may be async."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        assert time.monotonic() < deadline, f"not true within {seconds} s: {check}"
        await asyncio.sleep(0.02)
