"""`manage.py restore FILE`: what `backup` wrote, into an empty data folder and an empty database."""

import logging
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from webui.archive import CannotArchive
from webui.backup.restoring import restored
from webui.conf import conf

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Puts what `backup` wrote into WEBUI_DATA and the database, which must be empty, and compares."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--keys", type=Path, metavar="FILE", help="what `backup --keys` wrote")

    def handle(self, *args: Any, file: Path, keys: Path | None, **options: Any) -> None:
        began = time.monotonic()
        try:
            found = restored(file, conf, keys)
        except CannotArchive as reason:
            raise CommandError(str(reason)) from None
        _note(file.name)
        self.stdout.write(f"Restored {found.contents.rows} rows and {len(found.contents.files)} files.")
        if found.compared:
            self.stdout.write("Every table and file is what it was: all counts and checksums are equal.")
        else:
            self.stdout.write("It was made by an older webui: the files were compared, the tables are not comparable.")
        if found.key_fits:
            self.stdout.write("The key to stored secrets fits.")
        else:
            self.stdout.write(
                "The key of this place is another one: give the old WEBUI_SECRET_KEY, or put what `backup --keys` wrote"
                f" into {conf.data / 'secret_key'}, before the start. Else stored keys have to be entered again."
            )
        self.stdout.write(
            f"It took {time.monotonic() - began:.0f} s. The next start brings the database up to date and refills the"
            " index."
        )


def _note(name: str) -> None:
    """In the log of what was restored; a database from before there was one has no place for it yet."""
    from webui.audit.entries import command, record

    command.set("manage.py restore")
    try:
        record("restored", name=name)
    except DatabaseError as problem:
        log.info("the restored database has no audit log yet (%s)", problem)
    connection.close()
