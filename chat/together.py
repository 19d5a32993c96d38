"""Group commit: what comes while the last batch is being stored is stored together, in one transaction.

A disk takes a few hundred commits a second, and each costs the same for one row as for a hundred. Under load a question
so waits for one commit instead of for everybody's; alone it waits for nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from chat.database import in_database

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

log = logging.getLogger(__name__)
MOST = 100  # items in one batch: a longer one would keep other writers of the database waiting


class Together(Generic[Item, Outcome]):
    """`await together(item)` gives the outcome or raises it. `work` gives one outcome for each item, in order."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Outcome | Exception]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Outcome]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Outcome:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = asyncio.create_task(self._work_off(), name="together")
        return await future

    async def _work_off(self) -> None:
        # What else arrives in this turn of the loop belongs to the first batch.
        await asyncio.sleep(0)
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            for (_item, future), outcome in zip(batch, await self._outcomes(batch), strict=True):
                if future.done():  # whoever asked has gone; what was stored stays
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    async def _outcomes(self, batch: Sequence[tuple[Item, asyncio.Future[Outcome]]]) -> Sequence[Outcome | Exception]:
        try:
            return await in_database(self._work, [item for item, _future in batch])
        except Exception as problem:
            log.exception("%s could not be done for %s at once", self._work.__name__, len(batch))
            return [problem] * len(batch)
