"""Whose turn it is at a server that draws one picture after the other: one line for all processes of this machine.

Within a process whoever asked first is first. Between processes a lock on a file decides; it is free again when its
process ends, however it does.
"""

import asyncio
import fcntl
import hashlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import IO
from weakref import WeakKeyDictionary

from django.conf import settings

FOLDER = "turns"
LOOK = 0.5  # seconds between two looks at the lock of another process
_Lines = dict[str, asyncio.Lock]
_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Lines] = WeakKeyDictionary()


class Turn:
    """One drawing's place in the line. `taken` gives a word each time that it has to wait, and ends with the turn."""

    def __init__(self, base_url: str) -> None:
        self._path = path_of(base_url)
        self._line = _lines.setdefault(asyncio.get_running_loop(), {}).setdefault(base_url, asyncio.Lock())
        self._file: IO[bytes] | None = None
        self._mine = False

    async def taken(self) -> AsyncGenerator[None, None]:
        if self._line.locked():
            yield
        await self._line.acquire()
        self._mine = True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("ab")
        while not _locked(self._file):
            yield
            await asyncio.sleep(LOOK)

    def leave(self) -> None:
        if self._file is not None:
            self._file.close()  # and with it the lock
        if self._mine:
            self._line.release()
        self._file, self._mine = None, False


def path_of(base_url: str) -> Path:
    return Path(settings.FILE_ROOT) / FOLDER / f"{hashlib.sha256(base_url.encode()).hexdigest()[:24]}.lock"


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
