"""Makes checks in the background: in a thread of the web process that was asked, one run at a time for each server.

The page may be closed meanwhile. A process that dies leaves a run without a heartbeat, which then says that it was
interrupted. What it used is counted apart, on nobody's limits.
"""

import asyncio
import logging
import threading
from dataclasses import dataclass, field
from uuid import UUID

from django.db import close_old_connections, connection, transaction

from providers import counting
from providers.base import ProviderError
from providers.checks.asking import MOST_AT_ONCE, Asker, Load
from providers.checks.result import Result
from providers.checks.run import run
from providers.clients import close_all, provider_for
from providers.doctor.quiet import is_busy
from providers.models import CheckRun, Usage

log = logging.getLogger(__name__)

BEAT = 1.0  # seconds
_working: set[UUID] = set()  # servers
_changing = threading.Lock()


@dataclass(kw_only=True)
class Progress:
    """Written by the checks, read by the heartbeat."""

    step: str = ""
    done: int = 0
    of: int = 0
    waits: bool = False
    results: list[Result] = field(default_factory=list)

    def begins(self, step: str) -> None:
        self.step, self.done, self.of = step, 0, 0

    def tell(self, done: int, of: int) -> None:
        self.done, self.of = done, of

    def waiting(self, waits: bool) -> None:
        self.waits = waits


def start(row: CheckRun) -> CheckRun:
    """Store it and have it made. What the model is called now is kept with it."""
    served = row.model.connection
    row.connection_name, row.product = served.name, served.product
    row.fingerprint = row.model.fingerprint
    row.at_once = min(row.at_once, MOST_AT_ONCE)
    row.save()
    transaction.on_commit(lambda: attend(served.pk))
    return row


def attend(connection_id: UUID) -> None:
    """See that what waits is made, and that what was abandoned says so."""
    rows = CheckRun.objects.filter(model__connection=connection_id)
    rows.end_abandoned()
    if not rows.filter(state=CheckRun.State.QUEUED).exists():
        return
    with _changing:
        if connection_id in _working:
            return
        _working.add(connection_id)
    threading.Thread(target=_work, args=(connection_id,), name="checks", daemon=True).start()


def is_working(connection_id: UUID) -> bool:
    """In this process."""
    return connection_id in _working


def _work(connection_id: UUID) -> None:
    try:
        while row := CheckRun.objects.claim_next(connection_id):
            _make(row)
    except Exception:  # the rim of this thread: nobody else would hear of it
        log.exception("The checks of a server stopped")
    finally:
        with _changing:
            _working.discard(connection_id)
        close_old_connections()


def _make(row: CheckRun) -> None:
    progress = Progress()
    try:
        asyncio.run(_watched(row, progress))
    except ProviderError as problem:
        row.end(CheckRun.State.FAILED, problem_code=problem.code, **_found(progress))
    except asyncio.CancelledError:
        row.end(CheckRun.State.CANCELLED, **_found(progress))
    except Exception:
        log.exception("%s failed", row)
        row.end(CheckRun.State.FAILED, problem_code="internal", **_found(progress))
    else:
        row.end(CheckRun.State.DONE, **_found(progress))


async def _watched(row: CheckRun, progress: Progress) -> None:
    """Checks, writes down how far it is, and is cancelled when that is wished: hanging up is what ends it there."""
    model = row.model

    async def people_are_answered() -> bool:
        return await asyncio.to_thread(_is_busy, row)

    asker = Asker(
        provider=provider_for(model),
        model=model.name,
        window=model.usable_window,
        is_busy=people_are_answered,
        tell=progress.tell,
        waits=progress.waiting,
    )
    working = asyncio.ensure_future(_all(row, asker, progress))
    try:
        wanted = True
        while wanted and not working.done():
            await asyncio.wait((working,), timeout=BEAT)
            wanted = await asyncio.to_thread(_beat, row, progress, asker)
        working.cancel()
        await working
    finally:
        await asyncio.to_thread(_count, row, asker)
        await close_all()


async def _all(row: CheckRun, asker: Asker, progress: Progress) -> None:
    load = Load(questions=row.questions, long_seconds=row.long_seconds, at_once=row.at_once)
    async for result in run(asker, load, progress.begins):
        progress.results.append(result)


def _is_busy(row: CheckRun) -> bool:
    try:
        return is_busy(row.model.connection)
    finally:
        connection.close()


def _beat(row: CheckRun, progress: Progress, asker: Asker) -> bool:
    try:
        return row.beat(
            step=progress.step,
            done=max(0, progress.done),
            of=max(0, progress.of),
            waits=progress.waits,
            prompt_tokens=asker.prompt_tokens,
            completion_tokens=asker.completion_tokens,
            results=_found(progress)["results"],
        )
    finally:
        connection.close()


def _found(progress: Progress) -> dict[str, list[dict[str, object]]]:
    return {"results": [result.stored() for result in progress.results]}


def _count(row: CheckRun, asker: Asker) -> None:
    """For the page of usage, under a purpose of its own; the tokens of the run stand with it besides."""
    used = {"prompt_tokens": asker.prompt_tokens, "completion_tokens": asker.completion_tokens}
    try:
        CheckRun.objects.filter(pk=row.pk).update(**used)
        if row.started_by_id:
            counting.count(
                row.started_by_id,
                row.model.public_id,
                Usage.Purpose.CHECK,
                prompt=asker.prompt_tokens,
                completion=asker.completion_tokens,
                answers=asker.asked,
            )
            counting.store()
    finally:
        connection.close()
