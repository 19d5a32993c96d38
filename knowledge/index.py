"""The vectors in Chroma: the only module that knows it, and always as a client of a server.

Chroma is derived. Ids are made from a chunk's place, texts stay in our database, and `rebuild` fills a collection from
the vectors stored there. One collection a library, named from the library and the embedding model's fingerprint, so
that vectors of two models never meet. Raises `IndexUnavailable`.
"""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext as _

from knowledge import embedding
from knowledge.models import Chunk, Document, Library
from webui.conf import conf

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

BATCH = 500
SECONDS = 30.0
# Chroma's defaults (100, 100, 16) miss the very nearest of 2,000 chunks once in 200 questions; these miss none, for
# half a millisecond more.
NEIGHBOURS: Any = {"space": "cosine", "ef_search": 400, "ef_construction": 200, "max_neighbors": 32}
Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)


class IndexUnavailable(Exception):
    """The vector index does not answer. The text is a sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """`document_id` and `ordinal` name a chunk; `score` is the cosine, 1 for the same direction."""

    document_id: UUID
    ordinal: int
    score: float


class IndexIncomplete(IndexUnavailable):
    """Libraries that should have vectors have none; `rebuild` fills them again. `hits` are what the others gave."""

    def __init__(self, libraries: Sequence[UUID], hits: Sequence[Hit]) -> None:
        super().__init__(_("The vector index has lost a library. It can be filled again from the database."))
        self.libraries = libraries
        self.hits = hits


def replace_document(document: Document, chunks: Sequence[Chunk]) -> None:
    """The vectors of a document, in place of those it had."""
    name = _name(document.library_id, embedding.fingerprint())
    # Chroma has no transactions: delete first, so that a crash leaves too little rather than two versions.
    _in_collection(name, lambda collection: _delete(collection, document.pk), create=True)
    for start in range(0, len(chunks), BATCH):
        _upsert(name, chunks[start : start + BATCH])


def remove_document(document: Document) -> None:
    for name in _names(document.library_id):
        _in_collection(name, lambda collection: _delete(collection, document.pk))


def remove_library(library: Library) -> None:
    """Every collection of a library, of whichever model."""
    for name in _names(library.pk):
        _drop(name)


def search(library_ids: Sequence[UUID | str], vector: Sequence[float], limit: int, fingerprint: str = "") -> list[Hit]:
    """The nearest chunks of these libraries, best first. Ask only for libraries that have vectors in the database."""
    fingerprint = fingerprint or embedding.fingerprint(len(vector))
    hits: list[Hit] = []
    lost: list[UUID] = []
    for library_id in library_ids:
        found = _nearest(_name(library_id, fingerprint), vector, limit)
        hits += found
        if not found:
            lost.append(UUID(str(library_id)))
    hits = sorted(hits, key=lambda hit: -hit.score)[:limit]
    if lost:
        raise IndexIncomplete(lost, hits)
    return hits


def count(library: Library) -> int:
    """Vectors of the present model."""
    return _in_collection(_name(library.pk, embedding.fingerprint()), lambda collection: collection.count()) or 0


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
        # A damaged collection fails every query while the server is well; a server that is down fails here too.
        _ask(_client().heartbeat)
        return False


def rebuild(library: Library) -> int:
    """Make a library's collection anew from the vectors in the database; gives their number.

    Collections that another model left behind go once the new one is complete.
    """
    name = _name(library.pk, embedding.fingerprint())
    _drop(name)
    done = 0
    chunks: list[Chunk] = []
    for chunk in _stored(library).iterator(chunk_size=BATCH):
        chunks.append(chunk)
        if len(chunks) == BATCH:
            _upsert(name, chunks)
            done += len(chunks)
            chunks = []
    if chunks:
        _upsert(name, chunks)
    for other in set(_names(library.pk)) - {name}:
        _drop(other)
    return done + len(chunks)


def _stored(library: Library) -> Any:
    return (
        Chunk.objects.filter(document__library=library, fingerprint=embedding.fingerprint(), vector__isnull=False)
        .only("document_id", "ordinal", "vector")
        .order_by("pk")
    )


def _delete(collection: "Collection", document_id: UUID) -> None:
    collection.delete(where={"document": document_id.hex})


def _upsert(name: str, chunks: Sequence[Chunk]) -> None:
    import numpy as np

    vectors = np.stack([np.frombuffer(bytes(chunk.vector or b""), "<f4") for chunk in chunks])
    _in_collection(
        name,
        lambda collection: collection.upsert(
            ids=[chunk.vector_id for chunk in chunks],
            embeddings=vectors,
            metadatas=[{"document": chunk.document_id.hex} for chunk in chunks],
        ),
        create=True,
    )


def _nearest(name: str, vector: Sequence[float], limit: int) -> list[Hit]:
    answer = _in_collection(
        name,
        lambda collection: collection.query(query_embeddings=[vector], n_results=limit, include=["distances"]),
    )
    if not answer:
        return []
    return [
        Hit(document_id=UUID(document), ordinal=int(ordinal), score=1.0 - float(distance))
        for (document, _colon, ordinal), distance in zip(
            (vector_id.partition(":") for vector_id in answer["ids"][0]), (answer["distances"] or [[]])[0], strict=True
        )
    ]


def _name(library_id: UUID | str, fingerprint: str) -> str:
    """Made here from ids alone: no name of a collection ever comes from outside."""
    return f"library-{UUID(str(library_id)).hex}-{fingerprint}"


def _names(library_id: UUID) -> list[str]:
    prefix = _name(library_id, "")
    return [found.name for found in _ask(_client().list_collections) if found.name.startswith(prefix)]


_handles: "dict[str, Collection]" = {}


def _in_collection(name: str, call: "Callable[[Collection], Answer]", *, create: bool = False) -> Answer | None:
    """`call` with the collection; None when there is none. The handle of one that was made anew is looked up again."""
    from chromadb.errors import NotFoundError

    for _attempt in range(2):
        try:
            if name not in _handles:
                _handles[name] = _ask(lambda: _open(name, create=create))
            return _ask(partial(call, _handles[name]))
        except NotFoundError:
            _handles.pop(name, None)
    return None


def _open(name: str, *, create: bool) -> "Collection":
    if not create:
        return _client().get_collection(name, embedding_function=None)
    return _client().get_or_create_collection(name, embedding_function=None, configuration={"hnsw": NEIGHBOURS})


def _drop(name: str) -> None:
    from chromadb.errors import NotFoundError

    _handles.pop(name, None)
    try:
        _ask(lambda: _client().delete_collection(name))
    except NotFoundError:
        logger.info("Collection %s was gone already.", name)


def _ask(call: Callable[[], Answer]) -> Answer:
    """Chroma's answer. "Not found" stays what it is; everything else is one error."""
    from chromadb.errors import NotFoundError

    try:
        return call()
    except (NotFoundError, IndexUnavailable):
        raise
    except Exception as error:  # Chroma's client raises bare Exceptions beside its own and httpx's
        logger.warning("Chroma failed: %s: %s", type(error).__name__, str(error)[:300])
        raise IndexUnavailable(_("The vector index does not answer. An administrator can start it again.")) from error


def _client() -> "ClientAPI":
    if not conf.chroma_url:
        raise IndexUnavailable(
            _("No vector index is running. Start the server with “manage.py up”, or set CHROMA_URL.")
        )
    return _ask(lambda: _connect(conf.chroma_url, os.getpid()))


@lru_cache(maxsize=2)
def _connect(url: str, _process: int) -> "ClientAPI":
    """One a process: a connection that crosses a fork is shared by two readers."""
    import chromadb

    parts = urlsplit(url)
    is_https = parts.scheme == "https"
    client = chromadb.HttpClient(
        host=str(parts.hostname),
        port=parts.port or (443 if is_https else 80),
        ssl=is_https,
        settings=chromadb.Settings(anonymized_telemetry=False),
    )
    # Its session has no time limit and no option for one: a server that hangs would hold a worker for ever.
    session = getattr(getattr(client, "_server", None), "_session", None)
    if session is not None:
        session.timeout = SECONDS
    return client
