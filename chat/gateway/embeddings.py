"""POST /v1/embeddings: vectors of the libraries' own model, or of an embedding model that the person may use."""

import asyncio
import base64
import struct
from collections.abc import Sequence
from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest
from ninja import Router

from chat.database import in_database
from chat.gateway import errors
from chat.gateway.callers import Caller, caller_of
from chat.gateway.errors import ApiProblem
from chat.gateway.schemas import Embedding, embedding_in
from chat.prompt import estimate_tokens
from providers import budgets, counting, vectors
from providers.access import models_for
from providers.base import ProviderError
from providers.budgets import Claim, OverBudget
from providers.models import Model, Usage

router = Router(tags=["openai"])
AT_ONCE = 8
# Written into programs that know OpenAI's models alone; what was used is told in the answer.
HABITS = {"", "any", "default", "text-embedding-ada-002", "text-embedding-3-small", "text-embedding-3-large"}


@router.post("/embeddings")
async def embed(request: HttpRequest) -> dict[str, Any]:
    wish, caller = embedding_in(request), caller_of(request)
    estimate = sum(map(estimate_tokens, wish.texts))
    model, name, claim = await database_sync_to_async(_ordered)(caller, wish, estimate)
    tokens = 0
    try:
        if model is None:
            rows, tokens = await _of_libraries(wish), estimate
        else:
            made = await vectors.embed(model, wish.texts, dimensions=wish.dimensions)
            rows, tokens = made.rows, made.tokens or estimate
    except ProviderError as failure:
        raise errors.of_failure(failure.code, str(failure)) from None
    finally:
        await _settle(caller, claim, name, tokens)
    data = [
        {"object": "embedding", "index": place, "embedding": _encoded(row, wish.encoding_format)}
        for place, row in enumerate(rows)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": name, "usage": usage}


def library_model() -> str:
    """The model that libraries are embedded with, '' when none runs."""
    from knowledge import embedding

    try:
        return embedding.endpoint().model
    except embedding.EmbeddingUnavailable:
        return ""


def _ordered(caller: Caller, wish: Embedding, estimate: int) -> tuple[Model | None, str, Claim | None]:
    """The model, None for that of the libraries, its name, and what is held of the limits."""
    model = _model(caller, wish.model)
    if model is None and wish.dimensions is not None:
        sentence = "The libraries' embedding model has one width: leave `dimensions` out."
        raise ApiProblem(sentence, code="bad_request", status=400, param="dimensions")
    try:
        claim = budgets.claim(caller.user, estimate=estimate, key=caller.key)
    except OverBudget as refusal:
        raise errors.of_limit(refusal) from None
    return model, model.public_id if model else library_model(), claim


def _model(caller: Caller, name: str) -> Model | None:
    found = models_for(caller.user, Model.Kind.EMBEDDING).filter(public_id=name).first()
    if found is not None and caller.may_name(name):
        return found
    if name in HABITS or name == library_model():
        return None
    sentence = f"The embedding model “{name[:100]}” does not exist here or you may not use it. See GET /v1/models."
    raise ApiProblem(sentence, code="model_not_found", status=404, param="model")


async def _of_libraries(wish: Embedding) -> Sequence[Sequence[float]]:
    from knowledge import embedding

    try:
        if wish.input_type == "query":
            return await _questions(wish.texts)
        return await embedding.aembed_passages(wish.texts)
    except embedding.EmbeddingUnavailable as failure:
        raise ApiProblem(str(failure), code="overloaded", status=503) from None


async def _questions(texts: Sequence[str]) -> list[Sequence[float]]:
    """Some at a time, so that people's questions come in between."""
    from knowledge import embedding

    rows: list[Sequence[float]] = []
    for start in range(0, len(texts), AT_ONCE):
        rows += await asyncio.gather(*map(embedding.embed_query, texts[start : start + AT_ONCE]))
    return rows


async def _settle(caller: Caller, claim: Claim | None, name: str, tokens: int) -> None:
    if tokens:
        counting.count(caller.user.pk, name, Usage.Purpose.EMBEDDING, prompt=tokens, completion=0, key=caller.key_id)
    if claim is not None:
        await in_database(budgets.settle, claim, tokens, 0)


def _encoded(row: Sequence[float], encoding: str) -> str | list[float]:
    if encoding == "float":
        return list(row)
    return base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode()
