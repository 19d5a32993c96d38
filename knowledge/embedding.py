"""Text to vectors, through one client: the local embedder process, an OpenAI-compatible server or Ollama.

Which one, an administrator chooses; until then the environment says. Raises `EmbeddingUnavailable`. A vector that is
missing, of another width, zero or not a number is refused here, so that the index never holds one.
"""

import base64
import hashlib
import math
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from asgiref.sync import sync_to_async
from django.utils.translation import gettext as _

from knowledge.embedder.prompts import PACKAGED, Prompts
from knowledge.endpoints import BATCH_SECONDS, EmbeddingUnavailable, Endpoint, async_client, client
from knowledge.models import RetrievalSettings
from webui.conf import conf
from webui.crypto import SecretUnreadable

__all__ = ["EmbeddingUnavailable", "Endpoint"]

Vector = list[float]

PACKAGED_DIMENSIONS = 384
QUESTION_SECONDS = 8.0
BATCH = 16


def endpoint() -> Endpoint:
    """The chosen one, or `EmbeddingUnavailable` when there is none."""
    return endpoint_of(RetrievalSettings.current())


async def aendpoint() -> Endpoint:
    """The same on an event loop."""
    return endpoint_of(RetrievalSettings.known() or await sync_to_async(RetrievalSettings.current)())


def endpoint_of(chosen: RetrievalSettings) -> Endpoint:
    return replace(_chosen(chosen), generation=chosen.generation)


def _chosen(chosen: RetrievalSettings) -> Endpoint:
    match chosen.embedding:
        case RetrievalSettings.Source.LOCAL:
            return _local(chosen.embedding_model, chosen.embedding_width or 0)
        case RetrievalSettings.Source.OPENAI:
            return _remote(chosen, "openai")
        case RetrievalSettings.Source.OLLAMA:
            return _remote(chosen, "ollama")
    if conf.embedding_base_url:
        return Endpoint(
            url=conf.embedding_base_url,
            key=conf.embedding_api_key or "none",
            model=conf.embedding_model or "default",
            local=False,
        )
    return _local(conf.embedding_model)


async def embed_query(text: str, source: Endpoint | None = None) -> Vector:
    """The vector of a question."""
    source = source or await aendpoint()
    asked = async_client(source.url, source.key, local=source.local)
    return checked(source, await asked.send(source.path, source.request([text], "query"), QUESTION_SECONDS), 1)[0]


def embed_passages(texts: Sequence[str], source: Endpoint | None = None) -> list[Vector]:
    """One vector a text, in order; many texts go in small batches, so that questions are answered in between."""
    source = source or endpoint()
    asked = client(source.url, source.key, local=source.local)
    return [
        vector
        for batch in _batches(texts)
        for vector in checked(source, asked.send(source.path, source.request(batch, "passage")), len(batch))
    ]


async def aembed_passages(texts: Sequence[str], source: Endpoint | None = None) -> list[Vector]:
    """`embed_passages` for code on the event loop."""
    source = source or await aendpoint()
    asked = async_client(source.url, source.key, local=source.local)
    vectors: list[Vector] = []
    for batch in _batches(texts):
        answer = await asked.send(source.path, source.request(batch, "passage"), BATCH_SECONDS)
        vectors += checked(source, answer, len(batch))
    return vectors


def fingerprint(dimensions: int = 0, source: Endpoint | None = None) -> str:
    """16 characters that change whenever stored vectors and new questions would no longer fit together.

    Give the width when a vector is at hand; otherwise an unknown model is asked once for it.
    """
    source = source or _present()
    model, prompts = source.model, source.prompts
    width = dimensions or source.width or _known.get(model) or _width(model, source)
    later = [str(source.generation)] if source.generation > 1 else []
    named = "\n".join((model, str(width), prompts.query, prompts.passage, *later))
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def pack(vector: Sequence[float]) -> bytes:
    """As `Chunk.vector` keeps it: float32, little endian."""
    return _little_endian(array("f", vector)).tobytes()


def unpack(stored: bytes) -> Vector:
    values = array("f")
    values.frombytes(stored)
    return _little_endian(values).tolist()


_known: dict[str, int] = {PACKAGED: PACKAGED_DIMENSIONS}


def _local(model: str, width: int = 0) -> Endpoint:
    if not conf.embedder_url:
        raise EmbeddingUnavailable(
            _("No embedding model is running. Start the server with “manage.py up”, or set EMBEDDING_BASE_URL.")
        )
    return Endpoint(url=f"{conf.embedder_url}/v1", key="none", model=model or PACKAGED, local=True, width=width)


def _remote(chosen: RetrievalSettings, kind: Any) -> Endpoint:
    try:
        key = chosen.embedding_key
    except SecretUnreadable as error:
        raise EmbeddingUnavailable(str(error)) from None
    given = Prompts(chosen.query_prompt, chosen.passage_prompt)
    return Endpoint(
        url=chosen.embedding_url,
        key=key or "none",
        model=chosen.embedding_model,
        local=False,
        kind=kind,
        given=given if given.query or given.passage else None,
        width=chosen.embedding_width or 0,
    )


def _present() -> Endpoint:
    """Known without a server: what is stored can be told apart while none runs."""
    try:
        return endpoint()
    except EmbeddingUnavailable:
        chosen = RetrievalSettings.current()
        model = chosen.embedding_model if chosen.embedding else conf.embedding_model
        width = chosen.embedding_width or 0 if chosen.embedding else 0
        # A local model's own prompts are the embedder's; its name stands for them.
        given = Prompts(chosen.query_prompt, chosen.passage_prompt)
        return Endpoint(
            url="", key="", model=model or PACKAGED, local=True, width=width, generation=chosen.generation,
            given=given if given.query or given.passage else None,
        )  # fmt: skip


def _width(model: str, source: Endpoint | None) -> int:
    _known[model] = len(embed_passages(["width"], source)[0])
    return _known[model]


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]


def checked(source: Endpoint, answer: Any, count: int) -> list[Vector]:
    """The vectors of an answer in the order of the texts, each of them usable, or `EmbeddingUnavailable`."""
    try:
        vectors = [_vector(row) for row in source.rows(answer)]
    except (TypeError, KeyError, ValueError):
        raise EmbeddingUnavailable(_("The embedding server's answer was not a list of vectors."), "address") from None
    if len(vectors) != count:
        raise EmbeddingUnavailable(
            _("The embedding server gave %(given)d vectors for %(asked)d texts.")
            % {"given": len(vectors), "asked": count}
        )
    if len({len(vector) for vector in vectors}) != 1:
        raise EmbeddingUnavailable(_("The embedding server gave vectors of different widths."))
    for vector in vectors:
        length = math.hypot(*vector)
        if not math.isfinite(length) or length == 0:
            raise EmbeddingUnavailable(_("The embedding server gave a vector that is zero or not a number."), "model")
    if source.width and len(vectors[0]) != source.width:
        sentence = _("The embedding model gives %(now)d numbers a text now and not %(before)d as when it was chosen.")
        raise EmbeddingUnavailable(sentence % {"now": len(vectors[0]), "before": source.width}, "model")
    return vectors


def _vector(value: object) -> Vector:
    if isinstance(value, str):
        return unpack(base64.b64decode(value, validate=True))
    if isinstance(value, list) and value:
        return [float(number) for number in value]
    raise ValueError


def _little_endian(values: "array[float]") -> "array[float]":
    if sys.byteorder == "big":
        values.byteswap()
    return values
