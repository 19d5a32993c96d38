"""Backups that are made by themselves: when one is due, one worker makes it, tries it, and removes the oldest."""

import logging
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from webui import archive
from webui.archive import CannotArchive
from webui.backup.models import Due, Run
from webui.backup.proof import NotProven, prove
from webui.conf import conf

# Nothing else in the folder is ever touched.
NAMED = re.compile(r"webui-\d{8}-\d{6}(-\d+)?\.tar\.gz")
log = logging.getLogger(__name__)


def make_if_due() -> Run | None:
    """The backup that was made now; None when none was due, or somebody else makes it."""
    if not conf.backup_folder or not Due.claim():
        return None
    began = time.monotonic()
    run = make(Path(conf.backup_folder))
    if run.state == Run.State.PROVEN:
        Due.postpone(conf.backup_hours - (time.monotonic() - began) / 3600)
    return run


def make(folder: Path) -> Run:
    """One backup with its proof, and a line about it, whatever became of it."""
    # Of a worker that died meanwhile nobody would ever say so.
    Run.objects.filter(state=Run.State.RUNNING).update(state=Run.State.FAILED, said="The worker ended in the middle.")
    run = Run.objects.create()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"webui-{datetime.now(UTC):%Y%m%d-%H%M%S}-{run.pk}.tar.gz"
        applied = sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())
        contents = archive.write(file, conf, applied)
        run.archive, run.kind, run.bytes = file.name, contents.kind, file.stat().st_size
        found = prove(file, contents.kind, conf)
    except (CannotArchive, NotProven) as reason:
        run.fail(str(reason))
    except OSError as error:
        run.fail(f"{folder} cannot be used: {error.strerror}.")
    else:
        run.prove(rows=found.rows, files=found.files, seconds=found.seconds)
        forget_the_oldest(folder)
    if run.said:
        log.error("The backup %s was not proven: %s", run.archive, run.said)
    return run


def forget_the_oldest(folder: Path) -> None:
    """As many as WEBUI_BACKUP_KEEP stay. Only called after a proven one, so that failures never push out a good one."""
    for old in kept(folder)[: -conf.backup_keep]:
        old.unlink(missing_ok=True)


def kept(folder: Path) -> list[Path]:
    """The oldest first, by their names."""
    return sorted(path for path in folder.glob("webui-*.tar.gz") if NAMED.fullmatch(path.name))
