"""Ollama by its own API, the only one that lets us set the context window. Raises `ProviderError`."""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from providers.base import ChatRequest, WaitPiece
from providers.failures import Failure
from providers.normalise import AnswerReader
from providers.ollama_wire import ChunkTranslator, chat_body
from providers.streaming import StreamingProvider
from providers.transport import new_session, post, refusal
from providers.wire import Limits, LineDecoder

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

_LOOK_AT_MOST_EVERY = 5  # seconds


class OllamaProvider(StreamingProvider):
    """Remembers each model's window, so that it never shrinks again, and which models cannot think."""

    def __init__(self, base_url: str, api_key: str = "", limits: Limits = Limits(headers=300)) -> None:  # noqa: B008
        # Ollama begins its answer only when it has the first word, after it has loaded the model.
        super().__init__(base_url, api_key, limits)
        self._session: ClientSession | None = None
        self._windows: dict[str, int] = {}
        self._cannot_think: set[str] = set()
        self._looked = float("-inf")
        self._looking: asyncio.Task[WaitPiece | None] | None = None

    async def close(self) -> None:
        session, self._session = self._session, None
        if self._looking:
            self._looking.cancel()
        if session:
            await session.close()

    async def ask(self, content: dict[str, Any]) -> "ClientResponse":
        data = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        response = await post(self._opened_session(), f"{self.base_url}/api/chat", data, self._limits)
        if response.status == 200:
            return response
        raise await refusal(response, self._limits)

    def content_for(self, request: ChatRequest) -> dict[str, Any]:
        body = chat_body(request, at_least=self._windows.get(request.model, 0))
        self._windows[request.model] = body["options"]["num_ctx"]
        if request.model in self._cannot_think:
            body.pop("think", None)
        return body

    def corrected(self, failure: Failure, request: ChatRequest, content: Mapping[str, Any]) -> ChatRequest | None:
        if "think" in content and "does not support thinking" in failure.said:
            self._cannot_think.add(request.model)
            return request
        return None

    def reader_for(self, request: ChatRequest) -> AnswerReader:
        return AnswerReader(limit=self._limits.answer, continues=request.continues)

    def decoder(self) -> "ChunkDecoder":
        return ChunkDecoder(self._limits)

    def news_of(self, request: ChatRequest) -> "asyncio.Future[WaitPiece | None] | None":
        """Whether the model has to be loaded first: one cheap look beside the question, not at every question."""
        if time.monotonic() - self._looked < _LOOK_AT_MOST_EVERY:
            return None
        self._looked = time.monotonic()
        self._looking = asyncio.ensure_future(self._look(request.model))
        return self._looking

    async def _look(self, model: str) -> WaitPiece | None:
        import aiohttp

        try:
            async with (
                asyncio.timeout(self._limits.connect),
                self._opened_session().get(f"{self.base_url}/api/ps", allow_redirects=False) as response,
            ):
                loaded = json.loads(await response.content.read(self._limits.error_body))
        except (aiohttp.ClientError, OSError, ValueError):
            return None
        if response.status != 200 or not isinstance(loaded, dict) or not isinstance(loaded.get("models"), list):
            return None
        names = {entry.get(key) for entry in loaded["models"] if isinstance(entry, dict) for key in ("name", "model")}
        return None if {model, f"{model}:latest"} & names else WaitPiece(stage="loading")

    def _opened_session(self) -> "ClientSession":
        if self._session is None:
            headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
            if self._api_key:
                headers["Authorization"] = f"Bearer {self._api_key}"
            self._session = new_session(self.base_url, self._limits, headers | dict(self.own_headers))
        return self._session


class ChunkDecoder(LineDecoder):
    """Ollama's lines as the chunks that `AnswerReader` knows."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._translator = ChunkTranslator()

    def feed(self, data: bytes) -> Iterator[object]:
        return self._translated(super().feed(data))

    def end(self) -> Iterator[object]:
        return self._translated(super().end())

    def _translated(self, lines: Iterable[object]) -> Iterator[object]:
        return (self._translator.chunk(line) for line in lines if isinstance(line, dict))
