"""Keeps what clients learn in use, in the connection's row, beside the answer that taught it."""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from django.db import DatabaseError, close_old_connections, transaction

from providers.memory import Memory
from providers.models import Connection, Model

log = logging.getLogger(__name__)

_MOST_MODELS = 500  # of one connection; a service that invents names must not fill the row
_writer = ThreadPoolExecutor(1, thread_name_prefix="learnt")


def memory_of(connection: Connection) -> Memory:
    """That of a stored connection; of one that is not, it lasts as long as the client."""
    if connection._state.adding:
        return Memory(connection.card, connection.learnt)
    pk = connection.pk
    return Memory(
        connection.card, connection.learnt, lambda model, facts: _writer.submit(_write, pk, model, dict(facts))
    )


def _write(connection: UUID, model: str, facts: Mapping[str, Any]) -> None:
    """Beside the answer that taught it: nobody waits for this."""
    try:
        keep_learnt(connection, model, facts)
    except DatabaseError:
        log.exception("What was learnt of %s could not be kept", model)
    finally:
        close_old_connections()


def keep_learnt(connection: UUID, model: str, facts: Mapping[str, Any]) -> None:
    """Add facts to the row; a window that was not known so far is the model's from now on."""
    with transaction.atomic():
        row = Connection.objects.select_for_update().filter(pk=connection).only("pk", "learnt").first()
        if row is None or (model not in row.learnt and len(row.learnt) >= _MOST_MODELS):
            return
        row.learnt[model] = {**row.learnt.get(model, {}), **facts}
        row.save(update_fields=["learnt"])
        if window := facts.get("window"):
            Model.objects.filter(connection=connection, name=model, window=None).update(window=window)
