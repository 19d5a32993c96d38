"""What the worker does besides its tasks: a heartbeat for /readyz, a sweep for lost work, a look at the index.

Asked to stop, it hands back what it reads and goes.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from django.core.cache import cache

from webui.conf import conf

BEAT = 5.0
SWEEP = 15.0
EXAMINE = 300.0
TIDY = 3600.0
BACKUP = 60.0
LAST = 3.0  # seconds from the request to stop to the end; Celery goes on taking messages for two of them
log = logging.getLogger(__name__)


def wait_for_tables() -> None:
    """Until a web process has brought the database up to date. Raises `SystemExit` where it is a newer webui's."""
    from django.db import DatabaseError, close_old_connections

    from webui.schema import look

    told = ""
    while True:
        try:
            found = look()
            if refusal := found.refusal():
                raise SystemExit(refusal)
            wait = found.wait()
        except DatabaseError as problem:
            wait = f"The database does not answer ({str(problem).strip()})."
        if not wait:
            return
        if wait != told:
            log.warning("The worker waits. %s", wait)
            told = wait
        close_old_connections()
        time.sleep(1.0)


def started() -> None:
    """Called once, when the worker is ready for tasks."""
    jobs = (_beat_for_ever, _sweep_for_ever, _examine_for_ever, _tidy_for_ever, _back_up_for_ever, _repair_index_once)
    for job in jobs:
        threading.Thread(target=job, name=job.__name__.strip("_"), daemon=True).start()


def leaving() -> None:
    """Called in a signal handler, which must not wait for the database itself."""
    threading.Thread(target=_leave, name="leave", daemon=True).start()


def left() -> None:
    """Called when no task runs here any more."""
    from knowledge.handover import ring_for_others

    _guarded(ring_for_others)


def _leave() -> None:
    from knowledge.handover import hand_back

    _guarded(hand_back)
    # Celery would wait for its tasks. They are other workers' now, and a long one would get us killed.
    time.sleep(LAST)
    left()
    os._exit(0)


def _beat_for_ever() -> None:
    while True:
        _guarded(beat)
        time.sleep(BEAT)


def _sweep_for_ever() -> None:
    from knowledge.tasks import sweep

    while True:
        _guarded(sweep)
        time.sleep(SWEEP)


def _examine_for_ever() -> None:
    """Beside the other sweep, since an examination may wait for a model to be loaded."""
    from providers.doctor import rounds

    while True:
        _guarded(rounds.sweep)
        time.sleep(EXAMINE)


def _tidy_for_ever() -> None:
    """What nobody needs any more goes within the hour."""
    from providers.tidying import JOBS

    while True:
        for job in JOBS:
            _guarded(job)
        time.sleep(TIDY)


def _back_up_for_ever() -> None:
    from webui.backup.schedule import make_if_due

    while conf.backup_folder:
        _guarded(make_if_due)
        time.sleep(BACKUP)


def _repair_index_once() -> None:
    """The vectors of a restored or damaged index are filled in from the database, as soon as Chroma answers."""
    from django.core.management import CommandError, call_command

    from knowledge.models import Document

    def repair() -> bool:
        if Document.objects.filter(status=Document.Status.READY).exists():
            try:
                call_command("rebuild_index")
            except CommandError:
                return False
        return True

    while not _guarded(repair):
        time.sleep(SWEEP)


def _guarded(job: Callable[[], object]) -> object:
    """What the job gives, with a database connection of its own; a failure is logged, and gives None."""
    from django.db import close_old_connections

    try:
        return job()
    except Exception:  # the rim of these threads: nobody else would hear of it
        log.exception("%s failed", job.__name__)
        return None
    finally:
        close_old_connections()


def beat() -> None:
    """Says that a worker lives: in the data folder, or in the shared cache where several machines work together."""
    if conf.redis_url:
        cache.set("webui:worker", time.time(), timeout=None)
    else:
        conf.data.mkdir(parents=True, exist_ok=True)
        (conf.data / "worker.beat").write_text(str(time.time()))


def seconds_since_beat() -> float | None:
    """How long ago a worker was seen; None when there never was one, or nobody can tell."""
    if conf.redis_url:
        from redis import RedisError

        try:
            seen = cache.get("webui:worker")
        except RedisError:
            return None
    else:
        try:
            seen = float((conf.data / "worker.beat").read_text())
        except (FileNotFoundError, ValueError):
            return None
    return None if seen is None else time.time() - seen
