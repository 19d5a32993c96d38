"""The vectors of libraries in Chroma: put in, taken out, found, and filled in again from the database.

Chroma is derived. Ids are made from a chunk's place, texts stay in our database, and `rebuild` fills a collection from
the vectors stored there. One collection a library, named from the library and the embedding model's fingerprint, so
that vectors of two models never meet; `knowledge/gathered.py` has them all in one, for questions to many libraries.
Raises `IndexUnavailable`.
"""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from knowledge import chroma, embedding, gathered
from knowledge.chroma import BATCH, Hit, IndexUnavailable
from knowledge.models import Chunk, Document, Generation, Library

__all__ = ["Hit", "IndexIncomplete", "IndexUnavailable"]

logger = logging.getLogger(__name__)


class IndexIncomplete(IndexUnavailable):
    """Libraries that should have vectors have none; `rebuild` fills them again. `hits` are what the others gave."""

    def __init__(self, libraries: Sequence[UUID], hits: Sequence[Hit]) -> None:
        super().__init__(_("The vector index has lost a library. It can be filled again from the database."))
        self.libraries = libraries
        self.hits = hits


def replace_document(document: Document, chunks: Sequence[Chunk]) -> None:
    """The vectors of a document, in place of those it had."""
    fingerprint = embedding.fingerprint()
    name = _name(document.library_id, fingerprint)
    # Chroma has no transactions: delete first, so that a crash leaves too little rather than two versions.
    _forget(name, document)
    for start in range(0, len(chunks), BATCH):
        _upsert(name, chunks[start : start + BATCH])
        gathered.add(fingerprint, document.library_id, chunks[start : start + BATCH])


def replace_chunk(chunk: Chunk) -> None:
    """The vector of one passage that was changed."""
    fingerprint, library_id = embedding.fingerprint(), chunk.document.library_id
    _upsert(_name(library_id, fingerprint), [chunk])
    gathered.add(fingerprint, library_id, [chunk])


def remove_document(document: Document) -> None:
    for name in _names(document.library_id):
        _forget(name, document)


def remove_library(library: Library) -> None:
    """Every collection of a library, of whichever model."""
    for name in _names(library.pk):
        chroma.drop(name)
    gathered.remove_library(library.pk)


def search(library_ids: Sequence[UUID | str], vector: Sequence[float], limit: int, fingerprint: str = "") -> list[Hit]:
    """The nearest chunks of these libraries, best first. Ask only for libraries that have vectors in the database."""
    fingerprint = fingerprint or embedding.fingerprint(len(vector))
    if len(library_ids) > gathered.FEW:
        found = gathered.search(fingerprint, library_ids, vector, limit)
        if found is not None:
            return found
    hits: list[Hit] = []
    lost: list[UUID] = []
    for library_id in library_ids:
        nearest = _nearest(_name(library_id, fingerprint), vector, limit)
        hits += [_hit(vector_id, score) for vector_id, score in nearest or ()]
        if not nearest:
            lost.append(UUID(str(library_id)))
    hits = sorted(hits, key=lambda hit: -hit.score)[:limit]
    if lost:
        raise IndexIncomplete(lost, hits)
    return hits


def count(library: Library) -> int:
    """Vectors of the present model."""
    return chroma.count(_name(library.pk, embedding.fingerprint())) or 0


def is_whole(library: Library) -> bool:
    """Whether the collection holds what the database holds, and answers."""
    stored = _stored(library)
    try:
        if count(library) != stored.count():
            return False
        probe = stored.first()
        return probe is None or bool(search([library.pk], embedding.unpack(bytes(probe.vector or b"")), 1))
    except IndexIncomplete:
        return False
    except IndexUnavailable:
        chroma.is_alive()  # a server that is down says so; else it is this collection
        return False


def rebuild(library: Library) -> int:
    """Let a library's collection hold what the database holds; gives the number of its vectors.

    What is there goes on being found while the rest is put in; a collection that cannot be mended so is made anew.
    Collections that another model left behind go once this one is complete.
    """
    name = _name(library.pk, embedding.fingerprint())
    done = _fill(library, name)
    if not is_whole(library):
        chroma.drop(name)
        done = _fill(library, name)
    kept = {_name(library.pk, fingerprint) for fingerprint in Generation.fingerprints()}
    for other in set(_names(library.pk)) - kept - {name}:
        chroma.drop(other)
    return done


def remove_generation(fingerprint: str) -> None:
    """Every collection of a generation."""
    for name in chroma.names("library-"):
        if name.endswith(f"-{fingerprint}"):
            chroma.drop(name)
    gathered.drop(fingerprint)


def _fill(library: Library, name: str) -> int:
    try:
        extra = set(chroma.all_ids(name))
    except IndexUnavailable:
        chroma.is_alive()
        extra = set()
        chroma.drop(name)
    there = set(extra)
    done = 0
    chunks: list[Chunk] = []
    for chunk in _stored(library).filter(vector__isnull=False).iterator(chunk_size=BATCH):
        done += 1
        extra.discard(chunk.vector_id)
        if chunk.vector_id not in there:
            chunks.append(chunk)
        if len(chunks) == BATCH:
            _upsert(name, chunks)
            chunks = []
    if chunks:
        _upsert(name, chunks)
    chroma.delete(name, extra)
    return done


def _nearest(name: str, vector: Sequence[float], limit: int) -> list[tuple[str, float]] | None:
    try:
        return chroma.nearest(name, vector, limit)
    except IndexUnavailable:
        # One damaged collection fails every query of it while the server is well; the others still answer.
        chroma.is_alive()
        return None


def _stored(library: Library) -> Any:
    return (
        Chunk.objects.filter(document__library=library, fingerprint=embedding.fingerprint())
        .only("document_id", "ordinal", "vector")
        .order_by("pk")
    )


def _forget(name: str, document: Document) -> None:
    ids = chroma.ids_of(name, document.pk)
    gathered.remove(name.rpartition("-")[2], document.library_id, ids)
    chroma.delete(name, ids)


def _upsert(name: str, chunks: Sequence[Chunk]) -> None:
    chroma.upsert(
        name,
        [chunk.vector_id for chunk in chunks],
        gathered.stacked(chunks),
        [{"document": chunk.document_id.hex} for chunk in chunks],
        create=True,
    )


def _hit(vector_id: str, score: float) -> Hit:
    document, _colon, ordinal = vector_id.partition(":")
    return Hit(document_id=UUID(document), ordinal=int(ordinal), score=score)


def _name(library_id: UUID | str, fingerprint: str) -> str:
    """Made here from ids alone: no name of a collection ever comes from outside."""
    return f"library-{UUID(str(library_id)).hex}-{fingerprint}"


def _names(library_id: UUID) -> list[str]:
    return chroma.names(_name(library_id, ""))
