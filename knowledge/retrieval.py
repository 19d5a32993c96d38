"""A question to the passages of a person's libraries that may answer it.

Two legs run side by side: by meaning (embedding and Chroma) and by words (in the database). The words answer alone when
the other leg is down or late. What either leg names is looked up in the database again with the asking person's rights,
so that what was deleted, or never theirs, cannot come back out of an index. Raises `RetrievalError`.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import DatabaseError
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from knowledge import embedding, index, keywords, ranking, relevance
from knowledge.embedding import EmbeddingUnavailable, Vector
from knowledge.index import Hit, IndexIncomplete, IndexUnavailable
from knowledge.models import Chunk, Document, Library
from knowledge.passages import Passage, RetrievalError
from knowledge.ranking import Found
from knowledge.relevance import Ground

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from webui.accounts.models import User

VECTOR_SECONDS = 10.0
# How many of the fused are read: more than are given, since some are dropped and neighbours become one.
POOL = 24
POOL_PER_PASSAGE = 3
_neutral_vectors: dict[str, list[Vector]] = {}
# Threads of their own: a Chroma that hangs holds these, and nothing else of the process.
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="index")

logger = logging.getLogger(__name__)


async def find_passages(
    question: str, user: "User", library_ids: Sequence[UUID | str], *, limit: int = 8, characters: int = 4000
) -> list[Passage]:
    """The best passages, best first; none when nothing fits the question."""
    readable = await sync_to_async(_readable)(user, library_ids)
    if not readable or not question.strip():
        return []
    near, worded = await asyncio.gather(_by_meaning(question, readable), sync_to_async(_by_words)(question, readable))
    if near is None and worded is None:
        raise RetrievalError(_("The libraries cannot be searched now. Try again in a minute, or ask without them."))
    legs = _Legs(question=question, near=near, worded=dict(worded or []))
    return await sync_to_async(_passages)(legs, user, readable, limit, characters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """What was found by meaning, and from which nearness on it counts."""

    hits: Sequence[Hit]
    ground: Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class _Legs:
    question: str
    near: _Near | None
    worded: dict[int, float]

    @property
    def hits(self) -> Sequence[Hit]:
        return self.near.hits if self.near else ()


def _readable(user: "User", library_ids: Sequence[UUID | str]) -> list[UUID]:
    """Those of the libraries that hold something, if the person may read them all."""
    try:
        wanted = {UUID(str(library_id)) for library_id in library_ids}
    except ValueError:
        wanted = {UUID(int=0)}
    has_documents = Exists(Document.objects.filter(library=OuterRef("pk"), status=Document.Status.READY))
    libraries = dict(Library.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", has_documents))
    if wanted - libraries.keys():
        raise RetrievalError(_("One of the chosen libraries does not exist any more. Choose the libraries again."))
    return [pk for pk, has in libraries.items() if has]


async def _by_meaning(question: str, library_ids: Sequence[UUID]) -> _Near | None:
    """None when this leg is down, which is logged: the words then answer alone."""
    try:
        async with asyncio.timeout(VECTOR_SECONDS):
            vector = await embedding.embed_query(question)
            ground = relevance.ground(vector, await _neutral(len(vector)))
            return _Near(hits=await _nearest(library_ids, vector), ground=ground)
    except (EmbeddingUnavailable, IndexUnavailable) as error:
        logger.warning("Searching by words alone: %s", error)
    except TimeoutError:
        logger.warning("Searching by words alone: no vectors within %.0f seconds.", VECTOR_SECONDS)
    return None


async def _nearest(library_ids: Sequence[UUID], vector: Vector) -> Sequence[Hit]:
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_threads, index.search, library_ids, vector, ranking.CANDIDATES)
    except IndexIncomplete as error:
        logger.warning("Libraries without vectors, to be rebuilt: %s", ", ".join(map(str, error.libraries)))
        if not error.hits:
            raise
        return error.hits


async def _neutral(width: int) -> list[Vector]:
    """The vectors of the neutral texts, made once for each model."""
    fingerprint = embedding.fingerprint(width)
    if fingerprint not in _neutral_vectors:
        _neutral_vectors[fingerprint] = await embedding.aembed_passages(relevance.NEUTRAL)
    return _neutral_vectors[fingerprint]


def _by_words(question: str, library_ids: Sequence[UUID]) -> list[tuple[int, float]] | None:
    try:
        return keywords.search(library_ids, question, ranking.CANDIDATES)
    except DatabaseError:
        logger.exception("The keyword index failed.")
        return None


def _passages(legs: _Legs, user: "User", readable: Sequence[UUID], limit: int, characters: int) -> list[Passage]:
    allowed = Chunk.objects.filter(
        document__status=Document.Status.READY,
        document__library__in=Library.objects.visible_to(user).filter(pk__in=readable),
    )
    cosines, worded = _still_there(allowed, legs)
    chunks = _loaded(allowed, list(worded)[: ranking.COVERING])
    coverage = ranking.coverage(legs.question, map(keywords.indexed_text, chunks.values()))
    scores = ranking.fuse(cosines, worded, coverage)
    best = list(scores)[: max(POOL, POOL_PER_PASSAGE * limit)]
    chunks |= _loaded(allowed, [pk for pk in best if pk not in chunks])
    texts = {pk: keywords.indexed_text(chunks[pk]) for pk in best if pk in chunks}
    kept = relevance.relevant(legs.question, texts, cosines, legs.near.ground if legs.near else None)
    ranked = [_found(chunks[pk], scores[pk]) for pk in kept]
    return [_passage(chunks, found) for found in ranking.select(ranked, limit=limit, characters=characters)]


def _still_there(allowed: "QuerySet[Chunk]", legs: _Legs) -> tuple[dict[int, float], dict[int, float]]:
    """Both legs' scores by chunk, for the chunks that the database still has and this person may read."""
    # Pairs of each document with each place: more rows than hits, but one look into the index each.
    wanted = Q(pk__in=list(legs.worded)) | Q(
        document_id__in={hit.document_id for hit in legs.hits}, ordinal__in={hit.ordinal for hit in legs.hits}
    )
    found = {
        (document_id, ordinal): pk
        for pk, document_id, ordinal in allowed.filter(wanted).order_by().values_list("pk", "document_id", "ordinal")
    }
    there = set(found.values())
    cosines = {
        found[hit.document_id, hit.ordinal]: hit.score for hit in legs.hits if (hit.document_id, hit.ordinal) in found
    }
    return cosines, {pk: score for pk, score in legs.worded.items() if pk in there}


def _loaded(allowed: "QuerySet[Chunk]", pks: Sequence[int]) -> dict[int, Chunk]:
    chunks = allowed.filter(pk__in=pks).select_related("document").defer("vector").order_by()
    return {chunk.pk: chunk for chunk in chunks}


def _found(chunk: Chunk, score: float) -> Found:
    return Found(
        chunk_id=chunk.pk,
        document_id=str(chunk.document_id),
        heading=chunk.heading,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        score=score,
    )


def _passage(chunks: dict[int, Chunk], found: Found) -> Passage:
    chunk = chunks[found.chunk_id]
    return Passage(
        text=found.text,
        title=chunk.document.name,
        score=round(found.score, 4),
        url=chunk.document.url,
        document_id=found.document_id,
        document_name=chunk.document.name,
        library_id=str(chunk.document.library_id),
        page=chunk.page,
        heading=chunk.heading,
        chunk_id=chunk.pk,
    )
