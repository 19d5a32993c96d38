"""`manage.py restore FILE`: what `backup` wrote, into an empty data folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.migrations.loader import MigrationLoader

from webui.archive import CannotArchive, read
from webui.conf import conf


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
        self.stdout.write("Restored. The next start brings the database up to date and refills the index.")
