"""The best passages put in order once more by a model that reads question and passage together.

Off until an administrator chooses one: any `/rerank` (Jina, Cohere, vLLM, LocalAI, llama.cpp, TEI), or a cross-encoder
in the embedder's process. There is a budget of time; after it, and after any failure, the order stands as
it was. Never raises.
"""

import asyncio
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from asgiref.sync import sync_to_async

from knowledge.endpoints import EmbeddingUnavailable, async_client
from knowledge.explaining.trace import Trace
from knowledge.models import RetrievalSettings
from knowledge.ranking import Found
from webui.conf import conf
from webui.crypto import SecretUnreadable

MAX_CHARACTERS = 4000

# Servers that were found to speak Hugging Face's dialect (TEI).
_takes_texts: set[str] = set()

logger = logging.getLogger(__name__)


class RerankFailed(Exception):
    """No order was given. The text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reranker:
    """Where passages are put in order, and how long that may take."""

    url: str
    key: str
    model: str
    local: bool
    seconds: float
    candidates: int

    def request(self, question: str, texts: Sequence[str]) -> dict[str, Any]:
        documents = [text[:MAX_CHARACTERS] for text in texts]
        if self.url in _takes_texts:
            return {"query": question, "texts": documents}
        asked = {"model": self.model, "query": question, "documents": documents, "top_n": len(documents)}
        return asked | ({"seconds": self.seconds} if self.local else {"return_documents": False})


def reranker_of(chosen: RetrievalSettings) -> Reranker | None:
    """The chosen one. Raises `RerankFailed` when it cannot be asked."""
    if not chosen.reranker:
        return None
    is_local = chosen.reranker == RetrievalSettings.Reranker.LOCAL
    if is_local and not conf.embedder_url:
        raise RerankFailed("no embedder runs here")
    try:
        key = chosen.rerank_key or "none"
    except SecretUnreadable as error:
        raise RerankFailed(str(error)) from None
    return Reranker(
        url=f"{conf.embedder_url}/v1" if is_local else chosen.rerank_url,
        key="none" if is_local else key,
        model=chosen.rerank_model,
        local=is_local,
        seconds=chosen.rerank_seconds,
        candidates=chosen.rerank_candidates,
    )


async def reordered(question: str, ranked: Sequence[Found], trace: Trace | None = None) -> Sequence[Found]:
    """The first of them as the reranker sees it, the rest behind as they were."""
    chosen = RetrievalSettings.known() or await sync_to_async(RetrievalSettings.current)()
    if not chosen.reranker or len(ranked) < 2:
        return ranked
    try:
        reranker = reranker_of(chosen)
        assert reranker is not None  # noqa: S101  it is not off
        first = ranked[: reranker.candidates]
        scores = await scored(reranker, question, [found.text for found in first])
    except RerankFailed as error:
        logger.warning("The order of passages stands as it was: %s", error)
        if trace is not None:
            trace.troubles["reranking"] = str(error)
        return ranked
    if trace is not None:
        trace.reranker, trace.reranked = reranker.model or chosen.reranker, len(first)
    order = sorted(range(len(first)), key=lambda place: -scores[place])
    # What a passage's score means to others (which to leave out first) follows the new order.
    given = sorted((found.score for found in first), reverse=True)
    best = [replace(first[place], score=score) for place, score in zip(order, given, strict=True)]
    return [*best, *ranked[len(first) :]]


async def scored(reranker: Reranker, question: str, texts: Sequence[str]) -> list[float]:
    """One score a text, in order. Raises `RerankFailed`."""
    try:
        async with asyncio.timeout(reranker.seconds):
            answer = await _asked(reranker, question, texts)
    except TimeoutError:
        raise RerankFailed(f"no answer within {reranker.seconds:g} seconds") from None
    except EmbeddingUnavailable as error:
        raise RerankFailed(str(error)) from None
    try:
        return _scores(answer, len(texts))
    except (TypeError, KeyError, ValueError, AttributeError):
        raise RerankFailed("the answer was not a list of scores, one a passage") from None


async def _asked(reranker: Reranker, question: str, texts: Sequence[str]) -> Any:
    client = async_client(reranker.url, reranker.key, local=reranker.local)
    try:
        return await client.send("/rerank", reranker.request(question, texts), reranker.seconds)
    except EmbeddingUnavailable as error:
        if "texts" not in str(error) or reranker.url in _takes_texts:
            raise
    _takes_texts.add(reranker.url)
    return await client.send("/rerank", reranker.request(question, texts), reranker.seconds)


def _scores(answer: Any, count: int) -> list[float]:
    """Jina, Cohere, vLLM, LocalAI: {"results": [{"index", "relevance_score"}]}; TEI: [{"index", "score"}]."""
    rows = answer if isinstance(answer, list) else answer.get("results") or answer["data"]
    scores: dict[int, float] = {}
    for row in rows:
        value = row["relevance_score"] if "relevance_score" in row else row["score"]
        scores[int(row["index"])] = float(value)
    if sorted(scores) != list(range(count)) or not all(map(math.isfinite, scores.values())):
        raise ValueError(answer)
    return [scores[place] for place in range(count)]
