"""`manage.py restore FILE`: what `backup` wrote, into an empty data folder."""

import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from webui.archive import CannotArchive, read
from webui.conf import conf

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Puts what `backup` wrote into WEBUI_DATA, which must be empty."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
        conf.data.mkdir(parents=True, exist_ok=True)
        try:
            read(file, conf, known)
        except CannotArchive as reason:
            raise CommandError(str(reason)) from None
        _note(file.name)
        self.stdout.write("Restored. The next start brings the database up to date and refills the index.")


def _note(name: str) -> None:
    """In the log of what was restored; a database from before there was one has no place for it yet."""
    from webui.audit.entries import command, record

    command.set("manage.py restore")
    try:
        record("restored", name=name)
    except DatabaseError as problem:
        log.info("the restored database has no audit log yet (%s)", problem)
    connection.close()
