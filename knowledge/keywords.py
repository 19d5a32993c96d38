"""The keyword index of chunks, kept in the database itself: FTS5 on SQLite, tsvector on PostgreSQL.

It holds words, no text, and answers alone when no embedding model is ready. To take words out both ends must know which
went in: a chunk's text, heading and document name must not change while it is indexed (remove, change, add again), and
`remove` comes before the rows go.
"""

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol
from uuid import UUID, uuid5

from django.db import connection, transaction

from knowledge import segmentation
from knowledge.models import Chunk, Document, Library, RetrievalSettings

BATCH = 500
MAX_QUESTION_WORDS = 64
# A word is counted so far for each question; what stands in more chunks is counted further, now and then.
COUNTED, COUNTED_FAR = 1000, 50_000
COMMON_FOR = 600.0  # seconds
# With so many libraries at once, words are left out, the commonest first, when together they stand in more chunks than
# RANKED, and rows are not sorted out by library inside the index: both would cost more than all the rest of a question.
MANY_LIBRARIES = 8
RANKED = 2000
MOST_COMMON = 5000
FEWEST_WORDS = 2
AHEAD = 4  # times as many as are wanted are ranked before anybody looks whose they are

Row = tuple[int, UUID, str]
_common: dict[str, tuple[float, int]] = {}  # until when it need not be counted, and how often it was there


def add(chunks: Iterable[Chunk]) -> None:
    """Chunks that are saved. A chunk that is already there is left alone."""
    for ids in _slices([chunk.pk for chunk in chunks]):
        _index().add(_rows(ids))


def remove(document_id: UUID | str) -> None:
    """All words that a document has in this generation, while its chunks are still in the database."""
    remove_chunks(list(Chunk.objects.filter(document_id=document_id).order_by("pk").values_list("pk", flat=True)))


def remove_everywhere(document_id: UUID | str) -> None:
    """The same in all generations: the document goes."""
    remove_chunks(list(Chunk.everywhere.filter(document_id=document_id).order_by("pk").values_list("pk", flat=True)))


def remove_chunks(ids: Sequence[int]) -> None:
    """The words of these, while they still say what they said when they were added."""
    for some in _slices(ids):
        # FTS5 believes what it is told: taking out a row that is not there would damage the index.
        if present := _index().present(some):
            _index().remove(_rows(sorted(present)))


def search(
    library_ids: Sequence[UUID | str], text: str, limit: int, weights: Mapping[str, float] | None = None
) -> list[tuple[int, float]]:
    """Chunk ids of ready documents in these libraries, best first; a score only compares within one answer."""
    libraries = [UUID(str(library)) for library in library_ids]
    words = segmentation.content_words(text)[:MAX_QUESTION_WORDS]
    if not libraries or not words:
        return []
    if weights is None:
        weights = rarity(text)
    if len(libraries) > MANY_LIBRARIES:
        words = _rarest(words, weights)
    return _index().search(libraries, {word: weights[word] for word in words}, limit)


def rarity(text: str) -> dict[str, float]:
    """How much each word of a question tells: rare ones more, as BM25 counts it, over everything that is indexed."""
    words = segmentation.content_words(text)[:MAX_QUESTION_WORDS]
    counts, total = _counts(words), _total()
    return {word: math.log((max(total, seen) + 1) / (seen + 0.5)) for word, seen in counts.items()}


def _counts(words: Sequence[str]) -> dict[str, int]:
    now = time.monotonic()
    unknown = [word for word in words if _common.get(word, (0.0, 0))[0] < now]
    counts = dict(zip(unknown, _index().counts(unknown, COUNTED), strict=True))
    # Only what cannot be counted quickly is remembered.
    common = [word for word in unknown if counts[word] >= COUNTED]
    for word, seen in zip(common, _index().counts(common, COUNTED_FAR), strict=True):
        if len(_common) > MOST_COMMON:
            _common.clear()
        _common[word] = now + COMMON_FOR, seen
    return {word: counts[word] if counts.get(word, COUNTED) < COUNTED else _common[word][1] for word in words}


