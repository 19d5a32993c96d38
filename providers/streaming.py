"""One answer over the network, the same for every kind of server: ask, wait, ask again, read, sort what goes wrong."""

import asyncio
import logging
import random
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from providers.base import ChatRequest, Piece, WaitPiece
from providers.failures import AnswerFailed, Failure
from providers.memory import Memory
from providers.normalise import AnswerReader
from providers.sentences import error_for
from providers.transport import Body
from providers.wire import Decoder, Limits

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from providers.models import Model

log = logging.getLogger(__name__)

_RETRIED = {"rate_limited", "overloaded"}
_RETRIES = 2
_LONGEST_WAIT = 60  # seconds; who asks us to wait longer gets an error that says so
_CORRECTIONS = 6  # attempts that differ from the one before
_LOOK_AGAIN = 2  # seconds, while a model is being loaded
_WORDLESS = {"cut_off", "empty_answer"}
_DOWN = {"unreachable", "hung_up", "gateway"}
_SHORTEST_SECRET = 5  # characters; `true` in a header is none


class StreamingProvider(ABC):
    """What both kinds of servers have in common.

    `open` are the answers being asked for or written now, `failed_at` is when the server was last found to be down.
    """

    def __init__(self, base_url: str, api_key: str = "", limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        self.base_url = base_url
        self.open = 0
        self.failed_at = float("-inf")
        self.memory = Memory()
        self.own_headers: Mapping[str, str] = {}
        self._api_key = api_key
        self._limits = limits
        self._retired = False

    async def stream(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """The pieces of one answer. Few layers on purpose: each costs something for every token."""
        body: Body | None = None
        reader: AnswerReader | None = None
        self.open += 1
        try:
            async with aclosing(self._opened(request)) as steps:
                while body is None:
                    step = await anext(steps)
                    if isinstance(step, WaitPiece):
                        yield step
                    else:
                        body = step
            reader, decoder = self.reader_for(request), self.decoder()
            data = b"..."
            while data:
                data = b"" if decoder.done else await body.read()
                for piece in reader.read_all(decoder.feed(data) if data else decoder.end()):
                    yield piece
                if reader.started:
                    body.text_has_come()
            body.whole = decoder.done
            for piece in reader.end(done=decoder.done):
                yield piece
            self.remember(request, reader)
        except AnswerFailed as problem:
            failure = await self._explained(problem.failure, request, reader)
            raise error_for(self._noted(failure)) from None
        finally:
            self.open -= 1
            if body is not None:
                body.close()
            if self._retired and not self.open:
                await self.close()

    async def _explained(self, failure: Failure, request: ChatRequest, reader: AnswerReader | None) -> Failure:
        """With the reason, where a server began to answer and then said nothing."""
        if failure.code not in _WORDLESS or reader is None or reader.started:
            return failure
        return await self.reason_for_silence(request) or failure

    async def _opened(self, request: ChatRequest) -> AsyncGenerator[WaitPiece | Body, None]:
        """The body of the first attempt that is not told to come again or to ask otherwise, and the waits before."""
        attempt, corrections = Attempt(self._limits), _CORRECTIONS
        while True:
            content = self.content_for(request)
            await self.prepare(content)
            if request.on_sent:
                request.on_sent(content)
            try:
                async with aclosing(self._asked(request, content)) as steps:
                    async for step in steps:
                        yield step
                return
            except AnswerFailed as problem:
                otherwise = self.corrected(problem.failure, request, content) if corrections else None
                if otherwise is not None:
                    request, corrections = otherwise, corrections - 1
                    continue
                wait = attempt.wait_after(problem)
            if wait.seconds:
                yield wait
                await asyncio.sleep(wait.seconds)

    async def _asked(self, request: ChatRequest, content: dict[str, Any]) -> AsyncGenerator[WaitPiece | Body, None]:
        """One attempt; what the server does meanwhile is told when it is known before the answer begins."""
        news = self.news_of(request)
        if news is None:
            yield Body(await self.ask(content), self._limits)
            return
        asking = asyncio.ensure_future(self.ask(content))
        try:
            await asyncio.wait((asking, news), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done() and not news.cancelled() and (wait := news.result()):
                yield wait
            yield Body(await asking, self._limits)
        finally:
            asking.cancel()

    async def retire(self) -> None:
        """Close as soon as the answers that are being written have ended."""
        self._retired = True
        if not self.open:
            await self.close()

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    def content_for(self, request: ChatRequest) -> dict[str, Any]:
        """What is sent, leaving out what this server has refused before."""

    async def prepare(self, content: dict[str, Any]) -> None:
        """Put in what depends on the state of the server at this moment."""
        return

    @abstractmethod
    async def ask(self, content: dict[str, Any]) -> "ClientResponse":
        """The answer once it begins. Raises `AnswerFailed`."""

    @abstractmethod
    def corrected(self, failure: Failure, request: ChatRequest, content: Mapping[str, Any]) -> ChatRequest | None:
        """What to ask instead, now that the server said what it does not take (the same when that is remembered)."""

    async def reason_for_silence(self, request: ChatRequest) -> Failure | None:
        """Why an answer broke off, or ended, before its first word, where the server can be asked."""
        return None

    @abstractmethod
    def reader_for(self, request: ChatRequest) -> AnswerReader: ...

    @abstractmethod
    def decoder(self) -> Decoder: ...

    def news_of(self, request: ChatRequest) -> "asyncio.Future[WaitPiece | None] | None":
        """Under way: what there is to say about the wait, for servers that can be asked."""
        return None

    def remember(self, request: ChatRequest, reader: AnswerReader) -> None:
        """Keep what a whole answer taught about its model."""
        return

    def heed(self, model: "Model") -> None:
        """Take note of what an administrator has set for this model, for servers that can be told."""
        return

    def _noted(self, failure: Failure) -> Failure:
        """Written down here, without the server's words, which may quote the question; they are for who asked it."""
        failure = replace(failure, said=self._blanked(failure.said))
        log.info("%s at %s (status %s)", failure.code, self.base_url, failure.status)
        if failure.code in _DOWN:
            self.failed_at = time.monotonic()
        return failure

    def _blanked(self, text: str) -> str:
        """Without what is nobody's business: the key, and headers that may hold one."""
        for secret in (self._api_key, *self.own_headers.values()):
            if secret and (secret == self._api_key or len(secret) > _SHORTEST_SECRET):
                text = text.replace(secret, "····")
        return text


class Attempt:
    """How often and how long it was waited already, for one answer."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._begun = time.monotonic()
        self._retries = 0

    def wait_after(self, problem: AnswerFailed) -> WaitPiece:
        """How long to wait before asking again; raises the problem when that is no use."""
        failure = problem.failure
        if failure.code == "loading" and time.monotonic() - self._begun < self._limits.first:
            return WaitPiece(
                stage="loading", seconds=max(failure.retry_after or 0, _LOOK_AGAIN * self._limits.retry_pause)
            )
        if failure.code == "hung_up" and not self._retries:
            # A connection kept from the last answer, which the server had closed meanwhile: it saw no question.
            self._retries += 1
            return WaitPiece(stage="busy", seconds=0)
        if failure.code not in _RETRIED or self._retries >= _RETRIES or (failure.retry_after or 0) > _LONGEST_WAIT:
            raise problem
        growing = self._limits.retry_pause * (1 + random.random() / 4) * 3**self._retries
        self._retries += 1
        return WaitPiece(stage="busy", seconds=round(max(failure.retry_after or 0, growing), 2))
