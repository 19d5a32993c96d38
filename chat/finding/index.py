"""The words of messages and titles, kept in the database itself: FTS5 on SQLite, tsvector on PostgreSQL.

Each row belongs to one person. When a message or a title goes, a trigger takes its words along, whichever way it goes;
`keep_triggers` makes those of SQLite anew, where a change of a table may lose them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from django.db import connection

from chat.finding.fitting import fit
from chat.finding.words import Term

RANKED = 100  # of the newest hits: with more, which of them is best says little
BATCH = 500
Value: TypeAlias = int | str
MESSAGES, TITLES = "chat_words", "chat_title_words"
_SOURCES = {MESSAGES: "chat_message", TITLES: "chat_indexed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`seq` tells whether the message has changed since; `words` as chat/finding/words.py gives them."""

    id: int
    owner: int
    words: Sequence[str]
    seq: int = 0


def put(table: str, rows: Sequence[Row]) -> None:
    """Rows are new, or take the place of earlier ones."""
    with connection.cursor() as cursor:
        cursor.executemany(_index().put(table), [_index().values(row) for row in rows])


def known(table: str, ids: Sequence[int]) -> dict[int, int]:
    """Those that are there, with their `seq`."""
    found: dict[int, int] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            marks = ", ".join(["%s"] * len(some))
            # The table's name is one of two constants; the ids are parameters.
            cursor.execute(f"SELECT {_index().key}, seq FROM {table} WHERE {_index().key} IN ({marks})", some)  # noqa: S608
            found.update((int(pk), int(seq)) for pk, seq in cursor.fetchall())
    return found


def forget(table: str, ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {table} WHERE {_index().key} = %s", [[pk] for pk in ids])  # noqa: S608


def search(table: str, owner: int, wanted: Sequence[Term]) -> list[tuple[int, float]]:
    """(id, how well it fits) of this person's rows with all of the terms: of the newest 100. Higher is better.

    What may be half typed is taken for a whole word first: to gather all words that begin with it is the dear part.
    """
    whole = [replace(term, begins=False) if not term.pairs else term for term in wanted]
    found = _searched(table, owner, whole)
    if len(found) < RANKED and whole != list(wanted):
        return _searched(table, owner, wanted)
    return found


def _searched(table: str, owner: int, wanted: Sequence[Term]) -> list[tuple[int, float]]:
    statement, values = _index().asked(table, owner, wanted)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [(int(pk), _index().score(told, wanted)) for pk, told in cursor.fetchall()]


def keep_triggers(**_: object) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            there = connection.introspection.table_names(cursor)
            # Whoever goes back to an earlier step of the database has no such tables.
            for statement in sqlite_triggers() if {MESSAGES, *_SOURCES.values()} <= set(there) else []:
                cursor.execute(statement)


def sqlite_triggers() -> list[str]:
    made = "CREATE TRIGGER IF NOT EXISTS {0}_go AFTER DELETE ON {1} BEGIN DELETE FROM {0} WHERE rowid = old.id; END"
    return [made.format(table, source) for table, source in _SOURCES.items()]


class _Index(Protocol):
    key: str

    def put(self, table: str) -> str: ...

    def values(self, row: Row) -> list[Value]: ...

    def asked(self, table: str, owner: int, wanted: Sequence[Term]) -> tuple[str, list[Value]]: ...

    def score(self, told: Any, wanted: Sequence[Term]) -> float:
        """How well a row fits, of what was told of it beside its id."""
        ...


class _Fts5:
    """The owner stands in a column as a word, so that rows of others are skipped inside the index."""

    key = "rowid"

    def put(self, table: str) -> str:
        return f"INSERT OR REPLACE INTO {table}(rowid, owner, seq, words) VALUES (%s, %s, %s, %s)"  # noqa: S608

    def values(self, row: Row) -> list[Value]:
        return [row.id, f"u{row.owner}", row.seq, " ".join(row.words)]

    def asked(self, table: str, owner: int, wanted: Sequence[Term]) -> tuple[str, list[Value]]:
        words = " AND ".join(map(self._term, wanted))
        return (
            # Not by bm25(): for that it counts every row with each of the words, of everybody.
            f"SELECT rowid, words FROM {table} WHERE {table} MATCH %s ORDER BY rowid DESC LIMIT %s",  # noqa: S608
            [f'owner : "u{owner}" AND words : ({words})', RANKED],
        )

    def score(self, told: Any, wanted: Sequence[Term]) -> float:
        return fit(str(told), wanted)

    def _term(self, term: Term) -> str:
        """Words hold letters and digits alone."""
        return f'"{" ".join(term.pairs or [term.text])}"{"*" if term.begins else ""}'


class _TsVector:
    """The vectors are written out, so that no parser and no dictionary of the database has a say in the words."""

    key = "id"

    def put(self, table: str) -> str:
        return (
            f"INSERT INTO {table}(id, owner_id, seq, words) VALUES (%s, %s, %s, %s::tsvector)"  # noqa: S608
            " ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id, seq = excluded.seq, words = excluded.words"
        )

    def values(self, row: Row) -> list[Value]:
        return [row.id, row.owner, row.seq, " ".join(f"'{word}':{place}" for place, word in enumerate(row.words, 1))]

    def asked(self, table: str, owner: int, wanted: Sequence[Term]) -> tuple[str, list[Value]]:
        query = " & ".join(map(self._term, wanted))
        return (
            f"SELECT id, ts_rank(words, %s::tsquery, 1) FROM (SELECT id, words FROM {table}"  # noqa: S608
            " WHERE owner_id = %s AND words @@ %s::tsquery ORDER BY id DESC LIMIT %s) newest",
            [query, owner, query, RANKED],
        )

    def score(self, told: Any, wanted: Sequence[Term]) -> float:
        return float(told)

    def _term(self, term: Term) -> str:
        words = [f"'{word}'" for word in term.pairs or [term.text]]
        return f"({' <-> '.join(words)}{':*' if term.begins else ''})"


_INDEXES: dict[str, _Index] = {"sqlite": _Fts5(), "postgresql": _TsVector()}


def _index() -> _Index:
    return _INDEXES[connection.vendor]
