"""How the checks ask: one question at a time unless they say otherwise, with a clock, and only while nobody else waits.

Raises `ProviderError`, and `Crowded` when people used the server all the while.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from providers.base import (
    ChatMessage,
    ChatProvider,
    ChatRequest,
    FinishPiece,
    ProviderError,
    ReasoningPiece,
    RethinkPiece,
    TextPiece,
    UsagePiece,
)

MOST_AT_ONCE = 8
PATIENCE = 120.0  # seconds for which people may keep the server before a check is given up
LOOK = 0.5
ROOM = 1024  # tokens for a short answer: some models think first
Messages = Sequence[ChatMessage]


class Crowded(Exception):
    """People were asking all the while."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much is asked of the server."""

    questions: int = 5  # of the latency
    long_seconds: float = 60
    long_tokens: int = 256  # of each answer in the long run
    at_once: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Seconds are counted from the question. `pause` is the longest between two pieces after the first."""

    text: str
    first: float
    seconds: float
    pause: float
    tokens: int
    finish: str

    @property
    def speed(self) -> float:
        """Tokens a second while it was being written; 0 when that took no time."""
        writing = self.seconds - self.first
        return self.tokens / writing if writing > 0.001 else 0.0


@dataclass(kw_only=True)
class Asker:
    """Asks one model. `is_busy` says whether people are being answered on its server; `tell` hears how far it is."""

    provider: ChatProvider
    model: str
    window: int | None = None
    is_busy: Callable[[], Awaitable[bool]] | None = None
    tell: Callable[[int, int], object] = lambda done, of: None
    waits: Callable[[bool], object] = lambda waiting: None
    prompt_tokens: int = field(default=0, init=False)
    completion_tokens: int = field(default=0, init=False)
    asked: int = field(default=0, init=False)

    async def ask(self, *messages: ChatMessage, tokens: int = ROOM, polite: bool = True) -> Answer:
        """`polite`: wait until nobody is being answered; several at once wait together beforehand."""
        if polite:
            await self.quiet()
        return await self._read(self.request(messages, {"max_tokens": tokens, "temperature": 0}))

    def request(self, messages: Messages, params: Mapping[str, Any]) -> ChatRequest:
        return ChatRequest(model=self.model, messages=messages, window=self.window, params=params)

    async def quiet(self) -> None:
        """Returns once nobody else is being answered. Raises `Crowded`."""
        end = time.monotonic() + PATIENCE
        while self.is_busy is not None and await self.is_busy():
            self.waits(True)
            if time.monotonic() > end:
                raise Crowded
            await asyncio.sleep(LOOK)
        self.waits(False)

    async def _read(self, request: ChatRequest) -> Answer:
        clock = _Clock()
        text, finish, pieces, usage = "", "", 0, None
        self.asked += 1
        try:
            async with aclosing(self.provider.stream(request)) as stream:
                async for piece in stream:
                    match piece:
                        case TextPiece(text=more):
                            text, pieces = text + more, pieces + 1
                            clock.tick()
                        case ReasoningPiece():
                            pieces += 1
                            clock.tick()
                        case RethinkPiece():
                            text = ""
                        case UsagePiece():
                            usage = piece
                        case FinishPiece(reason=finish):
                            pass
        except ProviderError as problem:
            if problem.code != "empty_answer" or not pieces:
                raise
            finish = "length"  # it thought, and had no room left for a word
        finally:
            self.prompt_tokens += usage.prompt_tokens if usage else 0
            self.completion_tokens += usage.completion_tokens if usage else pieces
        return Answer(
            text=text.strip(),
            first=clock.first,
            seconds=clock.elapsed(),
            pause=clock.pause,
            tokens=usage.completion_tokens if usage and usage.completion_tokens else pieces,
            finish=finish,
        )


class _Clock:
    """First piece, longest pause after it, and how long it all took."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic()
        self.first = self.pause = 0.0

    def tick(self) -> None:
        now = time.monotonic()
        if self.first:
            self.pause = max(self.pause, now - self._last)
        else:
            self.first = max(now - self._begun, 1e-6)
        self._last = now

    def elapsed(self) -> float:
        return max(time.monotonic() - self._begun, self.first)


def user(text: str) -> ChatMessage:
    return ChatMessage(role="user", content=text)


def system(text: str) -> ChatMessage:
    return ChatMessage(role="system", content=text)


def short(text: str, most: int = 160) -> str:
    """An answer as it may stand in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
