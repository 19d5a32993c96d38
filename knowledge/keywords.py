"""The keyword index of chunks, kept in the database itself: FTS5 on SQLite, tsvector on PostgreSQL.

It holds words, no text, and answers alone when no embedding model is ready. To take words out both ends must know which
went in: a chunk's text, heading and document name must not change while it is indexed (remove, change, add again), and
`remove` comes before the rows go.
"""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import connection

from knowledge import fulltext, segmentation
from knowledge.fulltext import Row, of_this_database, place, slices
from knowledge.models import Chunk, Library

MAX_QUESTION_WORDS = 64
# A word is counted so far for each question; what stands in more chunks is counted further, now and then.
COUNTED, COUNTED_FAR = 1000, 50_000
COMMON_FOR = 600.0  # seconds
# With many libraries at once, words are left out, the commonest first, when together they stand in more chunks than
# RANKED: ranking these would cost more than all the rest of a question.
RANKED = 2000
MOST_COMMON = 5000
FEWEST_WORDS = 2

_common: dict[str, tuple[float, int]] = {}  # until when it need not be counted, and how often it was there


def add(chunks: Iterable[Chunk]) -> None:
    """Chunks that are saved. A chunk that is already there is left alone."""
    for ids in slices([chunk.pk for chunk in chunks]):
        of_this_database().add(_rows(ids))


def remove(document_id: UUID | str) -> None:
    """All words that a document has in this generation, while its chunks are still in the database."""
    remove_chunks(list(Chunk.objects.filter(document_id=document_id).order_by("pk").values_list("pk", flat=True)))


def remove_everywhere(document_id: UUID | str) -> None:
    """The same in all generations: the document goes."""
    remove_chunks(list(Chunk.everywhere.filter(document_id=document_id).order_by("pk").values_list("pk", flat=True)))


def remove_chunks(ids: Sequence[int]) -> None:
    """The words of these, while they still say what they said when they were added."""
    for some in slices(ids):
        # FTS5 believes what it is told: taking out a row that is not there would damage the index.
        if present := of_this_database().present(some):
            of_this_database().remove(_rows(sorted(present)))


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
    if len(libraries) > fulltext.MANY_LIBRARIES:
        words = _rarest(words, weights)
    return of_this_database().search(libraries, {word: weights[word] for word in words}, limit)


def rarity(text: str) -> dict[str, float]:
    """How much each word of a question tells: rare ones more, as BM25 counts it, over everything that is indexed."""
    words = segmentation.content_words(text)[:MAX_QUESTION_WORDS]
    counts, total = _counts(words), _total()
    return {word: math.log((max(total, seen) + 1) / (seen + 0.5)) for word, seen in counts.items()}


def _counts(words: Sequence[str]) -> dict[str, int]:
    now = time.monotonic()
    unknown = [word for word in words if _common.get(word, (0.0, 0))[0] < now]
    counts = dict(zip(unknown, of_this_database().counts(unknown, COUNTED), strict=True))
    # Only what cannot be counted quickly is remembered.
    common = [word for word in unknown if counts[word] >= COUNTED]
    for word, seen in zip(common, of_this_database().counts(common, COUNTED_FAR), strict=True):
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
    return len(of_this_database().present(ids))


def missing(chunk_ids: Sequence[int]) -> set[int]:
    """Those of the chunks that have no words in the index."""
    return set(chunk_ids) - of_this_database().present(chunk_ids)


def indexed_text(chunk: Chunk) -> str:
    """What a chunk can be found by: its own text below the names of its document and section."""
    return f"{chunk.document.name}\n{chunk.heading}\n{chunk.text}"


def _rows(chunk_ids: Sequence[int]) -> list[Row]:
    chunks = Chunk.everywhere.filter(pk__in=chunk_ids).select_related("document").defer("vector")
    return [
        (chunk.pk, place(chunk.document.library_id, chunk.generation), segmentation.indexed(indexed_text(chunk)))
        for chunk in chunks
    ]
