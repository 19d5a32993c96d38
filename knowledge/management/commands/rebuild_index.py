"""`manage.py rebuild_index [LIBRARY …]`: fills Chroma again from the database, where something is lost or outdated."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from knowledge import mending
from knowledge.embedding import EmbeddingUnavailable
from knowledge.index import IndexUnavailable
from knowledge.models import Library


class Command(BaseCommand):
    help = "Compares the vector index with the database and refills the libraries that differ, or those that are named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("libraries", nargs="*", type=UUID, metavar="LIBRARY", help="ids to refill in any case")

    def handle(self, *args: Any, libraries: list[UUID], **options: Any) -> None:
        try:
            mended = {library.pk: mending.mend(library) for library in self._named(libraries)}
            mended |= {} if libraries else mending.mend_all()
            mending.mend_gathered()
        except (IndexUnavailable, EmbeddingUnavailable) as error:
            raise CommandError(str(error)) from error
        for key, vectors in mended.items():
            self.stdout.write(f"{key}: {vectors} vectors.")
        if not mended:
            self.stdout.write("Every library is whole.")

    def _named(self, ids: list[UUID]) -> list[Library]:
        found = list(Library.objects.filter(pk__in=ids))
        if missing := set(ids) - {library.pk for library in found}:
            raise CommandError(f"There is no library {', '.join(map(str, missing))}.")
        return found
