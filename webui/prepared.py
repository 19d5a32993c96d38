"""Queries that every turn asks: Django builds their statement once, afterwards only the values change.

Building a statement anew took two thirds of the time that looking up a chat or a model took.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection, connections, models
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class _Statement:
    """What Django made of a queryset: `slots` are the places of given values among the parameters."""

    sql: str
    params: Sequence[Any]
    slots: Sequence[tuple[int, int]]
    compiler: SQLCompiler
    converters: dict[int, Any]


class Prepared(Generic[Row]):
    """The rows of `build(*values)`, which is called with `marks` alone: values that stand nowhere else in the query.

    Marks and values are UUIDs, numbers or texts, never None, and select whole rows (`select_related` with them).
    Raises `ValueError` when a mark is not found among the parameters, so that no value can be lost.
    """

    def __init__(self, build: "Callable[..., models.QuerySet[Row]]", *marks: UUID | int | str) -> None:
        self._build, self._marks = build, marks
        self._made: _Statement | None = None

    def __call__(self, *values: UUID | int | str) -> list[Row]:
        if self._made is None:
            self._made = self._prepare()
        params = list(self._made.params)
        for place, given in self._made.slots:
            params[place] = _as_stored(values[given])
        with connection.cursor() as cursor:
            cursor.execute(self._made.sql, params)
            rows = cursor.fetchall()
        return _objects(self._made, rows)

    def _prepare(self) -> _Statement:
        compiler = self._build(*self._marks).query.get_compiler(connection.alias)
        sql, params = compiler.as_sql()
        stored = [_as_stored(mark) for mark in self._marks]
        slots = [(place, stored.index(param)) for place, param in enumerate(params) if param in stored]
        if {given for _place, given in slots} != set(range(len(stored))):
            raise ValueError(f"not every mark of {self._marks} is a parameter of: {sql}")
        # This thread's connection is not to be kept. One that is never opened knows how values are converted.
        compiler.connection = connections.create_connection(connection.alias)
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        return _Statement(sql, params, slots, compiler, converters)


def _as_stored(value: UUID | int | str) -> UUID | int | str:
    return value.hex if isinstance(value, UUID) and not connection.features.has_native_uuid_field else value


def _objects(made: _Statement, rows: Sequence[Sequence[Any]]) -> list[Any]:
    """As `django.db.models.query.ModelIterable` makes them."""
    compiler, alias = made.compiler, connection.alias
    kind, fields = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    names = [column[0].target.attname for column in compiler.select[fields[0] : fields[-1] + 1]]
    # The types are of a newer Django.
    beside = get_related_populators(compiler.klass_info, compiler.select, alias)  # type: ignore[call-arg]
    found = []
    for row in compiler.apply_converters(rows, made.converters) if made.converters else rows:
        found.append(one := kind.from_db(alias, names, row[fields[0] : fields[-1] + 1]))
        for populator in beside:
            populator.populate(row, one)
    return found
