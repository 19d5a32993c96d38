"""The frames of an answer that is stored nowhere, put together again as far as they have come."""

import json
import time
from typing import Any

# Of a citation. Its text stays in its library, where a right to it can be taken away.
_KEPT = ("n", "title", "url", "document", "document_name", "page", "heading", "chunk", "score")


class Heard:
    """One side of a duel while it is written. `hear` is told every frame (docs/protocol.md)."""

    def __init__(self, digest: str = "") -> None:
        self.text = ""
        self.sources: list[dict[str, Any]] = []
        self.problem = ""
        self.tokens: int | None = None
        self.ended = False
        self._digest = digest
        self._began = time.monotonic()
        self._seconds = 0.0

    async def hear(self, frame: str) -> None:
        said: dict[str, Any] = json.loads(frame)
        match said["type"]:
            case "delta":
                self.text += said["text"]
            case "sources":
                self.sources = [{name: one[name] for name in _KEPT} for one in said["sources"]]
            case "status" if said["stage"] == "rethought":
                # What came as text was thinking, but for its beginning.
                self.text = self.text[: int(said["detail"] or 0)]
            case "done":
                self.tokens = said["usage"].get("completion_tokens")
                self.end()
            case "error":
                self.problem = said["code"]
                self.end()

    def end(self, problem: str = "") -> None:
        self.problem = self.problem or problem
        if not self.ended:
            self._seconds = round(time.monotonic() - self._began, 2)
        self.ended = True

    def row(self) -> dict[str, Any]:
        """As it is stored with the duel."""
        row: dict[str, Any] = {"text": self.text, "ended": self.ended, "problem": self.problem, "digest": self._digest}
        row |= {"sources": self.sources} if self.sources else {}
        return row | ({"seconds": self._seconds, "tokens": self.tokens} if self.ended else {})
