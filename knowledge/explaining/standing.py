"""Where one passage stands among all of its libraries, however far down: for the bench alone, since it looks at all."""

from collections.abc import Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from knowledge import keywords
from knowledge.models import Chunk, Document

MOST_COMPARED = 60_000
MOST_WORDED = 5000
_BATCH = 2000


def by_meaning(library_ids: Sequence[UUID], vector: Sequence[float], chunk: Chunk) -> tuple[int, float] | None:
    """Its rank and its cosine; None without a vector, and where there are too many passages to compare."""
    import numpy as np

    if chunk.vector is None:
        return None
    asked = np.asarray(vector, "<f4")
    own = _cosines([bytes(chunk.vector)], asked)[0]
    others = Chunk.objects.filter(
        document__library__in=library_ids,
        document__status=Document.Status.READY,
        disabled=False,
        fingerprint=chunk.fingerprint,
        vector__isnull=False,
    ).exclude(pk=chunk.pk)
    if others.count() > MOST_COMPARED:
        return None
    nearer = 0
    stored = others.order_by().values_list("vector", flat=True).iterator(chunk_size=_BATCH)
    while batch := list(islice(stored, _BATCH)):
        nearer += sum(cosine > own for cosine in _cosines([bytes(one or b"") for one in batch], asked))
    return nearer + 1, own


def by_words(library_ids: Sequence[UUID], query: str, chunk: Chunk) -> int:
    """Its rank; 0 when none of the question's words leads to it, or too many others come first."""
    found = keywords.search(library_ids, query, MOST_WORDED)
    return next((rank for rank, (pk, _score) in enumerate(found, 1) if pk == chunk.pk), 0)


def _cosines(stored: Sequence[bytes], asked: Any) -> list[float]:
    import numpy as np

    vectors = np.stack([np.frombuffer(one, "<f4") for one in stored])
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(asked)
    return [float(value) for value in (vectors @ asked) / np.maximum(lengths, 1e-9)]
