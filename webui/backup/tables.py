"""Our rows as they are on every kind of database: read, written, counted and summed up in the same form.

A checksum is the sum of the SHA-256 of all rows: it depends on no order, which databases see differently.
"""

import base64
import datetime
import decimal
import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connections, models

BATCH = 500
# They belong to an index of this database, which is made again from the others (`manage.py rebuild_search`).
DERIVED = {"chat.indexed", "chat.searched"}
NUL = "\x00"  # which PostgreSQL does not take
Row = list[Any]


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows, and what they come to."""

    rows: int
    checksum: str

    def told(self) -> list[int | str]:
        return [self.rows, self.checksum]


class Summing:
    """A checksum in the making."""

    def __init__(self) -> None:
        self._rows, self._total = 0, 0

    def add(self, row: Row) -> None:
        text = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        self._total += int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")
        self._rows += 1

    def sum(self) -> Sum:
        return Sum(self._rows, f"{self._total % 2**256:064x}")


def ours() -> list[type[models.Model]]:
    """Every table that holds what cannot be made again, by name."""
    kept = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return sorted(
        (model for model in kept if not model._meta.proxy and model._meta.label_lower not in DERIVED),
        key=lambda model: model._meta.label_lower,
    )


def read(model: type[models.Model], using: str = "default") -> Iterator[Row]:
    """The rows of a table as JSON can hold them."""
    fields = model._meta.concrete_fields
    # Without an order: one by another table would leave out rows whose other row comes later.
    rows = model._base_manager.using(using).order_by().values_list(*(field.attname for field in fields))
    for row in rows.iterator(chunk_size=BATCH):
        yield [_plain(value) for value in row]


def write(model: type[models.Model], rows: Iterable[Row], using: str = "default") -> Sum:
    """What `read` gave, into an empty table. No signal, no default and no date of today has a say in it."""
    connection = connections[using]
    quote = connection.ops.quote_name
    fields = model._meta.concrete_fields
    names = ", ".join(quote(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608  Django's own names
    found, batch = Summing(), []
    with connection.cursor() as cursor:
        for row in rows:
            found.add(row)
            values = zip(fields, row, strict=True)
            batch.append([_stored(field, value, connection) for field, value in values])
            if len(batch) == BATCH:
                cursor.executemany(statement, batch)
                batch = []
        if batch:
            cursor.executemany(statement, batch)
    return found.sum()


def summed(using: str = "default") -> dict[str, Sum]:
    """{table: its rows and checksum} of everything."""
    return {model._meta.label_lower: sum_of(model, using) for model in ours()}


def sum_of(model: type[models.Model], using: str = "default") -> Sum:
    found = Summing()
    for row in read(model, using):
        found.add(row)
    return found.sum()


def empty(using: str) -> None:
    """Takes out what migrations put in, so that the ids of what comes are free."""
    connection = connections[using]
    statements = connection.ops.sql_flush(
        no_style(), [model._meta.db_table for model in ours()], reset_sequences=False, allow_cascade=True
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def set_sequences(using: str) -> None:
    """The next row of each table gets an id that is free."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), ours()):
            cursor.execute(statement)


def _plain(value: Any) -> Any:
    match value:
        case str():
            return value.replace(NUL, "\ufffd")
        case None | bool() | int() | float():
            return value
        case datetime.datetime():
            return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case decimal.Decimal():
            return f"{value.normalize():f}"
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode()
        case list() | tuple():
            return [_plain(part) for part in value]
        case dict():
            return {_plain(key): _plain(part) for key, part in value.items()}
    raise TypeError(f"{type(value).__name__} is not known to backups")


def _stored(field: "models.Field[Any, Any]", value: Any, connection: Any) -> Any:
    if value is not None and not isinstance(field, models.JSONField):
        value = base64.b64decode(value) if isinstance(field, models.BinaryField) else field.to_python(value)
    return field.get_db_prep_save(value, connection)
