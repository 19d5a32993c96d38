"""A provider that says what it was told to: for tests of everything that talks to a model.

`ScriptedProvider("Hello", " world")` streams these two pieces and finishes. A script may also hold any other piece, an
exception (raised at that point) and an `asyncio.Event` (waited for at that point).
"""

import asyncio
from collections.abc import AsyncIterator

from providers.base import ChatRequest, FinishPiece, Piece, TextPiece, UsagePiece

Step = str | Piece | Exception | asyncio.Event


class ScriptedProvider:
    """Keeps the requests it was given in `requests`; `closed_early` counts answers not read to the end."""

    def __init__(self, *script: Step, finish: str | None = "stop", usage: tuple[int, int] | None = None) -> None:
        self.script = script
        self.finish = finish
        self.usage = usage
        self.requests: list[ChatRequest] = []
        self.closed_early = 0

    async def stream(self, request: ChatRequest) -> AsyncIterator[Piece]:
        self.requests.append(request)
        ended = False
        try:
            for step in self.script:
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, Exception):
                    ended = True
                    raise step
                else:
                    yield TextPiece(text=step) if isinstance(step, str) else step
            if self.usage:
                yield UsagePiece(prompt_tokens=self.usage[0], completion_tokens=self.usage[1])
            ended = True
            if self.finish:
                yield FinishPiece(reason=self.finish)
        finally:
            self.closed_early += not ended

    async def close(self) -> None:
        """Nothing is open."""
