"""The keyword index in the form that each database has for it: an FTS5 table on SQLite, a table of tsvectors on
PostgreSQL. Which words go in and are asked for, and what each is worth, `knowledge/keywords.py` says.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol
from uuid import UUID, uuid5

from django.db import connection, transaction

from knowledge import segmentation
from knowledge.models import Document, RetrievalSettings

BATCH = 500
# With so many libraries at once rows are not sorted out by library inside the index: that would cost more than ranking.
MANY_LIBRARIES = 8
AHEAD = 4  # times as many as are wanted are ranked before anybody looks whose they are
SPARE = 5  # looking begins with a fifth more than are wanted

Row = tuple[int, UUID, str]


class KeywordIndex(Protocol):
    def add(self, rows: Sequence[Row]) -> None: ...

    def remove(self, rows: Sequence[Row]) -> None: ...

    def search(self, libraries: Sequence[UUID], words: Mapping[str, float], limit: int) -> list[tuple[int, float]]: ...

    def counts(self, words: Sequence[str], most: int) -> list[int]: ...

    def present(self, chunk_ids: Sequence[int]) -> set[int]: ...


class _Fts5:
    """A contentless FTS5 table. The library stands in a column, so that rows of other libraries are skipped early."""

    def add(self, rows: Sequence[Row]) -> None:
        present = self.present([row[0] for row in rows])
        # At once: each row in a transaction of its own waits for the disk.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO knowledge_words(rowid, library, words) VALUES (%s, %s, %s)",
                [(pk, library.hex, words) for pk, library, words in rows if pk not in present],
            )

    def remove(self, rows: Sequence[Row]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO knowledge_words(knowledge_words, rowid, library, words) VALUES ('delete', %s, %s, %s)",
                [(pk, library.hex, words) for pk, library, words in rows],
            )

    def search(self, libraries: Sequence[UUID], words: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        query = f"words : ({' OR '.join(map(_phrase, words))})"
        generation = RetrievalSettings.current().generation
        # Looking up the library of each row that has a word costs more than ranking them all. So with many libraries
        # the best of everything come first, and only where too many of these are others' is each looked up.
        if len(libraries) <= MANY_LIBRARIES:
            places = " OR ".join(f'"{place(library, generation).hex}"' for library in libraries)
            query = f"library : ({places}) AND {query}"
        for most in (limit * AHEAD, -1):
            ranked = self._ranked(query, most)
            found = self._of(ranked, libraries, generation, limit)
            if len(found) == limit or len(ranked) < most:
                break
        return found

    def _ranked(self, query: str, most: int) -> list[tuple[int, float]]:
        """The best of everything that is indexed; all that match when `most` is -1."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rowid, -bm25(knowledge_words, 0.0, 1.0) AS score FROM knowledge_words"
                " WHERE knowledge_words MATCH %s ORDER BY score DESC, rowid LIMIT %s",
                [query, most],
            )
            return [(pk, float(score)) for pk, score in cursor.fetchall()]

    def _of(
        self, ranked: Sequence[tuple[int, float]], libraries: Sequence[UUID], generation: int, limit: int
    ) -> list[tuple[int, float]]:
        """The best `limit` of these that are of ready documents in the libraries; no more are looked up than needed."""
        found: list[tuple[int, float]] = []
        some, start = limit + limit // SPARE, 0
        while start < len(ranked) and len(found) < limit:
            part = ranked[start : start + some]
            there = self._there([pk for pk, _score in part], libraries, generation)
            found += [(pk, score) for pk, score in part if pk in there]
            start, some = start + some, min(2 * some, BATCH)
        return found[:limit]

    def _there(self, pks: Sequence[int], libraries: Sequence[UUID], generation: int) -> set[int]:
        places, marks = (", ".join([mark] * len(given)) for mark, given in (("(%s)", pks), ("%s", libraries)))
        with connection.cursor() as cursor:
            cursor.execute(  # the marks are placeholders alone
                f"SELECT c.id FROM (VALUES {places}) p CROSS JOIN knowledge_chunk c CROSS JOIN knowledge_document d"  # noqa: S608
                f" WHERE c.id = p.column1 AND d.id = c.document_id AND d.library_id IN ({marks}) AND d.status = %s"
                " AND c.generation = %s",
                [*pks, *(library.hex for library in libraries), Document.Status.READY, generation],
            )
            return {pk for (pk,) in cursor.fetchall()}

    def counts(self, words: Sequence[str], most: int) -> list[int]:
        if not words:
            return []
        # One statement; the words are parameters, and so is the number.
        one = "(SELECT count(*) FROM (SELECT 1 FROM knowledge_words WHERE knowledge_words MATCH %s LIMIT %s))"
        with connection.cursor() as cursor:
            given = [value for word in words for value in (f"words : ({_phrase(word)})", most)]
            cursor.execute(f"SELECT {', '.join([one] * len(words))}", given)
            return [int(seen) for seen in cursor.fetchone()]

    def present(self, chunk_ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        with connection.cursor() as cursor:
            for ids in slices(chunk_ids):
                marks = ", ".join(["%s"] * len(ids))
                cursor.execute(f"SELECT id FROM knowledge_words_docsize WHERE id IN ({marks})", ids)  # noqa: S608
                found.update(pk for (pk,) in cursor.fetchall())
        return found


class _TsVector:
    """A table of tsvectors. PostgreSQL ranks without rarity, so each word's weight is counted here, as BM25 does."""

    def add(self, rows: Sequence[Row]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO knowledge_words(chunk_id, library_id, words) VALUES (%s, %s, to_tsvector('english', %s))"
                " ON CONFLICT (chunk_id) DO NOTHING",
                rows,
            )

    def remove(self, rows: Sequence[Row]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM knowledge_words WHERE chunk_id = ANY(%s)", [[row[0] for row in rows]])

    def search(self, libraries: Sequence[UUID], words: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        generation = RetrievalSettings.current().generation
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT w.chunk_id, SUM(q.weight * ts_rank(w.words, to_tsquery('english', q.query), 1)) AS score"
                " FROM unnest(%s::text[], %s::float8[]) AS q(query, weight)"
                " JOIN knowledge_words w ON w.words @@ to_tsquery('english', q.query)"
                " JOIN knowledge_chunk c ON c.id = w.chunk_id JOIN knowledge_document d ON d.id = c.document_id"
                " WHERE w.library_id = ANY(%s) AND d.library_id = ANY(%s) AND d.status = %s AND c.generation = %s"
                " GROUP BY w.chunk_id ORDER BY score DESC, w.chunk_id LIMIT %s",
                [
                    [_term(word) for word in words],
                    list(words.values()),
                    [place(library, generation) for library in libraries],
                    list(libraries),
                    Document.Status.READY,
                    generation,
                    limit,
                ],
            )
            return [(pk, float(score)) for pk, score in cursor.fetchall()]

    def counts(self, words: Sequence[str], most: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM (SELECT 1 FROM knowledge_words w"
                " WHERE w.words @@ to_tsquery('english', q.query) LIMIT %s) AS seen)"
                " FROM unnest(%s::text[]) WITH ORDINALITY AS q(query, place) ORDER BY q.place",
                [most, [_term(word) for word in words]],
            )
            return [int(seen) for (seen,) in cursor.fetchall()]

    def present(self, chunk_ids: Sequence[int]) -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT chunk_id FROM knowledge_words WHERE chunk_id = ANY(%s)", [list(chunk_ids)])
            return {pk for (pk,) in cursor.fetchall()}


def _phrase(word: str) -> str:
    """As FTS5 is asked for it. Words hold letters and digits alone."""
    return f'"{word}"*' if segmentation.is_single(word) else f'"{word}"'


def _term(word: str) -> str:
    """As PostgreSQL is asked for it."""
    return f"'{word}':*" if segmentation.is_single(word) else f"'{word}'"


_INDEXES: dict[str, KeywordIndex] = {"sqlite": _Fts5(), "postgresql": _TsVector()}


def of_this_database() -> KeywordIndex:
    return _INDEXES[connection.vendor]


def place(library_id: UUID, generation: int) -> UUID:
    """What stands for a library inside the index: another one in each generation, so that rows of the others are
    skipped as early as those of other libraries."""
    return library_id if generation == 1 else uuid5(library_id, str(generation))


def slices(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
