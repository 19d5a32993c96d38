"""`manage.py move_database postgres://…`: everything from SQLite into an empty PostgreSQL, or nothing at all."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webui.backup.moving import CannotMove, move


class Command(BaseCommand):
    help = "Copies every table into another database, compares counts and checksums, and makes the search indexes anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="postgres://user:password@host:port/name, a database without a webui in it")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        try:
            moved = move(address, say=self.stdout.write)
        except CannotMove as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(
            f"Moved {moved.rows} rows of {moved.tables} tables; all counts and checksums are equal.\n"
            "Now set DATABASE_URL to that address, and start. Files, key and vector index stay in WEBUI_DATA."
        )
