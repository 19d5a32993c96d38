"""A scripted model server that types at an even pace and remembers when it had written what."""

import asyncio
import re
import time
from bisect import bisect_right

from tests.servers.openai_server import SSE, OpenAIServer, chunk, event

PACE = 0.02  # seconds a word


class Typist(OpenAIServer):
    """`Type 20 (any name)` is answered by twenty words and an end, `Type on` goes on for ever, `Type until released`
    until `release` is set.
    """

    def __init__(self) -> None:
        super().__init__("typing")
        self._written: dict[str, list[tuple[float, int]]] = {}  # by question: when, how many characters
        self.asked_for: list[str] = []
        self.shortest = False  # from now on an end after five words, whatever is asked

    async def _typing(self, writer, body) -> None:
        question = next(m["content"] for m in reversed(body["messages"]) if m["role"] == "user")
        order = re.match(r"Type (on|until released|\d+)", question)
        until_released = bool(order) and order[1] == "until released"
        words: float = int(order[1]) if order and order[1].isdigit() else float("inf") if order else 1
        words = 5 if self.shortest else words
        self.asked_for.append(question)
        written = self._written.setdefault(question, [])
        writer.write(SSE + chunk({"role": "assistant", "content": ""}))
        size = number = 0
        while number < words and not (until_released and self.release.is_set()):
            word = f"w{number} "
            number, size = number + 1, size + len(word)
            writer.write(chunk({"content": word}))
            await writer.drain()
            written.append((time.monotonic(), size))
            await asyncio.sleep(PACE)
        writer.write(chunk(finish="stop") + event(b"[DONE]"))

    def progress(self, question: str) -> int:
        """Words written of the answer."""
        return len(self._written.get(question, ()))

    def size_at(self, question: str, moment: float) -> int:
        """How many characters of the answer had been written then."""
        written = self._written.get(question, [])
        place = bisect_right(written, moment, key=lambda entry: entry[0])
        return written[place - 1][1] if place else 0

    def last_written(self, question: str) -> float:
        """When the last word so far was written."""
        return self._written[question][-1][0]

    def written_at(self, question: str, size: int) -> float:
        """When the answer had so many characters."""
        return next(moment for moment, so_far in self._written[question] if so_far >= size)


def typed(size: int) -> str:
    """The first so many characters of any answer."""
    text, number = "", 0
    while len(text) < size:
        text += f"w{number} "
        number += 1
    return text[:size]
