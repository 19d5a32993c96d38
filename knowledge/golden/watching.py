"""When a library's test questions are asked again: some quiet time after anything changed, or when somebody wants it.

A look at the rows finds what changed, so that nothing has to remember to ring: `sweep` looks, `run_due` runs in a
worker's task. A run gives way to people: while answers are written here and the questions need the model of this
machine, it waits, and comes again later when that takes too long.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db.models import Count, Max, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_noop, override

from knowledge import embedding, handover
from knowledge.embedding import EmbeddingUnavailable
from knowledge.explaining.trace import Trace
from knowledge.golden import keeping
from knowledge.golden.measuring import Asked, Outcome, Run, outcome_of
from knowledge.models import Document, GoldenQuestion, GoldenRun, GoldenWatch, Library, RetrievalSettings
from knowledge.passages import Passage, RetrievalError

LOOK_EVERY = 20.0  # seconds
QUIET = timedelta(seconds=45)
LATER = timedelta(minutes=3)
PATIENCE = 90.0  # seconds that a run waits for people, in all
KEPT_RUNS = 200
_KEEPS_CLAIM = 30.0
BUSY = gettext_noop("People are being answered; the questions are asked when it is quiet.")
LEAVING = gettext_noop("The worker was stopped; the questions are asked again soon.")

State = dict[str, Any]
_busy: list[Callable[[], bool]] = []
_looked_at = -LOOK_EVERY

log = logging.getLogger(__name__)


class NotNow(Exception):
    """The questions cannot be asked now. The text is a sentence in English."""


def also_ask(busy: Callable[[], bool]) -> None:
    """Whoever answers people says here how to tell whether somebody is being answered."""
    _busy.append(busy)


def want(library: Library) -> None:
    """Somebody wants the questions asked now."""
    GoldenWatch.objects.update_or_create(library=library, defaults={"asked_at": timezone.now(), "not_before": None})
    _ring(library.pk)


def sweep() -> None:
    """Look at all libraries that have test questions, now and then, and ring for those whose run is due."""
    global _looked_at  # noqa: PLW0603  one worker, one clock
    if time.monotonic() - _looked_at < LOOK_EVERY:
        return
    _looked_at = time.monotonic()
    for library_id in due():
        _ring(library_id)


def due() -> list[UUID]:
    """Writes down what changed since the last look; the libraries that have been quiet for long enough since."""
    now, found = timezone.now(), []
    states = states_of()
    watches = {watch.library_id: watch for watch in GoldenWatch.objects.filter(library__in=states)}
    for library_id, state in states.items():
        watch = watches.get(library_id) or GoldenWatch.objects.get_or_create(library_id=library_id)[0]
        if watch.state != state:
            GoldenWatch.objects.filter(pk=library_id).update(state=state, changed_at=now)
            watch.changed_at, watch.state = now, state
        if watch.is_running or (watch.not_before and watch.not_before > now):
            continue
        quiet = watch.changed_at is not None and watch.changed_at <= now - QUIET and not state["moving"]
        if watch.asked_at or (quiet and _differs(library_id, state)):
            found.append(library_id)
    return found


def states_of() -> dict[UUID, State]:
    """What there is to be searched in each library that has test questions, so far as it can change an answer."""
    questions = GoldenQuestion.objects.order_by().values_list("library")
    newest = questions.annotate(count=Count("pk"), last=Max("changed_at"))
    counted = {pk: [count, str(last)] for pk, count, last in newest}
    ready = Q(status=Document.Status.READY)
    rows = Document.objects.filter(library__in=counted).order_by().values_list("library")
    documents = rows.annotate(
        count=Count("pk", filter=ready),
        passages=Sum("chunks_total", filter=ready),
        touched=Max("updated_at", filter=ready),
        moving=Count("pk", filter=Q(status__in=[Document.Status.QUEUED, Document.Status.PROCESSING])),
    )
    there = {pk: values for pk, *values in documents}
    settings = _settings() if counted else []
    states = {}
    for pk, asked in counted.items():
        count, chunks, touched, moving = there.get(pk, (0, 0, None, 0))
        states[pk] = {
            "documents": [count, chunks or 0], "touched": str(touched), "settings": settings, "questions": asked,
            "moving": bool(moving),
        }  # fmt: skip
    return states


def run_due(library_id: UUID) -> GoldenRun | None:
    """One run, if no other worker is at it; None when it could not be done, which is written down."""
    watch = GoldenWatch.take(library_id)
    if watch is None:
        return None
    begun = time.monotonic()
    questions = keeping.questions_of(watch.library)
    state = states_of().get(watch.library_id, {})
    try:
        with override("en"):
            run = Run(outcomes={one.key: one for one in _asked(watch, questions)})
    except (NotNow, RetrievalError) as error:
        log.info("The test questions of library %s wait: %s", library_id, error)
        watch.leave(problem=str(error), not_before=timezone.now() + LATER)
        return None
    row = keep_run(watch.library, run, state, asked=watch.asked_at is not None, seconds=time.monotonic() - begun)
    watch.leave(problem="", not_before=None, asked_at=None, state=state)
    return row


def keep_run(library: Library, run: Run, state: State, *, asked: bool = False, seconds: float = 0.0) -> GoldenRun:
    last = library.golden_runs.first()
    row = GoldenRun.objects.create(
        library=library, cause=cause_of(last.state if last else None, state, asked=asked), state=state,
        questions=len(run.outcomes), recall_1=run.recall(1), recall_5=run.recall(5), recall_sent=run.recall(),
        mrr=run.mrr, outcomes={str(key): list(one.places) for key, one in run.outcomes.items()}, seconds=seconds,
    )  # fmt: skip
    old = library.golden_runs.values_list("pk", flat=True)[KEPT_RUNS:]
    GoldenRun.objects.filter(pk__in=list(old)).delete()
    return row


def cause_of(before: State | None, now: State, *, asked: bool) -> str:
    cause = GoldenRun.Cause
    if before is None:
        return cause.FIRST
    told = {"settings": cause.SETTINGS, "documents": cause.DOCUMENTS, "touched": cause.PASSAGES}
    for key, name in told.items():
        if before.get(key) != now.get(key):
            return name
    return cause.ASKED if asked or before.get("questions") == now.get("questions") else cause.QUESTIONS


def run_of(row: GoldenRun) -> Run:
    """A stored run, to be compared."""
    return Run(outcomes={int(key): Outcome(key=int(key), places=tuple(value)) for key, value in row.outcomes.items()})


def _asked(watch: GoldenWatch, questions: Sequence[Asked]) -> list[Outcome]:
    """One after the other, each followed by a pause that leaves the model to others for most of the time."""
    outcomes, kept = [], time.monotonic()
    patience = [PATIENCE]
    for asked in questions:
        _give_way(patience)
        begun = time.monotonic()
        outcomes.append(outcome_of(asked, _sent(watch.library, asked.text)))
        if time.monotonic() - kept > _KEEPS_CLAIM:
            kept = time.monotonic()
            watch.keep()
        time.sleep(min(3 * (time.monotonic() - begun), 1.0))
    return outcomes


def _sent(library: Library, question: str) -> Sequence[Passage]:
    """With the rights of its owner. A search with half its means would look like a fall."""
    from knowledge.retrieval import find_passages

    trace = Trace()
    sent = async_to_sync(find_passages)(question, library.owner, [library.pk], trace=trace)
    for problem in trace.troubles.values():
        raise NotNow(problem)
    return sent


def _give_way(patience: list[float]) -> None:
    while True:
        if handover.is_leaving():
            raise NotNow(LEAVING)
        if not _needs_this_machine() or not any(busy() for busy in _busy):
            return
        if patience[0] <= 0:
            raise NotNow(BUSY)
        patience[0] -= 1
        time.sleep(1)


def _needs_this_machine() -> bool:
    try:
        return embedding.endpoint().local
    except EmbeddingUnavailable:
        return False


def _differs(library_id: UUID, state: State) -> bool:
    last = GoldenRun.objects.filter(library=library_id).order_by("-pk").values_list("state", flat=True).first()
    return last != state


def _settings() -> list[str]:
    chosen = RetrievalSettings.current()
    named = [embedding.conf.embedding_model, embedding.conf.embedding_base_url]
    return [*named, str(chosen.changed_at or ""), str(chosen.generation)]


def _ring(library_id: UUID) -> None:
    from knowledge.tasks import ring_for_questions

    ring_for_questions(library_id)
