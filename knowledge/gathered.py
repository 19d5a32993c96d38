"""The vectors of all libraries in one collection, for questions to many of them at once.

Asking a hundred collections takes a hundred requests, and Chroma's own filter costs more than all of them together. So
the nearest of everything are asked for, more than are wanted, and those of other libraries are dropped here by their
ids (and once more by the database). It holds everything twice, so it is made when it is first missed, by a worker, and
kept up from then on. While it is not there, or the libraries are too small a part of everything, each is asked.
"""

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from knowledge import chroma
from knowledge.chroma import BATCH, Hit
from knowledge.models import Chunk, Generation

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Up to so many libraries are asked one by one.
FEW = 6
# Asked for first, and when too many of those were others'. Fewer than ENOUGH left are no answer.
ASKED = (200, 1000)
ENOUGH = 20
_RING_EVERY = 600.0  # seconds
_rung: dict[str, float] = {}

log = logging.getLogger(__name__)


def search(
    fingerprint: str, library_ids: Sequence[UUID | str], vector: Sequence[float], limit: int
) -> list[Hit] | None:
    """The nearest of these libraries, best first; None when each library has to be asked instead."""
    wanted = {library.hex if isinstance(library, UUID) else UUID(library).hex for library in library_ids}
    for asked in ASKED:
        nearest = chroma.nearest(_name(fingerprint), vector, asked)
        if nearest is None:
            _ring(fingerprint)
            return None
        ours = [(place, score) for place, score in nearest if place[:32] in wanted]
        if len(ours) >= limit or len(nearest) < asked:
            return [_hit(place, score) for place, score in ours[:limit]]
    return [_hit(place, score) for place, score in ours] if len(ours) >= ENOUGH else None


def add(fingerprint: str, library_id: UUID, chunks: Sequence[Chunk], name: str = "") -> None:
    """Nothing happens while the collection was never missed."""
    for into in [name] if name else _kept_up(fingerprint):
        chroma.upsert(
            into,
            [f"{library_id.hex}:{chunk.vector_id}" for chunk in chunks],
            stacked(chunks),
            [{"document": chunk.document_id.hex, "library": library_id.hex} for chunk in chunks],
            create=bool(name),
        )


def remove(fingerprint: str, library_id: UUID, vector_ids: Sequence[str]) -> None:
    """`vector_ids` are those in the library's own collection."""
    for name in _kept_up(fingerprint):
        chroma.delete(name, [f"{library_id.hex}:{vector_id}" for vector_id in vector_ids])


def remove_library(library_id: UUID) -> None:
    for name in chroma.names(_PREFIX):
        chroma.delete_where(name, "library", library_id.hex)


def gather(fingerprint: str) -> int:
    """Make the collection from the vectors in the database; the number of them. What other models left goes."""
    name, draft = _name(fingerprint), _draft(fingerprint)
    chroma.drop(draft)
    done = 0
    batch: list[Chunk] = []
    # By library, so that a batch has one; what is stored meanwhile is put into the draft by whoever stores it.
    stored = Chunk.everywhere.filter(fingerprint=fingerprint, vector__isnull=False).only(
        "document_id", "document__library_id", "ordinal", "vector"
    )
    for chunk in stored.select_related("document").order_by("document__library_id", "pk").iterator(chunk_size=BATCH):
        if batch and (len(batch) == BATCH or batch[0].document.library_id != chunk.document.library_id):
            add(fingerprint, batch[0].document.library_id, batch, draft)
            batch = []
        batch.append(chunk)
        done += 1
    if batch:
        add(fingerprint, batch[0].document.library_id, batch, draft)
        chroma.drop(name)
        chroma.rename(draft, name)
    for other in _left_over(fingerprint):
        chroma.drop(other)
    log.info("Gathered %d vectors of all libraries.", done)
    return done


def is_due(fingerprint: str) -> bool:
    """Whether it was made once, and now another model embeds or it does not hold what the database holds."""
    if _left_over(fingerprint):
        return True
    held = chroma.count(_name(fingerprint))
    stored = Chunk.everywhere.filter(fingerprint=fingerprint, vector__isnull=False).count()
    return held is not None and not stored <= held <= stored + stored // 20


def exists(fingerprint: str) -> bool:
    return chroma.count(_name(fingerprint)) is not None


def drop(fingerprint: str) -> None:
    chroma.drop(_name(fingerprint))


def _left_over(fingerprint: str) -> set[str]:
    """Collections of models that no generation has any more."""
    return set(chroma.names(_PREFIX)) - {_name(one) for one in {fingerprint, *Generation.fingerprints()}}


def stacked(chunks: Sequence[Chunk]) -> "NDArray[Any]":
    """Their vectors as Chroma takes them."""
    import numpy as np

    return np.stack([np.frombuffer(bytes(chunk.vector or b""), "<f4") for chunk in chunks])


_PREFIX = "everything-"


def _name(fingerprint: str) -> str:
    return f"{_PREFIX}{fingerprint}"


def _draft(fingerprint: str) -> str:
    return f"{_PREFIX}{fingerprint}-draft"


def _kept_up(fingerprint: str) -> tuple[str, str]:
    """The collection and, while one is being made, its successor."""
    chroma.forget(_draft(fingerprint))
    return _name(fingerprint), _draft(fingerprint)


def _hit(place: str, score: float) -> Hit:
    _library, document, ordinal = place.split(":")
    return Hit(document_id=UUID(document), ordinal=int(ordinal), score=score)


def _ring(fingerprint: str) -> None:
    """Ask a worker to make it, now and then until it is there."""
    if time.monotonic() - _rung.get(fingerprint, -_RING_EVERY) >= _RING_EVERY:
        _rung[fingerprint] = time.monotonic()
        from knowledge.tasks import ring_to_gather

        ring_to_gather(fingerprint)
