"""`manage.py doctor`: looks at everything a webui needs, and says what is wrong and what to do."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from webui import diagnosis

MARKS = {"ok": "ok  ", "hint": "hint", "bad": "BAD "}


class Command(BaseCommand):
    help = "Looks at Python, disk, settings, database and every server, and says what to do. Changes nothing."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where webui is to serve")

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        found = []
        for finding in diagnosis.examine(port):
            found.append(finding)
            self.stdout.write(f"{MARKS[finding.state]}  {finding.part:13} {finding.said}")
            if finding.advice:
                self.stdout.write(f"{'':19} → {finding.advice}")
        wrong = sum(1 for finding in found if finding.state == "bad")
        self.stdout.write(f"\n{wrong} of {len(found)} parts want mending." if wrong else "\nNothing is wrong.")
        if wrong:
            raise SystemExit(1)