def _total() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM knowledge_chunk")
        return cursor.fetchone()[0] or 0


def _rarest(words: Sequence[str], weights: Mapping[str, float]) -> list[str]:
    """As many as may be ranked: what `rarity` made of their numbers, taken back."""
    kept: list[str] = []
    total, left = _total(), float(RANKED)
    for word in sorted(words, key=lambda word: -weights[word]):
        left -= (total + 1) / math.exp(weights[word]) - 0.5
        if left < 0 and len(kept) >= FEWEST_WORDS:
            break
        kept.append(word)
    return kept


def count(library: Library) -> int:
    ids = list(Chunk.objects.filter(document__library=library).values_list("pk", flat=True))
    return len(_index().present(ids))


def missing(chunk_ids: Sequence[int]) -> set[int]:
    """Those of the chunks that have no words in the index."""
    return set(chunk_ids) - _index().present(chunk_ids)


def indexed_text(chunk: Chunk) -> str:
    """What a chunk can be found by: its own text below the names of its document and section."""
    return f"{chunk.document.name}\n{chunk.heading}\n{chunk.text}"


def _rows(chunk_ids: Sequence[int]) -> list[Row]:
    chunks = Chunk.everywhere.filter(pk__in=chunk_ids).select_related("document").defer("vector")
    return [
        (chunk.pk, _place(chunk.document.library_id, chunk.generation), segmentation.indexed(indexed_text(chunk)))
        for chunk in chunks
    ]


def _place(library_id: UUID, generation: int) -> UUID:
    """What stands for a library inside the index: another one in each generation, so that rows of the others are
    skipped as early as those of other libraries."""
    return library_id if generation == 1 else uuid5(library_id, str(generation))


class _KeywordIndex(Protocol):
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
        if len(libraries) <= MANY_LIBRARIES:
            places = " OR ".join(f'"{_place(library, generation).hex}"' for library in libraries)
            return self._best(f"library : ({places}) AND {query}", libraries, generation, limit, -1)
        # Looking up the library of each row that has a word costs more than ranking them all. So the best of everything
        # come first; only where too many of these are others' is each looked up.
        found = self._best(query, libraries, generation, limit, limit * AHEAD)
        return found if len(found) == limit else self._best(query, libraries, generation, limit, -1)

    def _best(
        self, query: str, libraries: Sequence[UUID], generation: int, limit: int, ranked: int
    ) -> list[tuple[int, float]]:
        """The best `limit` in the libraries among the best `ranked` of all; among all of them when that is -1."""
        marks = ", ".join(["%s"] * len(libraries))
        with connection.cursor() as cursor:
            cursor.execute(  # the marks are placeholders alone
                "SELECT w.place, w.score FROM (SELECT rowid AS place, -bm25(knowledge_words, 0.0, 1.0) AS score"  # noqa: S608
                " FROM knowledge_words WHERE knowledge_words MATCH %s ORDER BY score DESC, rowid LIMIT %s) w"
                " JOIN knowledge_chunk c ON c.id = w.place JOIN knowledge_document d ON d.id = c.document_id"
                f" WHERE d.library_id IN ({marks}) AND d.status = %s AND c.generation = %s"
                " ORDER BY w.score DESC, w.place LIMIT %s",
                [query, ranked, *(library.hex for library in libraries), Document.Status.READY, generation, limit],
            )
            return [(pk, float(score)) for pk, score in cursor.fetchall()]

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
                    [_place(library, generation) for library in libraries],
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


_INDEXES: dict[str, _KeywordIndex] = {"sqlite": _Fts5(), "postgresql": _TsVector()}


def _index() -> _KeywordIndex:
    return _INDEXES[connection.vendor]


def _slices(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
