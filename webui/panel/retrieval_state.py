"""What the libraries hold: passages, vectors of the present model and of others, and how many the index has of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from knowledge import embedding
from knowledge.embedding import EmbeddingUnavailable
from knowledge.index_state import IndexState, index_state
from knowledge.models import Chunk, Document, Library
from webui.conf import conf
from webui.panel.health_probes import ALONE, Silent, document

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A library. `indexed` is None where nobody could tell."""

    library_id: UUID
    name: str
    owner: str
    passages: int
    present: int
    others: int
    indexed: int | None

    @property
    def missing(self) -> int:
        return self.passages - self.present

    @property
    def is_whole(self) -> bool:
        return self.missing == 0 and self.indexed in (None, self.present)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """`shown` are the libraries that are not whole, then the largest; `hidden` says how many more there are."""

    shown: tuple[Held, ...]
    hidden: int
    passages: int
    present: int
    others: int
    index_answers: bool

    @property
    def is_whole(self) -> bool:
        return all(held.is_whole for held in self.shown)


def holdings() -> Holdings:
    fingerprint = _fingerprint()
    state = _index()
    counted = (
        Chunk.objects.filter(document__status=Document.Status.READY)
        .values("document__library_id")
        .annotate(
            passages=Count("pk"),
            present=Count("pk", filter=Q(fingerprint=fingerprint)),
            others=Count("pk", filter=~Q(fingerprint__in=[fingerprint, ""])),
        )
        .order_by()
    )
    counts = {row["document__library_id"]: row for row in counted}
    libraries = Library.objects.filter(pk__in=counts).select_related("owner")
    held = [_held(library, counts[library.pk], fingerprint, state) for library in libraries]
    held.sort(key=lambda one: (one.is_whole, -one.passages, one.name))
    return Holdings(
        shown=tuple(held[:MOST_SHOWN]),
        hidden=max(len(held) - MOST_SHOWN, 0),
        passages=sum(one.passages for one in held),
        present=sum(one.present for one in held),
        others=sum(one.others for one in held),
        index_answers=state is not None,
    )


def _held(library: Library, row: Mapping[str, Any], fingerprint: str, state: IndexState | None) -> Held:
    name = f"library-{library.pk.hex}-{fingerprint}"
    indexed = state.counts.get(name, 0) if state is not None and state.vectors is not None else None
    return Held(
        library_id=library.pk,
        name=library.name,
        owner=library.owner.email,
        passages=row["passages"],
        present=row["present"],
        others=row["others"],
        indexed=indexed,
    )


def _fingerprint() -> str:
    """That of the present model; one that fits nothing while it cannot be told."""
    try:
        return embedding.fingerprint()
    except EmbeddingUnavailable:
        return "?"


def _index() -> IndexState | None:
    if not conf.chroma_url:
        return None
    try:
        return index_state(conf.chroma_url, document, seconds=ALONE)
    except Silent:
        return None
