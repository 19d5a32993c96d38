"""Makes a library's vectors fit the present model and its collection fit the database, whatever was lost or changed.

What is lost is noticed by a search, by a worker when it starts, and by the daily proof (`knowledge/proof.py`); it
stands in `Library.lost_at` until it is mended, and questions are answered by words alone for as long as it takes.
Raises `EmbeddingUnavailable` and `IndexUnavailable`; what was done by then stays done.
"""

import logging
import threading
import time
from collections.abc import Collection, Sequence
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from knowledge import embedding, gathered, index
from knowledge.chunking import embedded_text
from knowledge.embedding import EmbeddingUnavailable
from knowledge.index import IndexUnavailable
from knowledge.models import Chunk, Document, Generation, Library

BATCH = 16
# How often one process notices the same loss, and how often what could not be mended is tried again.
AGAIN_AFTER = 60.0  # seconds

_noticed: dict[UUID, float] = {}
_rung_at = -AGAIN_AFTER
_one_at_a_time = threading.Lock()

log = logging.getLogger(__name__)


def needs_mending(library: Library) -> bool:
    return _outdated(library).exists() or not index.is_whole(library)


def mend(library: Library) -> int:
    """The number of vectors in its collection afterwards."""
    chunks = _outdated(library).select_related("document").defer("vector").iterator(chunk_size=BATCH)
    while batch := list(islice(chunks, BATCH)):
        before = _before(batch)
        vectors = embedding.embed_passages(
            [embedded_text(chunk, chunk.document.title, before.get(chunk.pk)) for chunk in batch]
        )
        for chunk, vector in zip(batch, vectors, strict=True):
            chunk.vector, chunk.fingerprint = embedding.pack(vector), embedding.fingerprint()
        Chunk.objects.bulk_update(batch, ["vector", "fingerprint"])
    number = index.rebuild(library)
    if Library.objects.filter(pk=library.pk).exclude(lost_at=None).update(lost_at=None):
        log.info("Library %s has its vectors again.", library.pk)
    return number


def _before(batch: Sequence[Chunk]) -> dict[int, Chunk]:
    """The passage that stands before each, so that it is embedded as it was when it was read."""
    after = {(chunk.document_id, chunk.ordinal - 1): chunk.pk for chunk in batch}
    documents, ordinals = zip(*after, strict=True)
    rows = Chunk.objects.filter(document__in=documents, ordinal__in=ordinals).defer("vector")
    found = {(row.document_id, row.ordinal): row for row in rows}
    return {pk: found[place] for place, pk in after.items() if place in found}


def mend_all(*, wait: bool = True) -> dict[UUID, int]:
    """Everything that is lost or outdated: each such library with its vectors. Of several failures the last is raised.

    Without `wait` nothing is done while another thread of this process is at it.
    """
    if not _one_at_a_time.acquire(blocking=wait):
        return {}
    try:
        mended = _mend_each()
        _refill_beside()
        mend_gathered()
    finally:
        _one_at_a_time.release()
    return mended


def _mend_each() -> dict[UUID, int]:
    mended: dict[UUID, int] = {}
    problem: Exception | None = None
    for library in Library.objects.all():
        try:
            if needs_mending(library):
                Library.objects.filter(pk=library.pk, lost_at=None).update(lost_at=timezone.now())
                mended[library.pk] = mend(library)
            elif library.lost_at:
                Library.objects.filter(pk=library.pk).update(lost_at=None)
        except (EmbeddingUnavailable, IndexUnavailable) as error:
            problem = error
    if problem:
        raise problem
    return mended


def _refill_beside() -> None:
    """The collections of generations that were filled and do not serve: going back to one must lose nothing."""
    for generation in Generation.objects.beside().exclude(filled_at=None):
        with generation.as_settings().pinned():
            for library in Library.objects.filter(documents__holdings__generation=generation).distinct():
                if not index.is_whole(library):
                    index.rebuild(library)


def noticed(library_ids: Collection[UUID]) -> None:
    """Somebody found these to have lost vectors: say so, and ring a worker. Safe to call with every question."""
    now = time.monotonic()
    new = [pk for pk in library_ids if _noticed.get(pk, -AGAIN_AFTER) <= now - AGAIN_AFTER]
    if not new:
        return
    _noticed.update(dict.fromkeys(new, now))
    Library.objects.filter(pk__in=new, lost_at=None).update(lost_at=timezone.now())
    mend_later()


def mend_later() -> None:
    """Let a worker look after everything. A bell that is lost costs time only: see `ring_again`."""
    from knowledge.tasks import ring_to_mend

    transaction.on_commit(ring_to_mend)


def ring_again() -> None:
    """Every few seconds in a worker: for losses that are known and still there."""
    global _rung_at  # noqa: PLW0603  one worker, one clock
    now = time.monotonic()
    if now - _rung_at >= AGAIN_AFTER and Library.objects.exclude(lost_at=None).exists():
        _rung_at = now
        mend_later()


def mend_gathered() -> None:
    """The collection of all libraries, where there is one that does not fit any more."""
    fingerprint = embedding.fingerprint()
    if gathered.is_due(fingerprint):
        gathered.gather(fingerprint)


def _outdated(library: Library) -> "QuerySet[Chunk]":
    """Chunks of finished documents whose vectors another model made, or none."""
    chunks = Chunk.objects.filter(document__library=library, document__status=Document.Status.READY)
    return chunks.filter(~Q(fingerprint=embedding.fingerprint())).order_by("pk")
