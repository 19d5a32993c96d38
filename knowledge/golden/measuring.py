"""Questions with known answers, asked of some search: how many come back, and how far up. Pure.

What has to come back is a quotation of a document and never an id of ours, so that the same question still counts after
the document was read again, cut in another way, or put in anew.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.passages import Passage

# A question's text to the passages that a chat would be sent, best first.
Search = Callable[[str], Sequence[Passage]]

# So long a quotation stands for itself: the same text in another file answers as well, and of two that are the same
# only one is sent.
TELLING = 40
_SHINGLE = 8
_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What has to come back: this much of a document, or anything of it when `quote` is empty."""

    document_id: str
    document_name: str
    quote: str = ""

    def is_in(self, passage: Passage) -> bool:
        same = passage.document_id == self.document_id or passage.document_name == self.document_name
        if not self.quote:
            return same
        return (same or len(self.quote) >= TELLING) and covers(passage.text, self.quote)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A test question. `key` is its row's."""

    key: int
    text: str
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`places`: for each expected passage its place among those sent, from 1; 0 when it was not sent."""

    key: int
    places: tuple[int, ...]

    @property
    def first(self) -> int:
        """The best place; 0 when none was sent."""
        return min((place for place in self.places if place), default=0)

    def recall(self, k: int = 0) -> float:
        """The share 0…1 of what was expected that is among the first k, of as many as k can hold; 0: of all sent."""
        if not self.places:
            return 0.0
        found = sum(1 for place in self.places if place and (not k or place <= k))
        return found / min(len(self.places), k or len(self.places))

    @property
    def _worth(self) -> tuple[float, float]:
        return self.recall(), 1 / self.first if self.first else 0.0

    def is_better_than(self, other: "Outcome") -> bool:
        return self._worth > other._worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All outcomes of one go. The figures are means over the questions, 0…1; 0 without any."""

    outcomes: Mapping[int, Outcome] = field(default_factory=dict)

    def recall(self, k: int = 0) -> float:
        """At 1, at 5, …; 0 stands for everything that was sent."""
        return _mean(outcome.recall(k) for outcome in self.outcomes.values())

    @property
    def mrr(self) -> float:
        """The mean of 1 / the place of the first right passage."""
        return _mean(1 / outcome.first if outcome.first else 0.0 for outcome in self.outcomes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One question in two runs; a place of 0 means that nothing right was sent."""

    key: int
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    better: tuple[Change, ...] = ()
    same: tuple[Change, ...] = ()
    worse: tuple[Change, ...] = ()


def run(questions: Iterable[Asked], search: Search) -> Run:
    """Raises what `search` raises: half a run is no measurement."""
    return Run(outcomes={asked.key: outcome_of(asked, search(asked.text)) for asked in questions})


def outcome_of(asked: Asked, sent: Sequence[Passage]) -> Outcome:
    places = tuple(
        next((number for number, passage in enumerate(sent, 1) if expected.is_in(passage)), 0)
        for expected in asked.expected
    )
    return Outcome(key=asked.key, places=places)


def compare(before: Run, after: Run) -> Difference:
    """Of the questions that both runs asked."""
    sorted_: dict[str, list[Change]] = {"better": [], "same": [], "worse": []}
    for key, now in after.outcomes.items():
        if (was := before.outcomes.get(key)) is None:
            continue
        name = "better" if now.is_better_than(was) else "worse" if was.is_better_than(now) else "same"
        sorted_[name].append(Change(key=key, before=was.first, after=now.first))
    return Difference(**{name: tuple(changes) for name, changes in sorted_.items()})


def covers(text: str, quote: str) -> bool:
    """Whether a text holds a quotation, or most of it, or is itself a part of it.

    Only letters and digits count, so that breaks of lines, hyphens and quotation marks may differ.
    """
    whole, wanted = plain(text), plain(quote)
    if wanted in whole:
        return True
    if len(whole) >= TELLING and whole in wanted:
        return True
    if len(wanted) < TELLING:
        return False
    asked = _shingles(wanted)
    return len(asked & _shingles(whole)) >= _HALF * len(asked)


def plain(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).lower()))


def _shingles(text: str) -> set[str]:
    return {text[start : start + _SHINGLE] for start in range(len(text) - _SHINGLE + 1)}


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0
