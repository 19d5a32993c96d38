"""Does the long work on Ollama servers: each job in a thread of whichever web process was asked, its state in its row.

A page may be closed meanwhile; a process that dies leaves a job without a heartbeat, which is then interrupted and can
be begun again: Ollama keeps what has been pulled.
"""

import asyncio
import logging
import threading
from uuid import UUID

from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from providers import catalog
from providers.failures import AnswerFailed
from providers.models import Connection, OllamaJob
from providers.ollama_admin import uploads
from providers.ollama_admin.advice import code_of
from providers.ollama_admin.host import OllamaHost
from providers.ollama_admin.steps import Progress, carry_out
from webui.crypto import SecretUnreadable

log = logging.getLogger(__name__)

AT_ONCE = 3  # for each server
BEAT = 1.0  # seconds
_threads: dict[UUID, int] = {}
_changing = threading.Lock()


def start(job: OllamaJob) -> OllamaJob:
    """Store it, unless it is there already, and have it worked on."""
    if job._state.adding:
        job.save()
    transaction.on_commit(lambda: attend(job.connection_id))
    return job


def attend(connection_id: UUID) -> None:
    """See that what waits is worked on, and that what was abandoned says so."""
    jobs = OllamaJob.objects.filter(connection=connection_id)
    jobs.orphaned().update(state=OllamaJob.State.INTERRUPTED, ended_at=timezone.now())
    waiting = jobs.filter(state=OllamaJob.State.QUEUED).count()
    with _changing:
        running = _threads.get(connection_id, 0)
        more = min(waiting, AT_ONCE - running)
        _threads[connection_id] = running + max(more, 0)
    for _number in range(more):
        threading.Thread(target=_work, args=(connection_id,), name="ollama-job", daemon=True).start()


def _work(connection_id: UUID) -> None:
    try:
        while job := OllamaJob.objects.claim_next(connection_id):
            _do(job)
    except Exception:  # the rim of this thread: nobody else would hear of it
        log.exception("The work on an Ollama server stopped")
    finally:
        with _changing:
            _threads[connection_id] -= 1
        close_old_connections()


def _do(job: OllamaJob) -> None:
    try:
        asyncio.run(_watched(job))
    except AnswerFailed as problem:
        failure = problem.failure
        log.info("%s at %s: %s", job, job.connection, failure.code)
        job.end(OllamaJob.State.FAILED, problem_code=code_of(failure), problem_said=failure.said[:400])
    except SecretUnreadable:
        job.end(OllamaJob.State.FAILED, problem_code="unreadable_key")
    except asyncio.CancelledError:
        job.end(OllamaJob.State.CANCELLED)
        uploads.remove(job)
    except Exception:
        log.exception("%s at %s failed", job, job.connection)
        job.end(OllamaJob.State.FAILED, problem_code="internal")
    else:
        job.end(OllamaJob.State.DONE)
        uploads.remove(job)
        _take_note(job.connection)


async def _watched(job: OllamaJob) -> None:
    """Works, writes down how far it is, and is cancelled when that is wished: hanging up is what ends it there."""
    progress = Progress()
    async with OllamaHost(job.connection) as host:
        working = asyncio.ensure_future(carry_out(job, host, progress))
        wanted = True
        while wanted and not working.done():
            await asyncio.wait((working,), timeout=BEAT)
            wanted = await asyncio.to_thread(_beat, job, progress)
        working.cancel()
        await working


def _beat(job: OllamaJob, progress: Progress) -> bool:
    try:
        return job.beat(step=progress.step[:300], done_bytes=progress.done, total_bytes=progress.total)
    finally:
        connection.close()


def _take_note(served: Connection) -> None:
    """The catalogue learns of the new model at once."""
    fresh = Connection.objects.filter(pk=served.pk, enabled=True).first()
    if fresh is not None:
        catalog.discover(fresh)
