"""Answers to programs while they are written: each can be ended from outside, with a word that its reader hears.

A key that is revoked ends its answers within seconds; a process that has to go ends those that outlast its patience.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from chat import assistants
from chat.database import in_database
from chat.events import TurnEvent
from chat.gateway.callers import Caller
from chat.gateway.errors import ApiProblem
from providers.access import ModelNotAllowed

LOOK = 3.0  # seconds between two looks whether the keys of running answers are still good
AHEAD = 64  # events that are kept for a reader who is slower than the model
PATIENCE = 120.0  # seconds that a reader may take nothing
GOODBYE = 2.0  # seconds for the last words of all answers, when the process goes
log = logging.getLogger(__name__)

REVOKED = _("The API key, its account or the right to this model was taken away while this answer was written.")
SHUTTING_DOWN = _("The server is restarting, so this answer ends here. Ask again in a moment.")
INTERNAL = _("Something went wrong on this server while answering. The administrator finds it in the log.")

_runs: set["Run"] = set()
_watch: asyncio.Task[None] | None = None

Who = tuple[int, int, str]
Event = tuple[int, TurnEvent | None]  # the number of a choice, and None at its end


class _Unread(Exception):
    """Whoever asked takes nothing any more."""


class Run:
    """The choices of one request, written side by side into one line of events. To be closed, whatever happens."""

    def __init__(self, caller: Caller, turns: Sequence[AsyncGenerator[TurnEvent, None]], model: str = "") -> None:
        self.who = (caller.user.pk, caller.key_id, model)
        self._line: asyncio.Queue[Event | ApiProblem] = asyncio.Queue(AHEAD)
        self._tasks = [asyncio.create_task(self._write(number, turn)) for number, turn in enumerate(turns)]
        self._left = len(self._tasks)
        self._read_at = time.monotonic()
        _runs.add(self)
        _begin_to_watch()

    async def next(self, seconds: float | None = None) -> Event | None:
        """The next event; None when all have ended. Raises `ApiProblem`, and `TimeoutError` after so many seconds."""
        while self._left:
            self._read_at = time.monotonic()
            async with asyncio.timeout(seconds):
                given = await self._line.get()
            if isinstance(given, ApiProblem):
                raise given
            self._left -= given[1] is None
            return given
        return None

    @property
    def is_abandoned(self) -> bool:
        """Written, and never read: its request was gone before its answer began."""
        done = all(task.done() for task in self._tasks)
        return done and time.monotonic() - self._read_at > PATIENCE

    def end(self, problem: ApiProblem) -> None:
        """Now, with this as the last word."""
        for task in self._tasks:
            task.cancel()
        while not self._line.empty():
            self._line.get_nowait()
        self._line.put_nowait(problem)

    async def close(self) -> None:
        """Hang up on the model servers of what still runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        _runs.discard(self)

    async def _write(self, number: int, turn: AsyncGenerator[TurnEvent, None]) -> None:
        last: Event | ApiProblem = (number, None)
        try:
            async with aclosing(turn) as events:
                async for event in events:
                    await self._put((number, event))
        except ApiProblem as problem:
            last = problem
        except _Unread:
            log.warning("an answer to a program was given up: nobody reads it")
            _runs.discard(self)
            return
        except Exception:
            log.exception("an answer to a program failed")
            last = ApiProblem(str(INTERNAL), code="internal", status=500)
        await self._line.put(last)

    async def _put(self, event: Event) -> None:
        if not self._line.full():
            self._line.put_nowait(event)
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._line.put(event)
        except TimeoutError:
            raise _Unread from None


async def end_all() -> None:
    """The process goes: every answer that still runs ends with a word, and its readers get it."""
    for run in list(_runs):
        run.end(ApiProblem(str(SHUTTING_DOWN), code="shutting_down", status=503))
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GOODBYE
    while _runs and loop.time() < deadline:  # noqa: ASYNC110  the readers are the web server's
        await asyncio.sleep(0.05)


def _begin_to_watch() -> None:
    global _watch  # noqa: PLW0603  one watch a process
    if _watch is None or _watch.done() or _watch.get_loop() is not asyncio.get_running_loop():
        _watch = asyncio.create_task(_look(), name="keys of running answers")


async def _look() -> None:
    await asyncio.sleep(LOOK)
    while _runs:
        try:
            good = await in_database(_good, {run.who for run in _runs})
        except DatabaseError as problem:
            log.warning("it could not be seen which keys are still good (%s), trying again", problem)
        else:
            for run in list(_runs):
                if run.is_abandoned:
                    _runs.discard(run)
                elif run.who not in good:
                    run.end(ApiProblem(str(REVOKED), code="invalid_api_key", status=401))
        await asyncio.sleep(LOOK)


def _good(callers: set[Who]) -> set[Who]:
    """Of (person, key, model) those who may still be answered; key 0 is a session, no model is not looked at."""
    keys: Any = apps.get_model("accounts", "ApiKey")
    active = get_user_model().objects.filter(is_active=True).in_bulk({user for user, _key, _model in callers})
    wanted = {key for _user, key, _model in callers}
    alive = {0, *keys.objects.alive().filter(pk__in=wanted).values_list("pk", flat=True)}
    return {one for one in callers if one[0] in active and one[1] in alive and _may(active[one[0]], one[2])}


def _may(user: Any, model: str) -> bool:
    try:
        return not model or bool(assistants.chosen(user, [model]))
    except ModelNotAllowed:
        return False
