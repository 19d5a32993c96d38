"""Keeps what is being written: checkpoints, ends, signs of life, and the reaper. One a process, beside its runner."""

import asyncio
import contextlib
import logging
from typing import Protocol

from chat import heartbeat, kept, storing
from chat.database import in_database
from chat.rows import Ending
from chat.together import Together
from providers import budgets
from webui.live import Record

CHECKPOINT = 0.7  # seconds: with the time of storing it, less than a second is lost
REAP = 1.0  # seconds between two looks for answers whose process died
log = logging.getLogger(__name__)


class Writing(Protocol):
    """What the keeper needs to know of a runner."""

    def records(self) -> list[Record]: ...

    def stop_here(self, message_id: int) -> bool: ...


class Keeper:
    """Checkpoints while something is written; the reaper looks all the time once the process serves."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._end: Together[Ending, Ending] = Together(kept.end)
        self._refused: set[int] = set()  # what is written there, the database does not take
        self._checkpoints: asyncio.Task[None] | None = None
        self._reaper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Something is being written."""
        task = self._checkpoints
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            self._checkpoints = asyncio.create_task(self._keep(), name="checkpoints")

    def stand_by(self) -> None:
        """The process serves from now on: end what dead ones have left."""
        self._reaper = asyncio.create_task(self._reap(), name="reaper")

    async def end(self, ending: Ending) -> Ending:
        """What was stored, when this returns, however long the database is away."""
        self._refused.discard(ending.record.message)
        while True:
            try:
                return await self._end(ending)
            except kept.AWAY as problem:
                log.warning(
                    "the end of reply %s could not be stored (%s), trying again", ending.record.message, problem
                )
            await asyncio.sleep(CHECKPOINT)

    async def _keep(self) -> None:
        """Store what is written and hear stops from elsewhere. Ends when nothing is written any more."""
        await asyncio.sleep(CHECKPOINT)
        while records := self._writing.records():
            try:
                stopped = await in_database(storing.checkpoint, records, self._refused)
            except storing.DatabaseError as problem:
                log.warning("what is written could not be stored (%s), trying again", problem)
                stopped = set()
            for pk in stopped:
                self._writing.stop_here(pk)
            await asyncio.sleep(CHECKPOINT)

    async def _reap(self) -> None:
        while True:
            with contextlib.suppress(storing.DatabaseError):  # the database is away: the next look finds it
                await in_database(heartbeat.reap)
                if budgets.is_due():
                    await in_database(budgets.tend)
            await asyncio.sleep(REAP)
