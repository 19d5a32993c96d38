"""Ollama by its own API, the only one that lets us set the context window. Raises `ProviderError`."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from providers.base import ChatRequest, Piece, UsagePiece, WaitPiece
from providers.bodies import encoded
from providers.failures import AnswerFailed, Failure
from providers.normalise import AnswerReader
from providers.ollama_memory import ServerMemory
from providers.ollama_window import STEPS, prompt_tokens, reply_tokens, window_for
from providers.ollama_wire import ChunkTranslator, chat_body, lasting
from providers.streaming import StreamingProvider
from providers.transport import Body, new_session, post, refusal
from providers.wire import Limits, LineDecoder

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

    from providers.models import Model

_MOST_FACTOR = 8.0  # so many tokens for one that was estimated, at most
_STEP_UP = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What an administrator has set for a model."""

    most: int | None = None
    keep_alive: str | int | None = None


class OllamaProvider(StreamingProvider):
    """Asks for a window that the prompt fits into, and knows which models cannot think."""

    def __init__(self, base_url: str, api_key: str = "", limits: Limits = Limits(headers=300)) -> None:  # noqa: B008
        # Ollama begins its answer only when it has the first word, after it has loaded the model.
        super().__init__(base_url, api_key, limits)
        self._session: ClientSession | None = None
        self._held = ServerMemory(base_url, self.opened_session)
        self._wishes: dict[str, _Wish] = {}
        self._factors: dict[str, float] = {}  # real tokens for an estimated one, where it was too few
        self._sent: dict[str, int] = {}
        self._cannot_think: set[str] = set()

    async def close(self) -> None:
        session, self._session = self._session, None
        self._held.close()
        if session:
            await session.close()

    def heed(self, model: "Model") -> None:
        self._wishes[model.name] = _Wish(most=model.usable_window, keep_alive=lasting(model.keep_alive))

    async def prepare(self, content: dict[str, Any]) -> None:
        await self.fit(content)

    async def ask(self, content: dict[str, Any]) -> "ClientResponse":
        return await self.post("/api/chat", content)

    async def post(self, path: str, content: dict[str, Any]) -> "ClientResponse":
        """The answer once it begins; `content` says which window it may count on. Raises `AnswerFailed`."""
        model, window = str(content["model"]), content["options"].get("num_ctx", 0)
        with self._held.awaiting(model, window):
            response = await post(self.opened_session(), self.base_url + path, encoded(content), self._limits)
        if response.status == 200:
            self._held.answered(model, window)
            return response
        problem = await refusal(response, self._limits)
        if problem.failure.code == "model_not_found":
            raise AnswerFailed(replace(problem.failure, code="not_pulled"))
        raise problem

    @asynccontextmanager
    async def passed(self, path: str, content: dict[str, Any], *, embeds: bool = False) -> AsyncIterator[Body]:
        """A request in Ollama's own form, and the bytes of its answer. Raises `AnswerFailed`."""
        body: Body | None = None
        self.open += 1
        try:
            if embeds:
                content["options"].pop("num_ctx", None)
            else:
                await self.fit(content)
            body = Body(await self.post(path, content), self._limits)
            yield body
        except AnswerFailed as problem:
            raise AnswerFailed(self._noted(problem.failure)) from None
        finally:
            self.open -= 1
            if body is not None:
                body.close()
            if self._retired and not self.open:
                await self.close()

    async def fit(self, content: dict[str, Any]) -> None:
        """Put in the window that the prompt needs, and how long the model is to stay loaded."""
        await self._held.refreshed()
        model = str(content["model"])
        wish = self._wishes.get(model, _Wish())
        options = content.setdefault("options", {})
        needed = int(prompt_tokens(content) * self._factors.get(model, 1)) + reply_tokens(content)
        options["num_ctx"] = self._sent[model] = window_for(
            needed, loaded=self._held.window(model), wished=options.get("num_ctx"), most=wish.most
        )
        if wish.keep_alive is not None:
            content.setdefault("keep_alive", wish.keep_alive)

    def content_for(self, request: ChatRequest) -> dict[str, Any]:
        if request.window and request.model not in self._wishes:
            self._wishes[request.model] = _Wish(most=request.window)
        body = chat_body(request)
        if request.model in self._cannot_think:
            body.pop("think", None)
        return body

    def corrected(self, failure: Failure, request: ChatRequest, content: Mapping[str, Any]) -> ChatRequest | None:
        if "think" in content and failure.status == 400 and "think" in failure.said.lower():
            self._cannot_think.add(request.model)
            return request
        if failure.code == "context_too_long" and not request.params.get("num_ctx"):
            return request if self._may_grow(failure, content) else None
        return None

    def _may_grow(self, failure: Failure, content: Mapping[str, Any]) -> bool:
        """Whether a larger window is left to try: this model makes more tokens of a text than was thought."""
        model, window = str(content["model"]), int(content["options"]["num_ctx"])
        estimate, known = prompt_tokens(content), self._factors.get(model, 1.0)
        if window >= (self._wishes.get(model, _Wish()).most or STEPS[-1]) or known >= _MOST_FACTOR:
            return False
        beyond_this = (window + 1 - reply_tokens(content)) / estimate
        told = (failure.asked or 0) / estimate
        self._factors[model] = min(max(known * _STEP_UP, beyond_this, told), _MOST_FACTOR)
        return True

    def reader_for(self, request: ChatRequest) -> AnswerReader:
        window = self._sent.get(request.model)
        return _Reader(window, limit=self._limits.answer, continues=request.continues)

    def decoder(self) -> "ChunkDecoder":
        return ChunkDecoder(self._limits)

    def news_of(self, request: ChatRequest) -> "asyncio.Future[WaitPiece | None] | None":
        """Whether the model has to be loaded first: known beside the question."""
        if not self._held.is_due and self._held.is_loaded(request.model) is not False:
            return None
        return asyncio.ensure_future(self._news(request.model))

    async def _news(self, model: str) -> WaitPiece | None:
        await self._held.refreshed()
        return WaitPiece(stage="loading") if self._held.is_loaded(model) is False else None

    def opened_session(self) -> "ClientSession":
        if self._session is None:
            headers = {"Accept-Encoding": "identity", "Content-Type": "application/json"}
            if self._api_key:
                headers["Authorization"] = f"Bearer {self._api_key}"
            self._session = new_session(self.base_url, self._limits, headers | dict(self.own_headers))
        return self._session


class _Reader(AnswerReader):
    """Knows besides which window was asked for."""

    def __init__(self, window: int | None, **options: Any) -> None:
        super().__init__(**options)
        self._window = window

    def end(self, *, done: bool = False) -> Iterator[Piece]:
        for piece in super().end(done=done):
            yield replace(piece, window=self._window) if isinstance(piece, UsagePiece) else piece


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
