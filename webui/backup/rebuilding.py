"""The search indexes that lie in the database itself, made anew from its rows: words of chats and of passages."""

from django.db import connection, transaction

from chat.finding import catching_up, index
from chat.models import Indexed, Searched
from knowledge import keywords
from knowledge.models import Chunk

BATCH = 500


def rebuild() -> tuple[int, int]:
    """How many messages and passages can be found by their words afterwards."""
    with transaction.atomic():
        Searched.objects.all().delete()
        Indexed.objects.all().delete()
        with connection.cursor() as cursor:
            for table in (index.MESSAGES, index.TITLES):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608  a constant
    catching_up.catch_up_with_all()
    ids = list(Chunk.everywhere.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        absent = keywords.missing(ids[start : start + BATCH])
        keywords.add(Chunk.everywhere.filter(pk__in=absent).only("pk"))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {index.MESSAGES}")  # noqa: S608  a constant
        messages = int(cursor.fetchone()[0])
    return messages, len(ids)
