"""`manage.py backup FILE`: database and files in one file, while webui runs or not; the key apart, if asked for."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from webui import archive
from webui.archive import CannotArchive
from webui.backup import dump
from webui.conf import conf

HOW = {
    dump.SQLITE: "SQLite's own copy",
    dump.POSTGRES: "made by pg_dump",
    dump.ROWS: "rows, which every database takes",
}


class Command(BaseCommand):
    help = "Writes everything that cannot be made again (database, files) to FILE, which must not exist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--keys", type=Path, metavar="FILE", help="also write the key to stored secrets, to this file"
        )
        parser.add_argument(
            "--portable", action="store_true", help="the database as rows, which SQLite and PostgreSQL both take"
        )

    def handle(self, *args: Any, file: Path, keys: Path | None, portable: bool, **options: Any) -> None:
        applied = sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())
        if not applied:
            raise CommandError("There is nothing to back up yet: the database has no tables. See WEBUI_DATA.")
        try:
            contents = archive.write(file, conf, applied, portable=portable)
            if keys:
                archive.write_key(keys, conf)
        except CannotArchive as reason:
            raise CommandError(str(reason)) from None
        tables = sum(1 for rows, _checksum in contents.tables.values() if rows)
        self.stdout.write(
            f"Written: {file} ({file.stat().st_size / 1e6:.1f} MB; {contents.rows} rows of {tables} tables,"
            f" {len(contents.files)} files; database: {HOW[contents.kind]})."
        )
        if keys:
            self.stdout.write(f"The key to stored secrets: {keys}. Keep it elsewhere, as you keep a password.")
        else:
            self.stdout.write(
                "The key to stored secrets is not in it (--keys FILE writes it). Without that key, or WEBUI_SECRET_KEY,"
                " a restored webui has to be given its providers' keys again."
            )
