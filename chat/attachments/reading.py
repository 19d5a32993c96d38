"""Documents are read as soon as they are here, two at a time, each by a process that may fail (knowledge/parsing/).

Whoever reads claims the row first. A claim that is older than any reading can last was left by a process that is gone;
who needs the document then, reads it again.
"""

import asyncio
import contextvars
import json
import logging
import uuid
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.attachments.taking import PLACE
from chat.database import in_database
from chat.models import Attachment
from knowledge import storage
from knowledge.parsing import Block, ParsedFile, ParseError, extension_of, isolation, sentences
from knowledge.passages import RetrievalError

log = logging.getLogger(__name__)
GONE_AFTER = timedelta(seconds=isolation.WALL_SECONDS + 30)
PATIENCE = 180.0  # seconds that an answer waits for its files
LOOK = 0.5  # seconds, at what another process reads
AT_ONCE = 2
_readers = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="attached")
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
_here: dict[UUID, asyncio.Task[None]] = {}


def read_later(pk: UUID) -> asyncio.Task[None]:
    """Begin to read a document, unless that is done here already."""
    task = _here.get(pk)
    if task is None or task.get_loop() is not asyncio.get_running_loop():
        # In a context of its own: a request's, which this outlives, has a thread that ends with it.
        task = _here[pk] = asyncio.create_task(_read(pk), name=f"read {pk}", context=contextvars.Context())
    return task


def leave(attachment: Attachment) -> None:
    """Made where nothing can be read: whoever looks at it or needs it first begins. Synchronous."""
    Attachment.objects.filter(pk=attachment.pk).update(read_at=timezone.now() - 2 * GONE_AFTER)


async def settle(pk: UUID, seconds: float) -> None:
    """Let it be read for so long: most files are ready before anybody could look."""
    task = _here.get(pk)
    if task and task.get_loop() is asyncio.get_running_loop():
        await asyncio.wait([task], timeout=seconds)


async def wait_for(ids: Collection[UUID]) -> None:
    """Until all of these are read, or are known to be unreadable. Raises `RetrievalError` when that takes too long."""
    try:
        async with asyncio.timeout(PATIENCE):
            while waiting := await nudge(ids):
                mine = [task for one in waiting if (task := _here.get(one))]
                await (asyncio.wait(mine) if mine else asyncio.sleep(LOOK))
    except TimeoutError:
        raise RetrievalError(_("Reading the attached files takes too long. Try again in a minute.")) from None


async def nudge(ids: Collection[UUID]) -> list[UUID]:
    """Those that are not read yet; what a process that is gone has left is taken up here."""
    waiting = await in_database(_unread, ids)
    for pk, left in waiting.items():
        if left:
            read_later(pk)
    return list(waiting)


def _unread(ids: Collection[UUID]) -> dict[UUID, bool]:
    """Whether nobody reads them any more, by id."""
    rows = Attachment.objects.filter(pk__in=ids, state=Attachment.State.READING).only("created_at", "read_at")
    gone = timezone.now() - GONE_AFTER
    return {row.pk: (row.read_at or row.created_at) < gone for row in rows}


async def _read(pk: UUID) -> None:
    claim, loop = uuid.uuid4(), asyncio.get_running_loop()
    try:
        # Claimed when its turn has come, so that the claim's age is that of the reading.
        async with _places.setdefault(loop, asyncio.Semaphore(AT_ONCE)):
            if attachment := await in_database(_claim, pk, claim):
                found = await loop.run_in_executor(_readers, _parsed, attachment)
                await in_database(_keep, pk, claim, found)
    except Exception:  # the rim of this task: nobody else would hear of it, and the row would wait for ever
        log.exception("attachment %s could not be read", pk)
        await in_database(_keep, pk, claim, ParseError(sentences.CRASHED))
    finally:
        _here.pop(pk, None)


def _claim(pk: UUID, claim: UUID) -> Attachment | None:
    now = timezone.now()
    free = Q(read_at=None) | Q(read_at__lt=now - GONE_AFTER)
    mine = Attachment.objects.filter(free, pk=pk, state=Attachment.State.READING).update(read_by=claim, read_at=now)
    return Attachment.objects.filter(pk=pk).first() if mine else None


def _parsed(attachment: Attachment) -> ParsedFile | ParseError:
    path = storage.path_of(attachment.file_name, PLACE)
    try:
        if not path.exists():
            raise ParseError(sentences.MISSING)
        return isolation.parse(path, extension_of(attachment.name))
    except ParseError as error:
        return error


def _keep(pk: UUID, claim: UUID, found: ParsedFile | ParseError) -> None:
    mine = Attachment.objects.filter(pk=pk, read_by=claim, state=Attachment.State.READING)
    if isinstance(found, ParseError):
        mine.update(state=Attachment.State.FAILED, error=found.sentence, error_values=found.values)
        return
    text = json.dumps([[b.text, b.heading, b.page, b.table] for b in found.blocks], ensure_ascii=False)
    letters = sum(len(block.text) for block in found.blocks)
    mine.update(state=Attachment.State.READY, text=text, letters=letters, pages=found.pages)


def blocks_of(text: str) -> list[Block]:
    """What was read, as it was stored."""
    return [
        Block(text=words, heading=tuple(heading), page=page, table=table)
        for words, heading, page, table in json.loads(text)
    ]
