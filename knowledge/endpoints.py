"""Servers that embed texts or rerank passages, asked through the openai client's plain calls.

Raises `EmbeddingUnavailable`, worded for a person.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from django.utils.translation import gettext as _

from knowledge.embedder.prompts import InputType, Prompts, prompts_for

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

BATCH_SECONDS = 120.0
About = Literal["", "address", "key", "model"]
# OpenAI's own limit is 8,191 tokens a text; a chunk never comes near it.
MAX_CHARACTERS = 8000


class EmbeddingUnavailable(Exception):
    """No vectors now. The text is a sentence for a person.

    `about` names what to look at, where that can be told, and `reason` has the server's own words.
    """

    def __init__(self, sentence: str, about: About = "", reason: str = "") -> None:
        super().__init__(sentence)
        self.about: About = about
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where vectors come from. The local embedder puts the prompts in itself: it knows the model's own."""

    url: str
    key: str
    model: str
    local: bool
    kind: Literal["openai", "ollama"] = "openai"
    given: Prompts | None = None
    generation: int = 1  # its vectors meet no other's, even of the same model
    width: int = 0  # numbers a vector, as the trial found it; 0: not tried

    @property
    def prompts(self) -> Prompts:
        return self.given or prompts_for(self.model)

    @property
    def path(self) -> str:
        return "/api/embed" if self.kind == "ollama" else "/embeddings"

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

    def rows(self, answer: Any) -> list[Any]:
        """The vectors of an answer as they came, in the order of the texts; KeyError or TypeError when it has none."""
        if self.kind == "ollama":
            return list(answer["embeddings"])
        return [row["embedding"] for row in sorted(answer["data"], key=lambda row: row["index"])]


class Client:
    """The openai client, asked for plain objects: its typed answers cost more than the rest of the call."""

    def __init__(self, url: str, key: str, *, local: bool) -> None:
        import httpx  # noqa: F401  whole, before openai looks into it: see below
        import openai

        # A proxy for the outside world must not see, or break, what stays on this machine.
        http = openai.DefaultHttpxClient(follow_redirects=False, trust_env=not local)
        self._openai: OpenAI = openai.OpenAI(base_url=url, api_key=key, max_retries=2, http_client=http)

    def send(self, path: str, request: dict[str, Any], seconds: float = BATCH_SECONDS, retries: int = 2) -> Any:
        import openai

        try:
            options: Any = {"timeout": seconds, "max_retries": retries}
            return self._openai.post(path, cast_to=object, body=request, options=options)
        except openai.OpenAIError as error:
            raise _told(error) from error


class AsyncClient:
    """The same on an event loop, without retries: a person is waiting, and there is another way to answer."""

    def __init__(self, url: str, key: str, *, local: bool) -> None:
        # The openai package looks into httpx as soon as anybody has begun to import it. The first search imports it
        # in a thread, with chromadb, and whoever asked meanwhile was told of an AttributeError.
        import httpx  # noqa: F401
        import openai

        http = openai.DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not local)
        self._openai: AsyncOpenAI = openai.AsyncOpenAI(base_url=url, api_key=key, max_retries=0, http_client=http)

    async def send(self, path: str, request: dict[str, Any], seconds: float) -> Any:
        import openai

        try:
            return await self._openai.post(path, cast_to=object, body=request, options={"timeout": seconds})
        except openai.OpenAIError as error:
            raise _told(error) from error


def client(url: str, key: str, *, local: bool) -> Client:
    return _client(url, key, local, os.getpid())


@lru_cache(maxsize=8)
def _client(url: str, key: str, local: bool, _process: int) -> Client:
    """One a process: a connection that crosses a fork is shared by two readers."""
    return Client(url, key, local=local)


_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], AsyncClient]]" = WeakKeyDictionary()


def async_client(url: str, key: str, *, local: bool) -> AsyncClient:
    """One an event loop: connections belong to the loop that opened them."""
    clients = _clients.setdefault(asyncio.get_running_loop(), {})
    if (url, key) not in clients:
        clients[url, key] = AsyncClient(url, key, local=local)
    return clients[url, key]


def _told(error: Exception) -> EmbeddingUnavailable:
    import openai

    if isinstance(error, openai.APITimeoutError):
        return EmbeddingUnavailable(_("The embedding model did not answer in time. Try again in a minute."), "address")
    if isinstance(error, openai.APIStatusError):
        reason = _reason(error.body)
        return EmbeddingUnavailable(
            _("The embedding model refused the text (status %(status)d): %(reason)s")
            % {"status": error.status_code, "reason": reason},
            _about(error.status_code, reason),
            reason,
        )
    return EmbeddingUnavailable(
        _("The embedding model cannot be reached. An administrator can start it again."), "address"
    )


def _about(status: int, reason: str) -> About:
    if status in (401, 403):
        return "key"
    if status in (400, 404, 422, 503) and "model" in reason.lower():
        return "model"
    return "address" if 300 <= status < 500 else ""


def _reason(body: object) -> str:
    # OpenAI's shape is unpacked by the client, and so is Ollama's {"error": "…"}; others write plain text.
    message = (body.get("message") or body.get("error") or body.get("detail")) if isinstance(body, dict) else body
    return str(message or _("it gave no reason."))[:300]
