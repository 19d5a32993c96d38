"""Adds the connection to the toy model server, labelled as what it is; run by `webui.demo` when the server answers."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from providers.catalog import discover
from providers.models import Connection

LABEL = "Toy model (SmolLM2, English only, for a first look)"


class Command(BaseCommand):
    help = "Adds the connection to the toy model server on PORT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("port", type=int)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        address = f"http://127.0.0.1:{port}/v1"
        connection, created = Connection.objects.get_or_create(
            base_url=address, defaults={"name": LABEL, "kind": Connection.Kind.OPENAI}
        )
        discover(connection)
        if created:
            connection.models.update(for_everyone=True)
