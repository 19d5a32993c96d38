"""Stores running and ended answers together; one that the database refuses for what is in it holds up nobody else.

A database that is away, locked or full refuses everything, and is asked again: that problem is raised. One that
refuses a certain answer would refuse it for ever: of a running one the last state that it took stays, and an ended one
is stored with a sentence in place of what was refused.
"""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from chat import measured, rows
from chat.models import Message
from chat.rows import Ending
from providers import budgets
from webui.live import Record

AWAY = (OperationalError, InterfaceError)
REFUSED = (DatabaseError, ValueError, OverflowError)
NOT_TAKEN = _("The database did not take this answer as it was. What it took of it is kept.")
_NEVER = re.compile("[\0\ud800-\udfff]")  # fits into no text of PostgreSQL, or into no UTF-8
log = logging.getLogger(__name__)


def save(records: Sequence[Record], refused: set[int]) -> None:
    """What running answers have so far. Those that the database does not take join the `refused`, who are left out."""
    fit = [record for record in records if record.message not in refused]
    try:
        with transaction.atomic():
            rows.save(fit)
    except AWAY:
        raise
    except REFUSED:
        refused |= {record.message for record in fit if not _is_saved(record)}


def _is_saved(record: Record) -> bool:
    try:
        with transaction.atomic():
            rows.save([record])
    except AWAY:
        raise
    except REFUSED as problem:
        _note(record, problem)
        return False
    return True


def end(endings: Sequence[Ending]) -> Sequence[Ending | Exception]:
    """Store the ends of answers; gives what was stored of each, or what a database said that went away meanwhile."""
    try:
        _store(endings)
    except AWAY:
        raise
    except REFUSED:
        return [_alone(ending) for ending in endings]
    return endings


def _alone(ending: Ending) -> Ending | Exception:
    """As it is, else without all that nobody reads, else the sentence alone, under the text that was taken before."""
    for work, told in ((_store, ending), (_store, _plain(ending)), (_store_sentence, _plain(ending))):
        try:
            work([told])
        except AWAY as away:
            return away
        except REFUSED as problem:
            _note(ending.record, problem)
            refusal: Exception = problem
        else:
            return told
    return refusal


def _plain(ending: Ending) -> Ending:
    record, sentence = ending.record, str(NOT_TAKEN)
    clean = Record(
        message=record.message,
        text=_NEVER.sub("\ufffd", record.text),
        reasoning=_NEVER.sub("\ufffd", record.reasoning),
        trail=record.trail,
        sources=record.sources,
    )
    return replace(
        ending,
        record=clean, frame={"type": "error", "id": None, "code": "internal", "detail": sentence, "retryable": True},
        state=Message.State.FAILED, code="internal", detail=sentence, retryable=True,
        finish_reason="", usage={}, told_from=None, ledger=None, host="", checks={},
    )  # fmt: skip


def _store(endings: Sequence[Ending]) -> None:
    with transaction.atomic():
        rows.end(endings)
        measured.store_due()
        budgets.settle_all((ending.claim, ending.used) for ending in endings if ending.claim)


def _store_sentence(endings: Sequence[Ending]) -> None:
    with transaction.atomic():
        for ending in endings:
            rows.end_as_stored(ending)
        budgets.settle_all((ending.claim, ending.used) for ending in endings if ending.claim)


def _note(record: Record, problem: Exception) -> None:
    """Without the problem's own words: they quote what was refused."""
    log.error("the database does not take reply %s for what is in it (%s)", record.message, type(problem).__name__)
