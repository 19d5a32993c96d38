"""Signs of life of the process that writes answers, and the reaper of answers whose process has died. Synchronous."""

import time
import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chat.models import Message, Process

ME = uuid.uuid4()
BEAT = 1.0  # seconds
SILENT = 8.0  # seconds without a beat, after which a process counts as dead
FORGOTTEN = timedelta(hours=1)

_beaten = -BEAT  # by the monotonic clock


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
    orphans = Message.objects.orphaned(now - timedelta(seconds=SILENT))
    if not orphans.exists():
        return 0
    # Without a sentence: who reads it later gets it in their own language.
    # The end is a frame of its own.
    ended = orphans.update(
        state=Message.State.INTERRUPTED, error_code="interrupted", error_detail="", retryable=True, seq=F("seq") + 1
    )
    Process.objects.filter(beat_at__lt=now - FORGOTTEN).delete()
    return ended
