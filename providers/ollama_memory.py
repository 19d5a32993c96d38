"""What an Ollama server has in its memory now: asked at most every few seconds, for all questions together."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from providers.ollama_window import STEPS

if TYPE_CHECKING:
    from aiohttp import ClientSession

LOOK_EVERY = 5.0  # seconds
PATIENCE = 1.0  # how long a question waits to learn it; better to load a model anew than to wait for ever
_LEAVE_ALONE = 60.0  # after a look that took too long
_LARGEST = 1024 * 1024


def full_name(model: str) -> str:
    """As Ollama names it in lists: without a tag it is the latest."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


class ServerMemory:
    """`window(model)` is what the model is loaded with, or is about to be."""

    def __init__(self, base_url: str, session: "Callable[[], ClientSession]") -> None:
        self._base_url = base_url
        self._session = session
        self._windows: dict[str, int] = {}
        self._coming: dict[str, list[int]] = {}  # windows of questions whose answer has not begun
        self._last: dict[str, int] = {}  # that were asked for, of servers that do not tell
        self._look_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        self._knows = False

    @property
    def is_due(self) -> bool:
        """Whether a look is under way or would be begun now."""
        return time.monotonic() >= self._look_at or (self._looking is not None and not self._looking.done())

    async def refreshed(self) -> None:
        """Look again if the last look is old; waits only a moment for it."""
        if (looking := self._begun()) is not None:
            await asyncio.wait((looking,), timeout=PATIENCE)
            if not looking.done():
                looking.cancel()
                self._knows, self._look_at = False, time.monotonic() + _LEAVE_ALONE

    def is_loaded(self, model: str) -> bool | None:
        """None when nobody knows."""
        return full_name(model) in self._windows if self._knows else None

    def window(self, model: str) -> int:
        """0 when it is not loaded."""
        name = full_name(model)
        coming = max(self._coming.get(name, ()), default=0)
        loaded = self._windows.get(name, 0) if self._knows else self._last.get(name, 0)
        return max(coming, loaded)

    @contextmanager
    def awaiting(self, model: str, window: int) -> Iterator[None]:
        """While a question waits for its answer to begin: the model is being loaded with this window, if it was not."""
        name = full_name(model)
        self._coming.setdefault(name, []).append(window)
        self._last[name] = window
        try:
            yield
        finally:
            self._coming[name].remove(window)

    def answered(self, model: str, window: int) -> None:
        """It has just begun to answer, so that much is sure without a look."""
        self._windows[full_name(model)] = window

    def close(self) -> None:
        if self._looking:
            self._looking.cancel()

    def _begun(self) -> "asyncio.Task[None] | None":
        if self._looking is not None and not self._looking.done():
            return self._looking
        if time.monotonic() < self._look_at:
            return None
        self._look_at = time.monotonic() + LOOK_EVERY
        self._looking = asyncio.ensure_future(self._look())
        return self._looking

    async def _look(self) -> None:
        import aiohttp

        try:
            async with self._session().get(f"{self._base_url}/api/ps", allow_redirects=False) as response:
                told = json.loads(await response.content.read(_LARGEST)) if response.status == 200 else None
        except (aiohttp.ClientError, OSError, ValueError):
            told = None
        entries = told.get("models") if isinstance(told, dict) else None
        self._knows = isinstance(entries, list)
        if isinstance(entries, list):
            self._windows = {
                name: self._window_in(entry, name)
                for entry in entries
                if isinstance(entry, dict)
                for name in {full_name(str(entry.get(key))) for key in ("name", "model") if entry.get(key)}
            }

    def _window_in(self, entry: dict[str, Any], name: str) -> int:
        """Older versions do not tell it; then it is what we asked for last."""
        told = entry.get("context_length")
        return told if isinstance(told, int) and 0 < told <= STEPS[-1] else self._last.get(name, 0)
