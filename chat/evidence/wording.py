"""Which words a sentence shares with a passage: English by the stems of its longer words, Chinese by pairs of signs."""

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from itertools import pairwise

from chat.evidence.words import SMALL

RUN = 6  # words in a row, or Chinese signs (half as long again), that nobody writes by chance
_WORD = re.compile(r"[a-z0-9à-ÿ]+|[\u3400-\u9fff]")
_PIECE = re.compile(r"[a-z0-9à-ÿ]+|[\u3400-\u9fff]+")


class Wording:
    """The words of a text, to be compared with another's."""

    def __init__(self, text: str) -> None:
        self._pieces = _PIECE.findall(text.lower())

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of its longer words that are not Chinese."""
        return frozenset(_stem(word) for word in set(self._pieces) - SMALL if len(word) > 2 and word < "\u3400")

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Of Chinese signs that follow each other, whatever stands between them that is no word."""
        run = self._run
        return frozenset(a + b for a, b in pairwise(run) if a > "\u3400" and b > "\u3400")

    def share(self, claim: "Wording") -> float:
        """How much of the claim's words stand here, 0…1; 0 for a claim of fewer than three."""
        size = len(claim.stems) + len(claim.pairs)
        if size < 3:
            return 0.0
        run = self._run
        return (len(claim.stems & self.stems) + sum(pair in run for pair in claim.pairs)) / size

    def runs_with(self, claim: "Wording") -> bool:
        """Whether a long run of the claim's words stands here as it is."""
        words = claim._tokens
        for length, at in ((RUN * 3 // 2 if words[at] > "\u3400" else RUN, at) for at in range(len(words))):
            if at + length <= len(words) and f" {' '.join(words[at : at + length])} " in self._joined:
                return True
        return False

    def has_name(self, name: str) -> bool:
        """All words of the name, or words that begin alike (Portugal, Portuguese)."""
        return all(
            f" {word} " in self._joined or (len(word) > 5 and self._begins(word))
            for word in _WORD.findall(name.lower())
        )

    @cached_property
    def _run(self) -> str:
        return "".join(self._pieces)

    @cached_property
    def _tokens(self) -> list[str]:
        return [token for piece in self._pieces for token in (piece if piece > "\u3400" else (piece,))]

    @cached_property
    def _joined(self) -> str:
        return f" {' '.join(self._tokens)} "

    @cached_property
    def _starts(self) -> frozenset[str]:
        return frozenset(word[:4] for word in self._pieces if len(word) > 3 and word < "\u3400")

    def _begins(self, word: str) -> bool:
        return word[:4] in self._starts and f" {word[: max(5, len(word) - 3)]}" in self._joined


class Known:
    """Words that texts write large in the middle of sentences, and nowhere small: names, most likely."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._whole = "\n".join(texts)
        self._seen: dict[str, bool] = {}

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str):
            return False
        if word not in self._seen:
            self._seen[word] = word in self._whole and self._is_name(word)
        return self._seen[word]

    def _is_name(self, word: str) -> bool:
        bare = re.escape(word)
        if not re.search(rf"(?:[a-z0-9,;\u3400-\u9fff] |[\u3400-\u9fff]){bare}(?![\w'’-])", self._whole):
            return False
        small = word.lower()
        return small not in self._whole or not re.search(rf"\b{re.escape(small)}(?![\w'’-])", self._whole)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    """Without the endings that tell forms of one word apart; crude, and the same on both sides."""
    for ending in ("ing", "ies", "ied", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)].rstrip("e")[:7]
    return word.rstrip("e")[:7]
