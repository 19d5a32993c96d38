from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class WebuiConfig(AppConfig):
    """The project itself, as an app: management commands, template tags and the catalogues live here."""

    name = "webui"

    def ready(self) -> None:
        connection_created.connect(_without_compiling, dispatch_uid="webui.without_compiling")


def _without_compiling(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """PostgreSQL compiles statements that it takes for dear; none of ours runs for as long as that takes.

    Not as an option of the connection, which poolers refuse.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
