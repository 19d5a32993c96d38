"""Which words a sentence shares with a passage: English by the stems of its longer words, Chinese by pairs of signs."""

import re
from collections.abc import Iterable
from functools import cached_property

from chat.evidence.words import SMALL

RUN = 6  # words in a row, or Chinese signs (half as long again), that nobody writes by chance
_WORD = re.compile(r"[a-z0-9à-ÿ]+|[\u3400-\u9fff]")
_LARGE = re.compile(r"(?<=[a-z0-9,;\u3400-\u9fff] )[A-Z][\w'’-]*\w|(?<=[\u3400-\u9fff])[A-Z][\w'’-]*\w")


class Wording:
    """The words of a text, to be compared with another's."""

    def __init__(self, text: str) -> None:
        self._tokens = _WORD.findall(text.lower())

    @cached_property
    def stems(self) -> frozenset[str]:
        words = {_stem(word) for word in self._tokens if len(word) > 2 and word not in SMALL}
        pairs = zip(self._tokens, self._tokens[1:], strict=False)
        return frozenset(words | {a + b for a, b in pairs if a > "\u3400" and b > "\u3400"})

    @cached_property
    def _joined(self) -> str:
        return f" {' '.join(self._tokens)} "

    @cached_property
    def _starts(self) -> frozenset[str]:
        return frozenset(word[:4] for word in self._tokens if len(word) > 3)

    def share(self, claim: "Wording") -> float:
        """How much of the claim's words stand here, 0…1; 0 for a claim of fewer than three."""
        return len(claim.stems & self.stems) / len(claim.stems) if len(claim.stems) >= 3 else 0.0

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

    def _begins(self, word: str) -> bool:
        return word[:4] in self._starts and f" {word[: max(5, len(word) - 3)]}" in self._joined


def capitalised(texts: Iterable[str]) -> frozenset[str]:
    """Words that are written large in the middle of sentences, and nowhere small: names, most likely."""
    whole = "\n".join(texts)
    large = {word.lower() for word in _LARGE.findall(whole)}
    return frozenset(large - set(re.findall(r"\b[a-z][\w'’-]*\w", whole)))


def _stem(word: str) -> str:
    """Without the endings that tell forms of one word apart; crude, and the same on both sides."""
    for ending in ("ing", "ies", "ied", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)].rstrip("e")[:7]
    return word.rstrip("e")[:7]
