"""A duel from its question to the last word of both answers. Raises `CommandRejected`, `Closing`.

The answers are written in the web process that was asked, in the way of chats that are stored nowhere
(chat/temporary.py): same rights, limits and counts. The page asks how far they are; who writes them is told to nobody
before the vote.
"""

import asyncio
import contextvars
import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from chat import temporary
from chat.arena import masking
from chat.arena.hearing import Heard
from chat.arena.topics import topic_of
from chat.asking import chosen_libraries
from chat.commands import LONGEST_MESSAGE, Temporary
from chat.database import in_database
from chat.models import Duel
from chat.models.arena import SIDES
from chat.refusal import CommandRejected
from chat.runner import STOPPED
from providers import budgets
from providers.access import models_for
from providers.models import Model

if TYPE_CHECKING:
    from webui.accounts.models import User

CHECKPOINT = 2.0  # seconds between two writes of what has come
MOST_LIBRARIES = 20  # of one question
LONGEST = 600.0  # seconds that an answer may take
SILENT = timedelta(seconds=30)  # after which whoever wrote it is given up
log = logging.getLogger(__name__)
_heard: dict[UUID, dict[str, Heard]] = {}
_tasks: set[asyncio.Task[None]] = set()


async def begin(user: "User", question: str, libraries: Sequence[UUID] = ()) -> Duel:
    """Two models of those that this person may use, in an order that nobody chose; both begin to answer."""
    duel, asked = await in_database(_prepared, user, question, libraries)
    heard = {side: Heard(asked[side].reply.model_digest) for side in SIDES}
    _heard[duel.pk] = heard
    # In a context of its own: a request's, which this outlives, has a thread that ends with it.
    context = contextvars.Context()
    task = asyncio.create_task(_write(duel.pk, asked, heard), name=f"duel {duel.pk}", context=context)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return duel


async def all_written() -> None:
    """Waits for every duel that this process writes."""
    await asyncio.gather(*_tasks)


def _prepared(user: "User", question: str, libraries: Sequence[UUID]) -> tuple[Duel, dict[str, temporary.Asked]]:
    question = question.replace("\x00", "").strip()
    if not question:
        raise CommandRejected(_("There is no question yet. Write one."))
    if len(question) > LONGEST_MESSAGE:
        raise CommandRejected(_("This question is too long for two models at once."), code="too_large")
    read = [library.pk for library in chosen_libraries(user, libraries[:MOST_LIBRARIES])]
    names = list(models_for(user).filter(hidden=False).values_list("public_id", flat=True))
    if len(names) < 2:
        raise CommandRejected(_("The arena needs two models that you may use, and there is only one, or none."))
    pair = secrets.SystemRandom().sample(names, 2)
    asked: dict[str, temporary.Asked] = {}
    try:
        for side, name in zip(SIDES, pair, strict=True):
            command = Temporary(type="temporary", models=(name,), text=question, libraries=tuple(read))
            asked[side] = temporary.prepare(user, command)
    except CommandRejected as refusal:
        for one in asked.values():
            if one.reply.claim:
                budgets.settle_all([(one.reply.claim, 0)])
        # Its sentence may name a model. Limits do not, and are worth being told.
        if refusal.code == "over_budget":
            raise
        raise CommandRejected(_("One of the two models cannot be asked now. Try again.")) from None
    duel = Duel.objects.create(
        owner=user,
        question=question,
        libraries=[str(pk) for pk in read],
        left=pair[0],
        right=pair[1],
        topic=topic_of(question),
        answers={},
    )
    return duel, asked


async def _write(key: UUID, asked: dict[str, temporary.Asked], heard: dict[str, Heard]) -> None:
    writing = {side: asyncio.create_task(temporary.write(asked[side], heard[side].hear)) for side in SIDES}
    until = asyncio.get_running_loop().time() + LONGEST
    try:
        while any(not task.done() for task in writing.values()):
            await asyncio.wait(writing.values(), timeout=CHECKPOINT)
            if asyncio.get_running_loop().time() > until:
                for task in writing.values():
                    task.cancel(STOPPED)
            _note_ends(writing, heard)
            await in_database(_store, key, heard)
    finally:
        for task in writing.values():
            task.cancel()
        _heard.pop(key, None)


def _note_ends(writing: "dict[str, asyncio.Task[None]]", heard: dict[str, Heard]) -> None:
    for side, task in writing.items():
        if not task.done():
            continue
        problem = None if task.cancelled() else task.exception()
        if problem:
            log.error("one side of a duel could not be written", exc_info=problem)
        heard[side].end("internal" if problem or not heard[side].ended else "")


def _store(key: UUID, heard: dict[str, Heard]) -> None:
    rows = {side: one.row() for side, one in heard.items()}
    Duel.objects.filter(pk=key).update(answers=rows, heard_at=timezone.now())


def state_of(duel: Duel) -> dict[str, Any]:
    """For the page: what each side has said, and before the vote not a letter of who."""
    rows = {side: one.row() for side, one in _heard[duel.pk].items()} if duel.pk in _heard else duel.answers
    lost = not duel.ended and duel.pk not in _heard and timezone.now() - duel.heard_at > SILENT
    names = [] if duel.vote else names_in(duel)
    sides = {}
    for side in SIDES:
        row = rows.get(side, {})
        ended = bool(row.get("ended")) or lost
        text = masking.masked(str(row.get("text", "")), names, ended=ended or not names)
        told = [{**one, "title": masking.masked(one["title"], names)} for one in row.get("sources", ())]
        sides[side] = {
            "text": text,
            "sources": told,
            "ended": ended,
            "failed": bool(row.get("problem")) or (lost and not row.get("ended")),
        }
    who = {"names": {"left": duel.left, "right": duel.right}} if duel.vote else {}
    return {"ended": all(one["ended"] for one in sides.values()), "vote": duel.vote, **sides, **who}


def names_in(duel: Duel) -> list[str]:
    """All that would say who answers."""
    rows = Model.objects.filter(public_id__in=[duel.left, duel.right]).select_related("connection")
    told = [part for row in rows for part in (row.name, row.connection.name)]
    return masking.names_of(duel.left, duel.right, *told)
