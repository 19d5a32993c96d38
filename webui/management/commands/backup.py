"""`manage.py backup FILE`: database, files and key in one file, while webui runs or not."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from webui.archive import CannotArchive, write
from webui.conf import conf


class Command(BaseCommand):
    help = "Writes everything that cannot be made again (database, files, key) to FILE, which must not exist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        applied = [".".join(key) for key in MigrationRecorder(connection).applied_migrations()]
        try:
            write(file, conf, applied)
        except CannotArchive as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(f"Written: {file}. It holds the key to stored secrets; keep it as you keep a password.")
