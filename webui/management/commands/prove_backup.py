"""`manage.py prove_backup [FILE]`: tries a backup now: restored beside, compared, searched, signed in to."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webui.archive import CannotArchive, contents_of
from webui.backup import schedule
from webui.backup.models import Run
from webui.backup.proof import NotProven, prove
from webui.conf import conf


class Command(BaseCommand):
    help = "Tries a backup in a scratch place; without FILE, makes one in WEBUI_BACKUP_FOLDER and tries that."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        if file is None:
            self._make_and_prove()
            return
        try:
            found = prove(file, contents_of(file).kind, conf)
        except (CannotArchive, NotProven) as reason:
            raise CommandError(f"Not proven. {reason}") from None
        self.stdout.write(
            f"Proven in {found.seconds} s: {found.rows} rows and {found.files} files are what they were;"
            f" found: {found.searched}; signed in: {found.signed_in}."
        )

    def _make_and_prove(self) -> None:
        if not conf.backup_folder:
            raise CommandError("Name a backup, or set WEBUI_BACKUP_FOLDER.")
        run = schedule.make(Path(conf.backup_folder))
        if run.state != Run.State.PROVEN:
            raise CommandError(f"Not proven. {run.said}")
        self.stdout.write(f"Proven in {run.seconds} s: {run.archive}, {run.rows} rows and {run.files} files.")
