"""The bell of the workers: ids only, and each may ring twice or never. What is to be done stands in the rows."""

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone
from kombu.exceptions import OperationalError

from knowledge import gathered, handover, intake_jobs, mending, proof, removal
from knowledge.chroma import IndexUnavailable
from knowledge.endpoints import EmbeddingUnavailable
from knowledge.golden import watching as golden_watching
from knowledge.ingest import ingest
from knowledge.models import Document, Generation, IntakeJob
from knowledge.radar import looking
from providers import tidying
from webui.celery import app

if TYPE_CHECKING:
    from celery import Task

log = logging.getLogger(__name__)
# A bell that is on its way needs no second one; and a long queue is not to be rung for as a whole each time.
_UNHEARD_AFTER = timedelta(seconds=20)
_RUNG_AT_ONCE = 8
_files_swept_at = -removal.SWEEP_FILES_EVERY.total_seconds()


@app.task(name="knowledge.ingest_document")
def ingest_document(document_id: str) -> None:
    if handover.is_refused(UUID(document_id)):
        return
    if document := Document.objects.claim(document_id):
        with handover.read_here(document):
            ingest(document)
        ring_to_look(UUID(document_id))


@app.task(name="knowledge.look_around")
def look_around(document_id: str) -> None:
    if not handover.is_leaving():
        looking.look(UUID(document_id))


@app.task(name="knowledge.take_in")
def take_in(job_id: int) -> None:
    """A slice of an archive or a site."""
    if not handover.is_leaving() and (job := IntakeJob.objects.claim(job_id)):
        intake_jobs.run(job)


@app.task(name="knowledge.finish_removals")
def finish_removals() -> None:
    removal.finish()


@app.task(name="knowledge.ask_test_questions")
def ask_test_questions(library_id: str) -> None:
    if not handover.is_leaving():
        golden_watching.run_due(UUID(library_id))


@app.task(name="knowledge.gather")
def gather(fingerprint: str) -> None:
    try:
        gathered.gather(fingerprint)
    except IndexUnavailable as error:
        log.warning("The vectors of all libraries were not gathered: %s", error)


@app.task(name="knowledge.mend")
def mend() -> None:
    """One at a time: whoever comes second finds it done, or is rung for again."""
    try:
        mending.mend_all(wait=False)
    except (EmbeddingUnavailable, IndexUnavailable) as error:
        log.warning("The index was not mended: %s", error)


@app.task(name="knowledge.generations")
def work_on_generations() -> None:
    """A slice of what is to be filled or cleared."""
    from knowledge.generations import changing, filling

    rows = Generation.objects.exclude(begun_at=None)
    try:
        more = [changing.clear(row.number) for row in rows.exclude(dropped_at=None).filter(cleared_at=None)]
        more += [filling.fill(row.number) for row in rows.beside()]
    except IndexUnavailable as error:
        log.warning("Generations wait: %s", error)
        return
    if any(more) and not filling.is_busy():
        ring_for_generations()


def ring(document_id: UUID) -> None:
    """Tell a worker. Without a broker the document waits for the sweep."""
    _ring(ingest_document, str(document_id))


def ring_to_look(document_id: UUID) -> None:
    _ring(look_around, str(document_id))


def ring_for_intake(job_id: int) -> None:
    _ring(take_in, job_id)


def ring_for_removals() -> None:
    _ring(finish_removals)


def ring_for_questions(library_id: UUID) -> None:
    _ring(ask_test_questions, str(library_id))


def ring_to_gather(fingerprint: str) -> None:
    _ring(gather, fingerprint)


def ring_to_mend() -> None:
    _ring(mend)


def ring_for_generations() -> None:
    _ring(work_on_generations)


def sweep() -> None:
    """Every few seconds in a worker: rings again for what nobody works on, clears away what was deleted."""
    Document.objects.give_up()
    now = timezone.now()
    unheard = Document.objects.waiting().exclude(
        status=Document.Status.QUEUED, retry_at=None, updated_at__range=(now - _UNHEARD_AFTER, now + _UNHEARD_AFTER)
    )
    for document_id in unheard.order_by("created_at").values_list("pk", flat=True)[:_RUNG_AT_ONCE]:
        ring(document_id)
    IntakeJob.objects.give_up()
    for job_id in IntakeJob.objects.waiting().order_by("pk").values_list("pk", flat=True)[:_RUNG_AT_ONCE]:
        ring_for_intake(job_id)
    removal.finish()
    mending.ring_again()
    if Generation.objects.exclude(begun_at=None).unfinished().exists():
        ring_for_generations()
    golden_watching.sweep()
    for document_id in looking.due():
        ring_to_look(document_id)
    _sweep_files()


def _sweep_files() -> None:
    global _files_swept_at  # noqa: PLW0603  one worker, one clock
    if time.monotonic() - _files_swept_at > removal.SWEEP_FILES_EVERY.total_seconds():
        _files_swept_at = time.monotonic()
        removal.sweep_files()
        intake_jobs.sweep_files()


def _ring(task: "Task", *arguments: str | int) -> None:
    try:
        task.delay(*arguments)
    except (OperationalError, OSError) as error:
        log.warning("The broker did not take %s (%s); the sweep will find it.", task.name, type(error).__name__)


tidying.JOBS.append(proof.sweep)
