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
from django.utils.translation import gettext as _

from knowledge import candidates, embedding, index, judging, keywords, mending, ranking, relevance, reranking
from knowledge.embedding import EmbeddingUnavailable, Endpoint, Vector
from knowledge.explaining.trace import Trace, timed
from knowledge.index import Hit, IndexIncomplete, IndexUnavailable
from knowledge.judging import Leg, Near
from knowledge.passages import Passage, RetrievalError
from knowledge.ranking import Found
from knowledge.serving import in_one_generation

if TYPE_CHECKING:
    from webui.accounts.models import User

VECTOR_SECONDS = 10.0
LIMIT, CHARACTERS = 12, 4000
_neutral_vectors: dict[str, list[Vector]] = {}
# Threads of their own: a Chroma that hangs holds these, and nothing else of the process.
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="index")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Something to look for. `worth` is what its findings count beside those of others: 1, or less when doubtful."""

    text: str
    worth: float = 1.0


@in_one_generation
async def find_passages(
    question: str,
    user: "User",
    library_ids: Sequence[UUID | str],
    *,
    also: Sequence[Query] = (),
    worth: float = 1.0,
    limit: int = LIMIT,
    characters: int = CHARACTERS,
    trace: Trace | None = None,
) -> list[Passage]:
    """The best passages, best first; none when nothing fits the question.

    `also` are the same question in other words or another language: a passage counts as the one that it fits best says.
    `worth` is what the question itself counts beside these. `trace`, when given, is told of every step.
    """
    readable = await sync_to_async(_readable)(user, library_ids)
    if trace is not None:
        trace.readable = readable
    if not readable or not question.strip():
        return []
    asked = [Query(text=question, worth=worth), *(query for query in also if query.text.strip())]
    legs = await asyncio.gather(*(_leg(query, readable, trace) for query in asked))
    if all(leg.near is None and leg.worded is None for leg in legs):
        raise RetrievalError(_("The libraries cannot be searched now. Try again in a minute, or ask without them."))
    with timed(trace, "judging"):
        found = await sync_to_async(judging.ranked)(legs, user, readable, ranking.JUDGED, trace)
    best = max(asked, key=lambda query: query.worth)
    with timed(trace, "reranking"):
        order = await reranking.reordered(best.text, found.ranked, trace)
    with timed(trace, "packing"):
        return await sync_to_async(judging.packed)(found, order, limit=limit, characters=characters, trace=trace)


def _readable(user: "User", library_ids: Sequence[UUID | str]) -> list[UUID]:
    """Those of the libraries that hold something, if the person may read them all."""
    try:
        wanted = {library if isinstance(library, UUID) else UUID(library) for library in library_ids}
    except ValueError:
        wanted = {UUID(int=0)}
    libraries = candidates.readable(user, wanted)
    if wanted - libraries.keys():
        raise RetrievalError(_("One of the chosen libraries does not exist any more. Choose the libraries again."))
    return [pk for pk, has in libraries.items() if has]


async def _leg(query: Query, readable: Sequence[UUID], trace: Trace | None) -> Leg:
    near, worded = await asyncio.gather(
        _by_meaning(query.text, readable, trace), sync_to_async(_by_words)(query.text, readable, trace)
    )
    weights, hits = worded or ({}, None)
    return Leg(
        question=query.text,
        worth=query.worth,
        weights=weights,
        near=near,
        worded=None if hits is None else dict(hits),
    )


async def _by_meaning(question: str, library_ids: Sequence[UUID], trace: Trace | None) -> Near | None:
    """None when this leg is down, which is logged: the words then answer alone."""
    try:
        async with asyncio.timeout(VECTOR_SECONDS):
            source = await embedding.aendpoint()
            with timed(trace, "embedding", question):
                vector = await embedding.embed_query(question, source)
            if trace is not None:
                trace.vectors[question] = vector
            ground = relevance.ground(vector, await _neutral(source, len(vector)))
            with timed(trace, "meaning", question):
                return Near(hits=await _nearest(library_ids, vector, source, trace), ground=ground)
    except (EmbeddingUnavailable, IndexUnavailable) as error:
        logger.warning("Searching by words alone: %s", error)
        problem = str(error)
    except TimeoutError:
        logger.warning("Searching by words alone: no vectors within %.0f seconds.", VECTOR_SECONDS)
        problem = _("No vectors came within %(seconds)d seconds.") % {"seconds": VECTOR_SECONDS}
    if trace is not None:
        trace.troubles["meaning"] = problem
    return None


async def _nearest(library_ids: Sequence[UUID], vector: Vector, source: Endpoint, trace: Trace | None) -> Sequence[Hit]:
    loop = asyncio.get_running_loop()
    fingerprint = embedding.fingerprint(len(vector), source)
    try:
        return await loop.run_in_executor(_threads, index.search, library_ids, vector, ranking.CANDIDATES, fingerprint)
    except IndexIncomplete as error:
        logger.warning("Libraries without vectors, to be rebuilt: %s", ", ".join(map(str, error.libraries)))
        await sync_to_async(mending.noticed)(error.libraries)
        if trace is not None:
            trace.without_vectors = error.libraries
        if not error.hits:
            raise
        return error.hits


async def _neutral(source: Endpoint, width: int) -> list[Vector]:
    """The vectors of the neutral texts, of length one, made once for each model."""
    fingerprint = embedding.fingerprint(width, source)
    if fingerprint not in _neutral_vectors:
        vectors = await embedding.aembed_passages(relevance.NEUTRAL, source)
        _neutral_vectors[fingerprint] = [relevance.unit(vector) for vector in vectors]
    return _neutral_vectors[fingerprint]


def _by_words(
    question: str, library_ids: Sequence[UUID], trace: Trace | None
) -> tuple[dict[str, float], list[tuple[int, float]]] | None:
    try:
        with timed(trace, "words", question):
            weights = keywords.rarity(question)
            return weights, keywords.search(library_ids, question, ranking.CANDIDATES, weights)
    except DatabaseError:
        logger.exception("The keyword index failed.")
        if trace is not None:
            trace.troubles["words"] = _("The index of words failed. The server's log says why.")
        return None


__all__ = ["Found", "Query", "find_passages"]
