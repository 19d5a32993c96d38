"""`manage.py up`, for Django's list of commands; manage.py itself calls `webui.up` without loading Django first."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from webui import up
from webui.conf import conf
from webui.processes import bind_host


class Command(BaseCommand):
    help = "Starts everything: web, worker, index and embedder under one supervisor. Ctrl-C stops it all."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        up.arguments(parser)

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        up.start(host or bind_host(conf), port)
