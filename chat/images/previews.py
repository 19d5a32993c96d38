"""Unfinished pictures, for whoever watches: a small file for each answer that is being drawn, gone with its end.

Files, because the page may ask another process than the one that draws.
"""

import asyncio
import logging
import tempfile
import time
from pathlib import Path

from django.conf import settings

from chat.attachments import pictures
from chat.attachments.pictures import PictureRefused

FOLDER = "previews"
EVERY = 2.0  # seconds: to draw one anew takes a process and a tenth of a second
MOST_BYTES = 4 * 1024 * 1024
MOST = 40  # of one answer
log = logging.getLogger(__name__)
_at: dict[int, tuple[float, int]] = {}  # when the last one was kept, and its number


async def keep(message: int, content: bytes) -> int | None:
    """The number of the preview that can be fetched now; None when this one is left out or is no picture."""
    at, number = _at.get(message, (-EVERY, 0))
    now = time.monotonic()
    if now - at < EVERY or number >= MOST or len(content) > MOST_BYTES or not pictures.kind_of(content[:4096]):
        return None
    _at[message] = (now, number)
    if not await asyncio.to_thread(_store, message, content):
        return None
    _at[message] = (now, number + 1)
    return number + 1


def forget(message: int) -> None:
    _at.pop(message, None)
    path_of(message).unlink(missing_ok=True)


def path_of(message: int) -> Path:
    return Path(settings.FILE_ROOT) / FOLDER / f"{message}.jpg"


def _store(message: int, content: bytes) -> bool:
    target = path_of(message)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        given, drawn, small = (Path(folder) / part for part in ("given", "drawn", "small"))
        given.write_bytes(content)
        try:
            pictures.develop(given, drawn, small)
        except PictureRefused as refusal:
            log.info("a preview could not be shown: %s", refusal)
            return False
        part = target.with_suffix(".part")
        part.write_bytes(small.read_bytes())
        part.rename(target)
    return True
