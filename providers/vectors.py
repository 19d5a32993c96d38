"""Embeddings from the model of a connection, for programs. Raises `ProviderError`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from providers.base import ProviderError
from providers.calls import Reply, calling
from providers.failures import AnswerFailed, failed, failure_from
from providers.models import Connection
from providers.sentences import error_for
from webui.crypto import SecretUnreadable

if TYPE_CHECKING:
    from providers.models import Model

SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """In the order of the texts; `tokens` as the server counted them, 0 when it did not."""

    rows: Sequence[Sequence[float]]
    tokens: int


async def embed(model: "Model", texts: Sequence[str], *, dimensions: int | None = None) -> Vectors:
    connection = model.connection
    ollama = connection.kind == Connection.Kind.OLLAMA
    body: dict[str, Any] = {"model": model.name, "input": list(texts)}
    body |= {} if ollama else {"encoding_format": "float"}
    body |= {} if dimensions is None else {"dimensions": dimensions}
    try:
        async with calling(connection.base_url, connection.api_key, connection.headers, seconds=SECONDS) as server:
            reply = await server.ask(f"{connection.base_url}/{'api/embed' if ollama else 'embeddings'}", body)
        made = _read(reply, len(texts))
    except AnswerFailed as failure:
        raise error_for(failure.failure) from None
    except SecretUnreadable:
        raise error_for(failed("unauthorized").failure) from None
    if dimensions is not None and len(made.rows[0]) != dimensions:
        sentence = _("This embedding model gives vectors of %(width)d numbers and no others. Leave dimensions out.")
        raise ProviderError(sentence % {"width": len(made.rows[0])}, code="bad_request")
    return made


def _read(reply: Reply, count: int) -> Vectors:
    if reply.status >= 300:
        raise AnswerFailed(failure_from(reply.status, reply.text, retry_after=reply.headers.get("Retry-After")))
    content = reply.json()
    if not isinstance(content, dict):
        raise failed("bad_response")
    rows = [_row(row) for row in _rows(content)]
    if len(rows) != count or len({len(row) for row in rows}) != 1:
        raise failed("bad_response")
    usage = content.get("usage")
    told = usage.get("prompt_tokens") if isinstance(usage, dict) else content.get("prompt_eval_count")
    return Vectors(rows=rows, tokens=told if isinstance(told, int) and told > 0 else 0)


def _rows(content: dict[str, Any]) -> list[object]:
    """OpenAI's list of objects, which may be in any order, or Ollama's list of vectors."""
    try:
        if isinstance(content.get("data"), list):
            return [row["embedding"] for row in sorted(content["data"], key=lambda row: int(row["index"]))]
        return list(content["embeddings"])
    except (TypeError, KeyError, ValueError):
        raise failed("bad_response") from None


def _row(given: object) -> list[float]:
    if not isinstance(given, list) or not given:
        raise failed("bad_response")
    row = [float(value) if isinstance(value, int | float) else math.nan for value in given]
    if not all(map(math.isfinite, row)):
        raise failed("bad_response")
    return row
