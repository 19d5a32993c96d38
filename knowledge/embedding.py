"""Text to vectors, through one client: the local embedder process or any OpenAI-compatible endpoint.

Raises `EmbeddingUnavailable`. A vector that is missing, of another width, zero or not a number is refused here, so that
the index never holds one.
"""

import asyncio
import base64
import hashlib
import math
import os
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.utils.translation import gettext as _

from knowledge.embedder.prompts import InputType, Prompts, prompts_for
from webui.conf import conf

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

Vector = list[float]

PACKAGED = "multilingual-e5-small"
PACKAGED_DIMENSIONS = 384
QUESTION_SECONDS = 8.0
BATCH_SECONDS = 120.0
BATCH = 16
# OpenAI's own limit is 8,191 tokens a text; a chunk never comes near it.
MAX_CHARACTERS = 8000


class EmbeddingUnavailable(Exception):
    """No vectors now. The text is a sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where vectors come from. The local embedder puts the prompts in itself: it knows the model's own."""

    url: str
    key: str
    model: str
    local: bool

    @property
    def prompts(self) -> Prompts:
        return prompts_for(self.model)

    def request(self, texts: Sequence[str], input_type: InputType) -> dict[str, Any]:
        if self.local:
            return {
                "model": self.model,
                "input": [text[:MAX_CHARACTERS] for text in texts],
                "input_type": input_type,
                "encoding_format": "base64",
            }
        prompt = self.prompts.before(input_type)
        return {"model": self.model, "input": [prompt + text[:MAX_CHARACTERS] for text in texts]}


def endpoint() -> Endpoint:
    """The configured one, or `EmbeddingUnavailable` when there is none."""
    if conf.embedding_base_url:
        return Endpoint(
            url=conf.embedding_base_url,
            key=conf.embedding_api_key or "none",
            model=conf.embedding_model or "default",
            local=False,
        )
    if not conf.embedder_url:
        raise EmbeddingUnavailable(
            _("No embedding model is running. Start the server with “manage.py up”, or set EMBEDDING_BASE_URL.")
        )
    return Endpoint(url=f"{conf.embedder_url}/v1", key="none", model=conf.embedding_model or PACKAGED, local=True)


async def embed_query(text: str) -> Vector:
    """The vector of a question."""
    source = endpoint()
    answer = await _async_client(source).send(source.request([text], "query"), QUESTION_SECONDS)
    return _vectors(answer, 1)[0]


def embed_passages(texts: Sequence[str]) -> list[Vector]:
    """One vector a text, in order; many texts go in small batches, so that questions are answered in between."""
    source = endpoint()
    client = _client(source, os.getpid())
    return [
        vector
        for batch in _batches(texts)
        for vector in _vectors(client.send(source.request(batch, "passage")), len(batch))
    ]


async def aembed_passages(texts: Sequence[str]) -> list[Vector]:
    """`embed_passages` for code on the event loop."""
    source = endpoint()
    client = _async_client(source)
    vectors: list[Vector] = []
    for batch in _batches(texts):
        vectors += _vectors(await client.send(source.request(batch, "passage"), BATCH_SECONDS), len(batch))
    return vectors


def fingerprint(dimensions: int = 0) -> str:
    """16 characters that change whenever stored vectors and new questions would no longer fit together.

    Give the width when a vector is at hand; otherwise an unknown model is asked once for it.
    """
    model = conf.embedding_model or ("default" if conf.embedding_base_url else PACKAGED)
    width = dimensions or _known.get(model) or _width(model)
    prompts = prompts_for(model)
    named = "\n".join((model, str(width), prompts.query, prompts.passage))
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def pack(vector: Sequence[float]) -> bytes:
    """As `Chunk.vector` keeps it: float32, little endian."""
    return _little_endian(array("f", vector)).tobytes()


def unpack(stored: bytes) -> Vector:
    values = array("f")
    values.frombytes(stored)
    return _little_endian(values).tolist()


_known: dict[str, int] = {PACKAGED: PACKAGED_DIMENSIONS}


def _width(model: str) -> int:
    _known[model] = len(embed_passages(["width"])[0])
    return _known[model]


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]


def _vectors(answer: Any, count: int) -> list[Vector]:
    """The vectors of an answer in the order of the texts, each of them usable, or `EmbeddingUnavailable`."""
    try:
        rows = sorted(answer["data"], key=lambda row: row["index"])
        vectors = [_vector(row["embedding"]) for row in rows]
    except (TypeError, KeyError, ValueError):
        raise EmbeddingUnavailable(_("The embedding server's answer was not a list of vectors.")) from None
    if len(vectors) != count:
        raise EmbeddingUnavailable(
            _("The embedding server gave %(given)d vectors for %(asked)d texts.")
            % {"given": len(vectors), "asked": count}
        )
    if len({len(vector) for vector in vectors}) != 1:
        raise EmbeddingUnavailable(_("The embedding server gave vectors of different widths."))
    for vector in vectors:
        length = math.sqrt(sum(value * value for value in vector))
        if not math.isfinite(length) or length == 0:
            raise EmbeddingUnavailable(_("The embedding server gave a vector that is zero or not a number."))
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


class _Client:
    """The openai client, asked for plain objects: its typed answers cost more than the rest of the call."""

    def __init__(self, source: Endpoint) -> None:
        import openai

        # A proxy for the outside world must not see, or break, what stays on this machine.
        http = openai.DefaultHttpxClient(follow_redirects=False, trust_env=not source.local)
        self._openai: OpenAI = openai.OpenAI(base_url=source.url, api_key=source.key, max_retries=2, http_client=http)

    def send(self, request: dict[str, Any]) -> Any:
        import openai

        try:
            return self._openai.post("/embeddings", cast_to=object, body=request, options={"timeout": BATCH_SECONDS})
        except openai.OpenAIError as error:
            raise _told(error) from error


class _AsyncClient:
    """The same on an event loop, without retries: a person is waiting, and the keyword leg answers alone."""

    def __init__(self, source: Endpoint) -> None:
        import openai

        http = openai.DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not source.local)
        self._openai: AsyncOpenAI = openai.AsyncOpenAI(
            base_url=source.url, api_key=source.key, max_retries=0, http_client=http
        )

    async def send(self, request: dict[str, Any], seconds: float) -> Any:
        import openai

        try:
            return await self._openai.post("/embeddings", cast_to=object, body=request, options={"timeout": seconds})
        except openai.OpenAIError as error:
            raise _told(error) from error


@lru_cache(maxsize=4)
def _client(source: Endpoint, _process: int) -> _Client:
    """One a process: a connection that crosses a fork is shared by two readers."""
    return _Client(source)


_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Endpoint, _AsyncClient]]" = WeakKeyDictionary()


def _async_client(source: Endpoint) -> _AsyncClient:
    """One an event loop: connections belong to the loop that opened them."""
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    if source not in clients:
        clients[source] = _AsyncClient(source)
    return clients[source]


def _told(error: Exception) -> EmbeddingUnavailable:
    import openai

    if isinstance(error, openai.APITimeoutError):
        return EmbeddingUnavailable(_("The embedding model did not answer in time. Try again in a minute."))
    if isinstance(error, openai.APIStatusError):
        return EmbeddingUnavailable(
            _("The embedding model refused the text (status %(status)d): %(reason)s")
            % {"status": error.status_code, "reason": _reason(error.body)}
        )
    return EmbeddingUnavailable(_("The embedding model cannot be reached. An administrator can start it again."))


def _reason(body: object) -> str:
    message = body.get("message") if isinstance(body, dict) else ""
    return str(message or _("it gave no reason."))[:300]
