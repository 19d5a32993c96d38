"""The keyword index of chunks, kept in the database itself: FTS5 on SQLite, tsvector on PostgreSQL.

It holds words, no text, and answers alone when no embedding model is ready. To take words out both ends must know which
went in: a chunk's text, heading and document name must not change while it is indexed (remove, change, add again), and
`remove` comes before the rows go.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol
from uuid import UUID

from django.db import connection

from knowledge import segmentation
from knowledge.models import Chunk, Document, Library

BATCH = 500
MAX_QUESTION_WORDS = 64

Row = tuple[int, UUID, str]


def add(chunks: Iterable[Chunk]) -> None:
    """Chunks that are saved. A chunk that is already there is left alone."""
    ids = [chunk.pk for chunk in chunks]
    for start in range(0, len(ids), BATCH):
        _index().add(_rows(ids[start : start + BATCH]))


def remove(document_id: UUID | str) -> None:
    """All words of a document, while its chunks are still in the database."""
    ids = list(Chunk.objects.filter(document_id=document_id).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        _index().remove(_rows(ids[start : start + BATCH]))


def search(library_ids: Sequence[UUID | str], text: str, limit: int) -> list[tuple[int, float]]:
    """Chunk ids of ready documents in these libraries, best first; a score only compares within one answer."""
    libraries = [UUID(str(library)) for library in library_ids]
    words = segmentation.content_words(text)[:MAX_QUESTION_WORDS]
    return _index().search(libraries, words, limit) if libraries and words else []


def count(library: Library) -> int:
    return _index().count(list(Chunk.objects.filter(document__library=library).values_list("pk", flat=True)))


def indexed_text(chunk: Chunk) -> str:
    """What a chunk can be found by: its own text below the names of its document and section."""
    return f"{chunk.document.name}\n{chunk.heading}\n{chunk.text}"


def _rows(chunk_ids: Sequence[int]) -> list[Row]:
    chunks = Chunk.objects.filter(pk__in=chunk_ids).select_related("document").defer("vector")
    return [(chunk.pk, chunk.document.library_id, segmentation.indexed(indexed_text(chunk))) for chunk in chunks]


class _KeywordIndex(Protocol):
    def add(self, rows: Sequence[Row]) -> None: ...

    def remove(self, rows: Sequence[Row]) -> None: ...

    def search(self, libraries: Sequence[UUID], words: Sequence[str], limit: int) -> list[tuple[int, float]]: ...

    def count(self, chunk_ids: Sequence[int]) -> int: ...


class _Fts5:
    """A contentless FTS5 table. The library stands in a column, so that rows of other libraries are skipped early."""

    def add(self, rows: Sequence[Row]) -> None:
        present = self._present([row[0] for row in rows])
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO knowledge_words(rowid, library, words) VALUES (%s, %s, %s)",
                [(pk, library.hex, words) for pk, library, words in rows if pk not in present],
            )

    def remove(self, rows: Sequence[Row]) -> None:
        # FTS5 believes what it is told: taking out a row that is not there would damage the index.
        present = self._present([row[0] for row in rows])
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO knowledge_words(knowledge_words, rowid, library, words) VALUES ('delete', %s, %s, %s)",
                [(pk, library.hex, words) for pk, library, words in rows if pk in present],
            )

    def search(self, libraries: Sequence[UUID], words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        places = " OR ".join(f'"{library.hex}"' for library in libraries)
        wanted = " OR ".join(f'"{word}"*' if segmentation.is_single(word) else f'"{word}"' for word in words)
        marks = ", ".join(["%s"] * len(libraries))
        with connection.cursor() as cursor:
            cursor.execute(  # the marks are placeholders alone
                "SELECT w.rowid, -bm25(knowledge_words, 0.0, 1.0) AS score FROM knowledge_words w"  # noqa: S608
                " JOIN knowledge_chunk c ON c.id = w.rowid JOIN knowledge_document d ON d.id = c.document_id"
                f" WHERE knowledge_words MATCH %s AND d.library_id IN ({marks}) AND d.status = %s"
                " ORDER BY score DESC, w.rowid LIMIT %s",
                [
                    f"library : ({places}) AND words : ({wanted})",
                    *(library.hex for library in libraries),
                    Document.Status.READY,
                    limit,
                ],
            )
            return [(pk, float(score)) for pk, score in cursor.fetchall()]

    def count(self, chunk_ids: Sequence[int]) -> int:
        return len(self._present(chunk_ids))

    def _present(self, chunk_ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        with connection.cursor() as cursor:
            for ids in _slices(chunk_ids):
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

    def search(self, libraries: Sequence[UUID], words: Sequence[str], limit: int) -> list[tuple[int, float]]:
        queries = [f"'{word}':*" if segmentation.is_single(word) else f"'{word}'" for word in words]
        with connection.cursor() as cursor:
            weights = self._weights(libraries, queries)
            cursor.execute(
                "SELECT w.chunk_id, SUM(q.weight * ts_rank(w.words, to_tsquery('english', q.query), 1)) AS score"
                " FROM unnest(%s::text[], %s::float8[]) AS q(query, weight)"
                " JOIN knowledge_words w ON w.words @@ to_tsquery('english', q.query)"
                " JOIN knowledge_chunk c ON c.id = w.chunk_id JOIN knowledge_document d ON d.id = c.document_id"
                " WHERE w.library_id = ANY(%s) AND d.library_id = ANY(%s) AND d.status = %s"
                " GROUP BY w.chunk_id ORDER BY score DESC, w.chunk_id LIMIT %s",
                [queries, weights, list(libraries), list(libraries), Document.Status.READY, limit],
            )
            return [(pk, float(score)) for pk, score in cursor.fetchall()]

    def count(self, chunk_ids: Sequence[int]) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM knowledge_words WHERE chunk_id = ANY(%s)", [list(chunk_ids)])
            return int(cursor.fetchone()[0])

    def _weights(self, libraries: Sequence[UUID], queries: Sequence[str]) -> list[float]:
        """How rare each word is in these libraries."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM knowledge_words WHERE library_id = ANY(%s)", [list(libraries)])
            total = int(cursor.fetchone()[0])
            cursor.execute(
                "SELECT (SELECT count(*) FROM knowledge_words w WHERE w.library_id = ANY(%s)"
                " AND w.words @@ to_tsquery('english', q.query))"
                " FROM unnest(%s::text[]) WITH ORDINALITY AS q(query, place) ORDER BY q.place",
                [list(libraries), list(queries)],
            )
            return [math.log(1 + (total - seen + 0.5) / (seen + 0.5)) for (seen,) in cursor.fetchall()]


_INDEXES: dict[str, _KeywordIndex] = {"sqlite": _Fts5(), "postgresql": _TsVector()}


def _index() -> _KeywordIndex:
    return _INDEXES[connection.vendor]


def _slices(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
