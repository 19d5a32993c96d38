"""The waiting line before the one inference thread: questions, then passages to put in order, then bulk work.

Nothing holds the thread for longer than a few texts: whoever waits with a question is let in between.
"""

import itertools
import logging
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from knowledge.embedder.engines import EngineUnavailable
from knowledge.embedder.prompts import InputType
from knowledge.embedder.shelf import Shelf

# Together about ten minutes of work on one slow core; more would only wait for its callers' time limits.
MAX_WAITING_TEXTS = 8192
QUESTION_TEXTS = 4

logger = logging.getLogger(__name__)


class LineFull(Exception):
    """Too much is waiting; the caller should come again later."""


@dataclass(slots=True)
class Job:
    """One request: its texts, longest last, and what was made of them so far.

    With a `question` the texts get a score each, without one a vector. After `until` (of the monotonic clock) nobody
    waits for it any more.
    """

    texts: Sequence[str]
    input_type: InputType = "passage"
    model: str = ""
    question: str = ""
    until: float = float("inf")
    order: list[int] = field(init=False)
    made: list[Any] = field(init=False, default_factory=list)
    problem: str = ""
    abandoned: bool = False
    done: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.order = sorted(range(len(self.texts)), key=lambda number: len(self.texts[number]))

    @property
    def kind(self) -> Literal["embedding", "reranking"]:
        return "reranking" if self.question else "embedding"

    @property
    def rank(self) -> int:
        if self.question:
            return 1
        return 0 if self.input_type == "query" and len(self.texts) <= QUESTION_TEXTS else 2

    def do_some(self, engine: Any) -> None:
        start = len(self.made)
        texts = [self.texts[number] for number in self.order[start : start + engine.batch_size]]
        if self.question:
            self.made.extend(engine.score(self.question, texts))
        else:
            self.made.extend(engine.embed(texts, self.input_type))

    def results(self) -> list[Any]:
        """In the order of the texts."""
        placed = dict(zip(self.order, self.made, strict=True))
        return [placed[number] for number in range(len(self.texts))]


class Line:
    """`model` is what embeds when a request names none."""

    def __init__(self, shelf: Shelf, model: str, rest_seconds: float) -> None:
        self.model = model
        self.used_at = 0.0  # seconds since 1970, when the last text became a vector or a score
        self._shelf = shelf
        self._rest_seconds = rest_seconds
        self._queue: queue.PriorityQueue[tuple[int, int, Job]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._waiting = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._work, name="inference", daemon=True).start()

    @property
    def state(self) -> tuple[str, str]:
        """Of the model that embeds by default, with the reason when it failed."""
        return self._shelf.state("embedding", self.model)

    def join(self, job: Job) -> None:
        with self._lock:
            if self._waiting + len(job.texts) > MAX_WAITING_TEXTS and job.rank:
                raise LineFull
            self._waiting += len(job.texts)
        self._queue.put((job.rank, next(self._numbers), job))

    def _work(self) -> None:
        while True:
            try:
                rank, number, job = self._queue.get(timeout=self._rest_seconds)
            except queue.Empty:
                self._shelf.clear()
                continue
            if job.abandoned or time.monotonic() > job.until:
                self._leave(job, "There was no time left for this.")
                continue
            try:
                job.do_some(self._shelf.take(job.kind, job.model or self.model))
                self.used_at = time.time()
            except EngineUnavailable as error:
                self._leave(job, str(error))
            except Exception:  # the one rim of this thread: a dead thread would leave every caller waiting
                logger.exception("A batch could not be worked on.")
                self._leave(job, "The model failed on these texts. The embedder's log says why.")
            else:
                if len(job.made) == len(job.texts):
                    self._leave(job)
                else:
                    self._queue.put((rank, number, job))

    def _leave(self, job: Job, problem: str = "") -> None:
        with self._lock:
            self._waiting -= len(job.texts)
        job.problem = problem
        job.done.set()
