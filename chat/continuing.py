"""Joins the continuation of a cut answer to what is there: a model often begins with the last words once more. Pure."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from chat.events import TextAdded, TurnEvent

WITHIN = 200  # characters of the continuation in which a repetition is looked for
LEAST = 6  # characters that count as one: fewer are a coincidence


async def continued(events: AsyncGenerator[TurnEvent, None], begun: str) -> AsyncGenerator[TurnEvent, None]:
    """The events of a continuation, without the words at its beginning that repeat the end of `begun`."""
    held: str | None = ""
    async with aclosing(events) as pieces:
        async for event in pieces:
            if held is None:
                yield event
            elif isinstance(event, TextAdded):
                held += event.text
                if len(held) >= WITHIN or not could_repeat(begun, held):
                    yield TextAdded(text=held[overlap(begun, held) :])
                    held = None
            else:
                if held:
                    yield TextAdded(text=held[overlap(begun, held) :])
                    held = None
                yield event


def overlap(begun: str, added: str) -> int:
    """How many characters at the beginning of `added` are the end of `begun` once more."""
    longest = min(len(begun), len(added), WITHIN)
    return next((size for size in range(longest, LEAST - 1, -1) if begun.endswith(added[:size])), 0)


def could_repeat(begun: str, added: str) -> bool:
    """Whether `added` may still turn out to be a repetition: it stands somewhere near the end of `begun`."""
    return added in begun[-2 * WITHIN :]
