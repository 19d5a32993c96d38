"""The chunks that a search named, read from the database with the asking person's rights as they are at that moment.

Written by hand: what is looked up are hundreds of keys, for which the ORM takes longer than the database does. And in
this order of tables: SQLite, left alone, would begin with every document that is ready. Synchronous.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import connection

from knowledge.models import Chunk, Document, Library, RetrievalSettings

if TYPE_CHECKING:
    from webui.accounts.models import User

# A document of so few characters is given whole when there is room for it.
SMALL = 2500


class Row(NamedTuple):
    """A chunk and what of its document is shown with it. A tuple, because a hundred are read for each question."""

    pk: int
    document_id: UUID
    ordinal: int
    heading: str
    text: str
    start: int
    end: int
    page: int | None
    disabled: bool
    name: str
    url: str
    library_id: UUID
    may_be_whole: bool  # its document is short and as it was read
    disputed: bool = False  # another document of its library says otherwise somewhere

    @property
    def above(self) -> str:
        return f"{self.name}\n{self.heading}"


@dataclass(frozen=True, slots=True)
class Rights:
    """The libraries that a person may read, as a query to be put inside others. It says who asks, not what they may:
    that is found out each time it runs."""

    sql: str
    values: tuple[Any, ...]


def rights(user: "User") -> Rights:
    """Of somebody who has signed in; nobody else may read anything."""
    if (user.pk, connection.vendor) not in _rights:
        if len(_rights) > 1000:
            _rights.clear()
        seen = Library.objects.visible_to(user).order_by().values("pk").query
        sql, values = seen.get_compiler(connection=connection).as_sql()
        _rights[user.pk, connection.vendor] = Rights(sql, tuple(values))
    return _rights[user.pk, connection.vendor]


_rights: dict[tuple[Any, str], Rights] = {}


def readable(user: "User", wanted: Collection[UUID]) -> dict[UUID, bool]:
    """Those of the libraries that a person may read, and whether a document in them is ready."""
    if not wanted or user.pk is None:
        return {}
    may, stored = rights(user), _as_stored(wanted)
    with connection.cursor() as cursor:
        cursor.execute(  # what is put in are placeholders, and Django's own query
            "SELECT l.id, EXISTS(SELECT 1 FROM knowledge_document d WHERE d.library_id = l.id AND d.status = %s)"  # noqa: S608
            f" FROM knowledge_library l WHERE l.id IN ({_marks(wanted)}) AND l.id IN ({may.sql}) ORDER BY l.name, l.id",
            [Document.Status.READY, *stored, *may.values],
        )
        found = cursor.fetchall()
    as_stored = dict(zip(stored, wanted, strict=True))
    return {as_stored[library]: bool(has) for library, has in found}


def named(user: "User", places: Collection[tuple[UUID, int]], pks: Collection[int]) -> list[Row]:
    """Chunks of finished documents, named by document and ordinal or by their ids; each once. One statement, since
    each of them asks for the rights."""
    if user.pk is None or not (places or pks):
        return []
    generation, may = RetrievalSettings.current().generation, rights(user)
    lists: list[str] = []
    values: list[Any] = []
    if places:
        marks = ", ".join(["(%s, %s)"] * len(places))
        lists.append(
            f"SELECT i.id FROM (VALUES {marks}) p CROSS JOIN knowledge_chunk i"  # noqa: S608
            " WHERE i.document_id = p.column1 AND i.generation = %s AND i.ordinal = p.column2"
        )
        keys = _as_stored([document for document, _ordinal in places])
        values += [value for key, (_document, ordinal) in zip(keys, places, strict=True) for value in (key, ordinal)]
        values.append(generation)
    if pks:
        lists.append(f"VALUES {', '.join(['(%s)'] * len(pks))}")
        values += pks
    with connection.cursor() as cursor:
        cursor.execute(  # what is put in are placeholders, and Django's own query
            f"WITH n(id) AS ({' UNION '.join(lists)}) SELECT {_COLUMNS} FROM n"  # noqa: S608
            " CROSS JOIN knowledge_chunk c CROSS JOIN knowledge_document d"
            " WHERE c.id = n.id AND d.id = c.document_id AND c.generation = %s AND d.status = %s"
            f" AND d.superseded_at IS NULL AND d.library_id IN ({may.sql})",
            [*values, generation, Document.Status.READY, *may.values],
        )
        return [_row(found) for found in cursor.fetchall()]


def of_documents(user: "User", documents: Collection[UUID]) -> Iterable[tuple[UUID, str, int, int, str]]:
    """(document, heading, start, end, text) of all that is not switched off, in the order of the documents."""
    return (
        Chunk.objects.filter(
            document__in=documents, disabled=False, document__library__in=Library.objects.visible_to(user)
        )
        .order_by("document_id", "ordinal")
        .values_list("document_id", "heading", "start", "end", "text")
    )


_COLUMNS = (
    'c.id, c.document_id, c.ordinal, c.heading, c.text, c.start, c."end", c.page, c.disabled, d.name, d.url,'
    f" d.library_id, NOT d.edited AND d.chunks_total <= {SMALL // 100}, d.disputed"
)


def _row(found: Sequence[Any]) -> Row:
    pk, document, *rest, library, whole, disputed = found
    return Row._make([pk, _key(document), *rest, _key(library), bool(whole), bool(disputed)])


@lru_cache(maxsize=4096)
def _key(stored: Any) -> UUID:
    return stored if isinstance(stored, UUID) else UUID(stored)


def _as_stored(keys: Iterable[UUID]) -> list[Any]:
    """As this database has them: 32 characters on SQLite."""
    return list(keys) if connection.features.has_native_uuid_field else [key.hex for key in keys]


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))
