"""The waiting line before the one inference thread: questions first, then bulk work in the order it came.

The thread loads the engine on the first request, lets it go after a long rest, keeps the reason when loading fails, and
tries again on a later request.
"""

import ctypes
import gc
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knowledge.embedder.engines import Engine, EngineUnavailable
from knowledge.embedder.prompts import InputType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Together about ten minutes of work on one slow core; more would only wait for its callers' time limits.
MAX_WAITING_TEXTS = 8192
QUESTION_TEXTS = 4
RETRY_SECONDS = 15.0

logger = logging.getLogger(__name__)


class LineFull(Exception):
    """Too much is waiting; the caller should come again later."""


@dataclass(slots=True)
class Job:
    """One request: its texts, longest last, and the vectors made so far."""

    texts: Sequence[str]
    input_type: InputType
    order: list[int] = field(init=False)
    vectors: "list[NDArray[np.float32]]" = field(init=False, default_factory=list)
    problem: str = ""
    abandoned: bool = False
    done: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.order = sorted(range(len(self.texts)), key=lambda number: len(self.texts[number]))

    @property
    def is_question(self) -> bool:
        return self.input_type == "query" and len(self.texts) <= QUESTION_TEXTS

    def next_texts(self, count: int) -> list[str]:
        start = len(self.vectors)
        return [self.texts[number] for number in self.order[start : start + count]]

    def results(self) -> "list[NDArray[np.float32]]":
        """In the order of the texts."""
        placed = dict(zip(self.order, self.vectors, strict=True))
        return [placed[number] for number in range(len(self.texts))]

    def fail(self, problem: str) -> None:
        self.problem = problem
        self.done.set()


class Line:
    """`state` and `detail` are what /healthz tells."""

    def __init__(self, load: Callable[[], Engine], name: str, rest_seconds: float) -> None:
        self.state = "idle"
        self.detail = ""
        self.name = name
        self.used_at = 0.0  # seconds since 1970, when the last text became a vector
        self._load = load
        self._rest_seconds = rest_seconds
        self._engine: Engine | None = None
        self._failed_at = 0.0
        self._queue: queue.PriorityQueue[tuple[int, int, Job]] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._waiting = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._work, name="inference", daemon=True).start()

    def join(self, job: Job) -> None:
        with self._lock:
            if self._waiting + len(job.texts) > MAX_WAITING_TEXTS and not job.is_question:
                raise LineFull
            self._waiting += len(job.texts)
        self._queue.put((0 if job.is_question else 1, next(self._numbers), job))

    def _work(self) -> None:
        while True:
            try:
                rank, number, job = self._queue.get(timeout=self._rest_seconds)
            except queue.Empty:
                self._rest()
                continue
            if job.abandoned:
                self._leave(job)
                continue
            try:
                self._embed_some(job)
            except EngineUnavailable as error:
                self._leave(job, str(error))
            except Exception:  # the one rim of this thread: a dead thread would leave every caller waiting
                logger.exception("A batch could not be embedded.")
                self._leave(job, "The embedding model failed on these texts. The embedder's log says why.")
            else:
                if len(job.vectors) == len(job.texts):
                    self._leave(job)
                else:
                    self._queue.put((rank, number, job))

    def _embed_some(self, job: Job) -> None:
        engine = self._ready_engine()
        job.vectors.extend(engine.embed(job.next_texts(engine.batch_size), job.input_type))
        self.used_at = time.time()

    def _leave(self, job: Job, problem: str = "") -> None:
        with self._lock:
            self._waiting -= len(job.texts)
        if problem:
            job.fail(problem)
        else:
            job.done.set()

    def _rest(self) -> None:
        """Give the memory back, some 400 MB: loading again takes a second."""
        if self._engine:
            self._engine = None
            self.state = "idle"
            gc.collect()
            trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
            if trim:
                trim(0)

    def _ready_engine(self) -> Engine:
        if self._engine:
            return self._engine
        if self.state == "failed" and time.monotonic() - self._failed_at < RETRY_SECONDS:
            raise EngineUnavailable(self.detail)
        self.state, self.detail = "preparing", "The embedding model is being loaded."
        try:
            self._engine = self._load()
        except EngineUnavailable as error:
            self.state, self.detail, self._failed_at = "failed", str(error), time.monotonic()
            raise
        except Exception as error:
            logger.exception("The embedding model could not be loaded.")
            reason = f"The embedding model could not be loaded ({type(error).__name__}). The embedder's log says why."
            self.state, self.detail, self._failed_at = "failed", reason, time.monotonic()
            raise EngineUnavailable(reason) from error
        self.state, self.detail, self.name = "ready", "", self._engine.name
        return self._engine
