"""Asks the engines in their order: the next one when one fails, finds nothing, or keeps everybody waiting."""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from knowledge.passages import SearchError
from knowledge.web.configuration import EngineInUse
from knowledge.web.engines import Hit, SearchEngine
from knowledge.web.fetch import tls
from knowledge.web.refusals import too_slow

LEAST_PATIENCE, MOST_PATIENCE = 0.4, 1.2  # seconds with one engine before the next is asked as well
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What became of one engine. 'unneeded': it was asked as well, and another was faster."""

    engine: str
    state: Literal["found", "nothing", "failed", "too_slow", "unneeded", "not_asked"]
    reason: str = ""
    hits: int = 0
    seconds: float = 0.0
    quota: str = ""


class Asking:
    """One search over several engines. `attempts` says what became of each."""

    def __init__(self, engines: Sequence[EngineInUse], query: str, *, limit: int) -> None:
        self._names = [engine.name for engine in engines]
        self._problems = [engine.problem for engine in engines]
        self._to_make = engines
        self._made: list[SearchEngine | None] = []
        self._query, self._limit = query, limit
        self._left = list(range(len(engines)))
        self._running: dict[asyncio.Task[list[Hit]], tuple[int, float]] = {}
        self._attempts: dict[int, Attempt] = {}

    @property
    def attempts(self) -> list[Attempt]:
        return [self._attempts[place] for place in sorted(self._attempts)]

    def prepare(self) -> None:
        """Loads what the engines need; in a thread, before the clock starts."""
        self._made = [None if engine.problem else engine.make() for engine in self._to_make]
        tls()

    async def next_hits(self, until: float) -> tuple[str, list[Hit]]:
        """(engine, what it found), best first; ('', []) when none is left or it is `until` (monotonic)."""
        share = (until - time.monotonic()) / max(len(self._left) + len(self._running), 1)
        patience = min(max(share, LEAST_PATIENCE), MOST_PATIENCE)
        while self._left or self._running:
            if self._left:
                self._ask(self._left.pop(0), until)
            now = time.monotonic()
            wait = min(patience, until - now) if self._left else until - now
            done: set[asyncio.Task[list[Hit]]] = set()
            if self._running and wait > 0:
                done, _pending = await asyncio.wait(self._running, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(done, key=lambda task: self._running[task][0]):
                place, hits = self._outcome(task)
                if hits:
                    return self._names[place], hits
            if time.monotonic() >= until:
                break
        self._give_up()
        return "", []

    def close(self) -> None:
        """Who is still on the way is not needed any more."""
        for task, (place, since) in self._running.items():
            task.cancel()
            self._note(place, "unneeded", seconds=time.monotonic() - since)
        self._running.clear()

    def _ask(self, place: int, until: float) -> None:
        engine = self._made[place]
        if engine is None:
            self._note(place, "failed", self._problems[place])
            return
        now = time.monotonic()
        asked = engine.search(self._query, limit=self._limit, seconds=max(until - now, 0.05))
        self._running[asyncio.create_task(asked)] = place, now

    def _outcome(self, task: asyncio.Task[list[Hit]]) -> tuple[int, list[Hit]]:
        place, since = self._running.pop(task)
        seconds, name = time.monotonic() - since, self._names[place]
        try:
            hits = task.result()
        except SearchError as error:
            slow = str(error) == too_slow(name)
            self._note(place, "too_slow" if slow else "failed", str(error), seconds=seconds)
            return place, []
        except Exception:
            # One engine's fault must not take the answer with it: the next one is asked.
            log.exception("the search engine %s failed", name)
            said = _("%(engine)s failed. The administrator finds the reason in the log.") % {"engine": name}
            self._note(place, "failed", said, seconds=seconds)
            return place, []
        made = self._made[place]
        quota = made.quota if made else ""
        self._note(place, "found" if hits else "nothing", hits=len(hits), seconds=seconds, quota=quota)
        return place, hits

    def _give_up(self) -> None:
        for task, (place, since) in self._running.items():
            task.cancel()
            self._note(place, "too_slow", too_slow(self._names[place]), seconds=time.monotonic() - since)
        self._running.clear()
        for place in self._left:
            self._note(place, "not_asked")
        self._left.clear()

    def _note(
        self,
        place: int,
        state: Literal["found", "nothing", "failed", "too_slow", "unneeded", "not_asked"],
        reason: str = "",
        *,
        hits: int = 0,
        seconds: float = 0.0,
        quota: str = "",
    ) -> None:
        self._attempts[place] = Attempt(
            engine=self._names[place], state=state, reason=reason, hits=hits, seconds=seconds, quota=quota
        )
