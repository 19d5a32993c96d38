"""How much of a question's wording stands in a text, sentence by sentence. Pure.

A passage that answers mostly has the question's rare words together in one sentence, and words that were neighbours in
the question as neighbours. Counting that beside the likeness of vectors finds markedly more than adding the score of a
keyword index, which looks at a whole passage as a bag of words: docs/decisions/0002-retrieval.md.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge import segmentation

# The end of a sentence, with what closes after it. A line is a sentence of its own.
_END = re.compile(r"[.!?]+[\"”’)\]]*\s+|[。！？；…]+[”’」』）]*\s*|\n\s*")
_SHORTEST = 15


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends; together they are the whole text. What is short stays with its next."""
    found, start = [], 0
    for end in _END.finditer(text):
        if end.end() - start >= _SHORTEST:
            found.append((start, end.end()))
            start = end.end()
    if start < len(text):
        found.append((start, len(text)))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What a text and a question have in common, each 0…1.

    `share` counts every word of the question the same; `whole` weighs them by rarity and also looks at what stands
    above the text (its document's name, its headings); `sentence` is the best single sentence; `pairs` are neighbours.
    """

    share: float = 0.0
    whole: float = 0.0
    sentence: float = 0.0
    pairs: float = 0.0


class Wording:
    """A question's words with their weights, ready to be looked for in many texts."""

    def __init__(self, question: str, weights: Mapping[str, float] | None = None) -> None:
        self._weights: dict[str, float] = {}
        for word in segmentation.content_words(question):
            stem, weight = segmentation.stem(word), max((weights or {}).get(word, 1.0), 1e-6)
            self._weights[stem] = max(weight, self._weights.get(stem, 0.0))
        self._total = sum(self._weights.values())
        self._spaced = frozenset(word for word in self._weights if not segmentation.is_unspaced(word))
        self._unspaced = tuple(word for word in self._weights if word not in self._spaced)
        self._looked_for = segmentation.WordsWithStems(self._spaced) if self._spaced else None
        stems = list(self._weights)
        self._pairs = frozenset(pairwise(stems))
        # Two overlapping pairs of characters are neighbours where all three characters stand together.
        self._joined = {
            pair: pair[0] + pair[1][1:] for pair in self._pairs if pair[0][1:] and pair[1].startswith(pair[0][1:])
        }
        self._seen_above: dict[str, frozenset[str]] = {}

    def overlap(self, text: str, above: str = "") -> Overlap:
        if not self._weights:
            return Overlap()
        if above not in self._seen_above:
            self._seen_above[above] = self.words_in(above)
        text = segmentation.normalised(text)
        there = set(self._seen_above[above])
        found = self._found(text)
        unspaced = [word for word in self._unspaced if word in text]
        best = pairs = 0.0
        own = {stem for _start, _end, stem in found}.union(unspaced)
        there |= own
        if len(own) == 1:  # whichever sentence it stands in, and most texts have but one
            best = self.weight(own)
        elif own:
            best = max(map(self.weight, self._by_sentence(text, found, unspaced)), default=0.0)
        if own:
            pairs = sum(self._weights[one] + self._weights[other] for one, other in self._pairs_of(text, found, there))
        return Overlap(
            share=len(there) / len(self._weights),
            whole=self.weight(there) / self._total,
            sentence=best / self._total,
            pairs=pairs / (2 * self._total),
        )

    def words_in(self, text: str) -> frozenset[str]:
        """Those of the question's words that stand in a text."""
        text = segmentation.normalised(text)
        return frozenset(stem for _start, _end, stem in self._found(text)).union(
            word for word in self._unspaced if word in text
        )

    def weight(self, words: Iterable[str]) -> float:
        return sum(self._weights[word] for word in words)

    def _found(self, text: str) -> list[tuple[int, int, str]]:
        """Where the question's spaced words begin and end in a normalised text, with their stems."""
        if self._looked_for is None:
            return []
        places = ((start, end, segmentation.stem(text[start:end])) for start, end in self._looked_for.places(text))
        return [place for place in places if place[2] in self._spaced]

    def _by_sentence(
        self, text: str, found: Sequence[tuple[int, int, str]], unspaced: Iterable[str]
    ) -> Iterable[set[str]]:
        """The question's words that stand in each sentence which has any."""
        ends = [end for _start, end in sentences(text)]
        own: defaultdict[int, set[str]] = defaultdict(set)
        for start, _end, stem in found:
            own[bisect_right(ends, start)].add(stem)
        for word in unspaced:
            at = text.find(word)
            while at >= 0:
                number = bisect_right(ends, at)
                end = ends[number]
                if at + len(word) <= end:
                    own[number].add(word)
                    at = text.find(word, end)
                else:
                    at = text.find(word, at + 1)
        return own.values()

    def _pairs_of(self, text: str, found: Sequence[tuple[int, int, str]], there: set[str]) -> set[tuple[str, str]]:
        """Neighbours of the question that are neighbours in the text."""
        pairs = {pair for pair, joined in self._joined.items() if pair[0] in there and joined in text}
        for (_start, end, one), (start, _end, other) in pairwise(found):
            if (one, other) in self._pairs and not segmentation.has_spaced_word(text, end, start):
                pairs.add((one, other))
        return pairs
