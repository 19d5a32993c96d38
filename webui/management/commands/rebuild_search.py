"""`manage.py rebuild_search`: the word indexes of chats and libraries, made anew from the rows of the database."""

from typing import Any

from django.core.management.base import BaseCommand

from webui.backup.rebuilding import rebuild


class Command(BaseCommand):
    help = "Makes the word indexes of chats and passages anew; the vector index has rebuild_index."

    def handle(self, *args: Any, **options: Any) -> None:
        messages, passages = rebuild()
        self.stdout.write(f"{messages} messages and {passages} passages can be found by their words.")
