"""Signs of life of the process that writes answers, and the reaper of answers whose process has died. Synchronous.

A clock may be set, and a machine may sleep: then every last sign of life is long ago, or yet to come. So a process is
dead when its sign is not of now *and* no other came while somebody looked.
"""

import time
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from chat.models import Message, Process

ME = uuid.uuid4()
BEAT = 1.0  # seconds
SILENT = 8.0  # seconds without a beat, after which a process counts as dead
WATCHED = 3.0  # seconds in which somebody looked and saw no other beat; also between two looks, or they count as none
FORGOTTEN = timedelta(hours=1)

_beaten = -BEAT  # by the monotonic clock
_watched: dict[uuid.UUID | None, tuple[datetime | None, float]] = {}  # the last beat of each, and since when we know it
_looked = 0.0  # when that was; both by the monotonic clock


def beat() -> None:
    """Say that this process lives, at most once in `BEAT` seconds, within a transaction that stores something."""
    if time.monotonic() - _beaten < BEAT:
        return
    now = timezone.now()
    if not Process.objects.filter(pk=ME).update(beat_at=now):
        Process.objects.create(pk=ME, beat_at=now)
    # Only then: of a transaction that failed, nobody heard a beat.
    transaction.on_commit(_heard)


def _heard() -> None:
    global _beaten  # noqa: PLW0603  one heart a process
    _beaten = time.monotonic()


def reap() -> int:
    """End the answers of dead processes as interrupted, with the text they have; returns how many."""
    now = timezone.now()
    dead = _dead(now)
    if not dead:
        return 0
    # Without a sentence: who reads it later gets it in their own language.
    # The end is a frame of its own.
    theirs = Q(writer__in=dead) | Q(writer=None) if None in dead else Q(writer__in=dead)
    ended = Message.objects.filter(theirs, state=Message.State.RUNNING).update(
        state=Message.State.INTERRUPTED, error_code="interrupted", error_detail="", retryable=True, seq=F("seq") + 1
    )
    Process.objects.filter(beat_at__lt=now - FORGOTTEN).delete()
    return ended


def _dead(now: datetime) -> list[uuid.UUID | None]:
    """Who is said to write, and gives no sign of life."""
    global _watched, _looked  # noqa: PLW0603  one pair of eyes a process
    known = _watched if time.monotonic() - _looked <= WATCHED else {}
    pulses = dict(Message.objects.pulses())
    _looked = time.monotonic()
    _watched = {}
    for writer, beat_at in pulses.items():
        same = writer in known and known[writer][0] == beat_at
        _watched[writer] = known[writer] if same else (beat_at, _looked)
    silent = [writer for writer, beat_at in pulses.items() if not _is_of_now(beat_at, now)]
    return [writer for writer in silent if _looked - _watched[writer][1] >= WATCHED]


def _is_of_now(beat_at: datetime | None, now: datetime) -> bool:
    return beat_at is not None and abs((now - beat_at).total_seconds()) <= SILENT
