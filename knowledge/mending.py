"""Makes a library's vectors fit the present model and its collection fit the database, whatever was lost or changed.

Questions are answered by words alone for as long as it takes. Raises `EmbeddingUnavailable` and `IndexUnavailable`;
what was done by then stays done.
"""

from itertools import islice

from django.db import transaction
from django.db.models import Q, QuerySet

from knowledge import embedding, gathered, index
from knowledge.chunking import embedded_text
from knowledge.models import Chunk, Document, Library

BATCH = 16


def needs_mending(library: Library) -> bool:
    return _outdated(library).exists() or not index.is_whole(library)


def mend(library: Library) -> int:
    """The number of vectors in the new collection."""
    chunks = _outdated(library).select_related("document").defer("vector").iterator(chunk_size=BATCH)
    while batch := list(islice(chunks, BATCH)):
        vectors = embedding.embed_passages([embedded_text(chunk, chunk.document.title) for chunk in batch])
        for chunk, vector in zip(batch, vectors, strict=True):
            chunk.vector, chunk.fingerprint = embedding.pack(vector), embedding.fingerprint()
        Chunk.objects.bulk_update(batch, ["vector", "fingerprint"])
    return index.rebuild(library)


def mend_all() -> int:
    """Everything that is lost or outdated; the number of libraries that were."""
    broken = [library for library in Library.objects.all() if needs_mending(library)]
    for library in broken:
        mend(library)
    mend_gathered()
    return len(broken)


def mend_later() -> None:
    """Let a worker do so. A bell that is lost costs time only: each worker does it when it starts, and every night."""
    from knowledge.tasks import ring_to_mend

    transaction.on_commit(ring_to_mend)


def mend_gathered() -> None:
    """The collection of all libraries, where there is one that does not fit any more."""
    fingerprint = embedding.fingerprint()
    if gathered.is_due(fingerprint):
        gathered.gather(fingerprint)


def _outdated(library: Library) -> "QuerySet[Chunk]":
    """Chunks of finished documents whose vectors another model made: EMBEDDING_MODEL was changed since."""
    chunks = Chunk.objects.filter(document__library=library, document__status=Document.Status.READY)
    return chunks.filter(~Q(fingerprint=embedding.fingerprint()) | Q(vector=None)).order_by("pk")
