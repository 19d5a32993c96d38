"""A Chroma server and its collections: the only module that knows Chroma's client. Raises `IndexUnavailable`."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext as _

from webui.conf import conf

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

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


def names(prefix: str) -> list[str]:
    """The collections whose names begin so."""
    return [found.name for found in ask(_client().list_collections) if found.name.startswith(prefix)]


def count(name: str) -> int | None:
    """None when there is no such collection."""
    return in_collection(name, lambda collection: collection.count())


def nearest(name: str, vector: Sequence[float], limit: int) -> list[tuple[str, float]] | None:
    """Ids with their cosines, best first; None when there is no such collection."""
    answer = in_collection(
        name,
        lambda collection: collection.query(query_embeddings=[vector], n_results=limit, include=["distances"]),
    )
    if answer is None:
        return None
    distances = (answer["distances"] or [[]])[0]
    return [(found, 1.0 - float(distance)) for found, distance in zip(answer["ids"][0], distances, strict=True)]


def upsert(
    name: str, ids: Sequence[str], vectors: "NDArray[Any]", about: Sequence[dict[str, str]], *, create: bool
) -> None:
    in_collection(
        name,
        lambda collection: collection.upsert(ids=list(ids), embeddings=vectors, metadatas=list(about)),
        create=create,
    )


def ids_of(name: str, document_id: UUID) -> list[str]:
    """The ids that a collection has of a document."""
    found = in_collection(name, lambda collection: collection.get(where={"document": document_id.hex}, include=[]))
    return list(found["ids"]) if found else []


def all_ids(name: str) -> list[str]:
    """Every id of a collection; none when there is no such collection."""
    found: list[str] = []
    while page := in_collection(name, partial(_page, offset=len(found))):
        found += page
    return found


def delete(name: str, ids: Iterable[str]) -> None:
    listed = list(ids)
    for start in range(0, len(listed), BATCH):
        in_collection(name, partial(_delete_ids, ids=listed[start : start + BATCH]))


def delete_where(name: str, key: str, value: str) -> None:
    in_collection(name, lambda collection: collection.delete(where={key: value}))


def rename(name: str, new: str) -> None:
    in_collection(name, lambda collection: collection.modify(name=new))
    forget(name, new)


def forget(*names: str) -> None:
    """Look these up again: a handle goes on meaning a collection that another process has renamed."""
    for name in names:
        _handles.pop(name, None)


def drop(name: str) -> None:
    from chromadb.errors import NotFoundError

    _handles.pop(name, None)
    try:
        ask(lambda: _client().delete_collection(name))
    except NotFoundError:
        logger.info("Collection %s was gone already.", name)


def is_alive() -> None:
    """Raises `IndexUnavailable` when the server does not answer."""
    ask(_client().heartbeat)


def _page(collection: "Collection", offset: int) -> list[str]:
    return list(collection.get(limit=BATCH * 20, offset=offset, include=[])["ids"])


def _delete_ids(collection: "Collection", ids: list[str]) -> None:
    collection.delete(ids=ids)


_handles: "dict[str, Collection]" = {}


def in_collection(name: str, call: "Callable[[Collection], Answer]", *, create: bool = False) -> Answer | None:
    """`call` with the collection; None when there is none. The handle of one that was made anew is looked up again."""
    from chromadb.errors import NotFoundError

    for _attempt in range(2):
        is_new = name not in _handles
        try:
            if is_new:
                _handles[name] = ask(lambda: _open(name, create=create))
            return ask(partial(call, _handles[name]))
        except NotFoundError:
            _handles.pop(name, None)
            if is_new and not create:
                break
    return None


def _open(name: str, *, create: bool) -> "Collection":
    if not create:
        return _client().get_collection(name, embedding_function=None)
    return _client().get_or_create_collection(name, embedding_function=None, configuration={"hnsw": NEIGHBOURS})


def ask(call: Callable[[], Answer]) -> Answer:
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
    return ask(lambda: _connect(conf.chroma_url, os.getpid()))


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
