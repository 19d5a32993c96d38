"""Two ranked lists to the passages a model is given. Pure.

The lists are never fused by their ranks: that, the usual way, lets a keyword list that found next to nothing push out
what was found by meaning, which breaks questions asked in another language than the text. Libraries: the best of both
lists are judged alike, by how near they are and by how much of the question's wording they have (`judged`). Web pages,
which may have no vectors: each list is stretched to 0…1, the keywords counting as far as they cover the question
(`fuse`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge import segmentation
from knowledge.wording import Overlap

# Asked of each leg, and taken from each to be judged.
CANDIDATES = 50
JUDGED = 24
# What the question's wording is worth beside nearness: tuned on one half of the questions, measured on the other
# (docs/decisions/0002-retrieval.md). Twice or half of any of them changes the result by less than it is uncertain.
WHOLE, SENTENCE, PAIRS = 0.3, 0.3, 0.2
# What is found in another language than the question may lie below text about nothing in the question's own.
LOWEST = -0.5
# Read to see whether the keywords cover the question.
COVERING = 10
# Blank lines between two chunks of one section.
GAP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A chunk on its way to the model. `text` ends with the document's characters start…end."""

    chunk_id: int
    document_id: str
    heading: str
    text: str
    start: int
    end: int
    score: float = 0.0


def pool(cosines: Mapping[int, float], worded: Mapping[int, float], most: int = JUDGED) -> list[int]:
    """The chunk ids worth judging: the best of both lists, each of which comes best first."""
    return list(dict.fromkeys([*list(cosines)[:most], *list(worded)[:most]]))


def judged(
    overlaps: Mapping[int, Overlap], heights: Mapping[int, float], worded: Mapping[int, float]
) -> dict[int, float]:
    """Chunk ids with their scores 0…1, best first.

    `heights` say how near each lies (1 the question itself, 0 text about nothing); what is not among them lies no
    nearer than the last of them. Without any, the keyword index's own scores stand in.
    """
    if heights:
        lowest = min(heights.values())
        base = {key: heights.get(key, lowest) for key in overlaps}
    else:
        best = max(worded.values(), default=0.0) or 1.0
        base = {key: worded.get(key, 0.0) / best for key in overlaps}
    most = 1.0 + WHOLE + SENTENCE + PAIRS

    def score(key: int, seen: Overlap) -> float:
        height = base[key] + WHOLE * seen.whole + SENTENCE * seen.sentence + PAIRS * seen.pairs
        return min(max((height - LOWEST) / (most - LOWEST), 0.0), 1.0)

    scores = {key: score(key, seen) for key, seen in overlaps.items()}
    return _best_first(scores)


def fuse(cosines: Mapping[int, float], keywords: Mapping[int, float], coverage: float) -> dict[int, float]:
    """Chunk ids with their scores 0…1, best first; one leg alone keeps its own order."""
    near, worded = _stretched(cosines), _stretched(keywords)
    if not near:
        return _best_first(worded)
    gate = min(max((coverage - 0.1) / 0.4, 0.0), 1.0)
    scores = {key: 0.5 * near.get(key, 0.0) + 0.5 * gate * worded.get(key, 0.0) for key in near.keys() | worded.keys()}
    return _best_first(scores)


def coverage(question: str, texts: Iterable[str]) -> float:
    """The largest share of the question's words that one of the texts has."""
    asked = segmentation.content_stems(question)
    return max((segmentation.share(asked, text) for text in texts), default=0.0)


def select(ranked: Sequence[Found], *, limit: int, characters: int) -> list[Found]:
    """The best that fit, repeated texts dropped, neighbours joined into one passage."""
    chosen: list[Found] = []
    seen: set[str] = set()
    left = characters
    for found in ranked:
        if found.text in seen:
            continue
        seen.add(found.text)
        place, joined = _joined(chosen, found)
        cost = len(joined.text) - len(chosen[place].text) if joined else len(found.text)
        # What does not fit leaves its room to what comes after it.
        if (joined is None and len(chosen) >= limit) or (cost > left and chosen):
            continue
        left -= cost
        if joined:
            chosen[place] = joined
        else:
            chosen.append(found if cost <= characters else replace(found, text=found.text[:characters]))
    return chosen


def _stretched(scores: Mapping[int, float]) -> dict[int, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {key: (score - low) / (high - low) if high > low else 1.0 for key, score in scores.items()}


def _best_first(scores: Mapping[int, float]) -> dict[int, float]:
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def _joined(chosen: Sequence[Found], found: Found) -> tuple[int, Found | None]:
    """The place of the passage that `found` continues or precedes, and both as one."""
    for place, other in enumerate(chosen):
        if (other.document_id, other.heading) != (found.document_id, found.heading):
            continue
        first, second = (other, found) if other.start <= found.start else (found, other)
        if first.end + GAP >= second.start and second.end > first.end:
            own = second.text[len(second.text) - (second.end - second.start) :]
            between = "\n\n"[: max(second.start - first.end, 0)]
            text = first.text + between + own[max(first.end - second.start, 0) :]
            return place, replace(other, text=text, start=first.start, end=second.end)
    return 0, None
