"""Two ranked lists to the passages a model is given. Pure.

The lists are never fused by their ranks: that, the usual way, lets a keyword list that found next to nothing push out
what was found by meaning, which breaks questions asked in another language than the text. Libraries: the best of both
lists are judged alike, by how near they are and by how much of the question's wording they have (`judged`). Web pages,
which may have no vectors: each list is stretched to 0…1, the keywords counting as far as they cover the question
(`fuse`).
"""

import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge import segmentation
from knowledge.explaining.trace import Fate, Packed
from knowledge.wording import Overlap

# Asked of each leg, and taken from each to be judged.
CANDIDATES = 50
JUDGED = 36
# What the question's wording is worth beside nearness: tuned on one half of the questions, measured on the other
# (docs/decisions/0002-retrieval.md). Twice or half of any of them changes the result by less than it is uncertain.
WHOLE, SENTENCE, PAIRS = 0.3, 0.3, 0.2
# Text in another script than the question can only have its names and numbers: each tells so much more.
ACROSS = 3.0
# What the best passage of a document is worth to the others of it: a question is mostly about one subject, and what
# answers it often stands beside what sounds like it.
COMPANY = 0.6
# The score of what lies as near as text about nothing and has no word of the question. What is found in another
# language may lie far below: its order must not be lost.
NOTHING = 0.2
# Read to see whether the keywords cover the question.
COVERING = 10
# Room for fewer characters than this is none.
LEAST = 40
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
    overlaps: Mapping[int, Overlap],
    heights: Mapping[int, float],
    worded: Mapping[int, float],
    documents: Mapping[int, Hashable],
    foreign: Collection[int] = (),
) -> dict[int, float]:
    """Chunk ids with their scores 0…1, best first.

    `heights` say how near each lies (1 the question itself, 0 text about nothing); what is not among them lies no
    nearer than the last of them. Without any, the keyword index's own scores stand in. `documents` hold the chunks,
    `foreign` are chunks in another script than the question.
    """
    if heights:
        lowest = min(heights.values())
        base = {key: heights.get(key, lowest) for key in overlaps}
    else:
        best = max(worded.values(), default=0.0) or 1.0
        base = {key: worded.get(key, 0.0) / best for key in overlaps}
    alone = {key: base[key] + _wording(seen) * (ACROSS if key in foreign else 1.0) for key, seen in overlaps.items()}
    company: dict[Hashable, float] = {}
    for key, worth in alone.items():
        company[documents[key]] = max(company.get(documents[key], worth), worth)
    return _best_first(
        {key: _squashed((worth + COMPANY * company[documents[key]]) / (1 + COMPANY)) for key, worth in alone.items()}
    )


def _squashed(worth: float) -> float:
    """0…1, always in the same order."""
    if worth < 0:
        return NOTHING * math.exp(worth)
    return NOTHING + (1 - NOTHING) * min(worth / (1.0 + WHOLE + SENTENCE + PAIRS), 1.0)


def _wording(seen: Overlap) -> float:
    return WHOLE * seen.whole + SENTENCE * seen.sentence + PAIRS * seen.pairs


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


def select(
    ranked: Iterable[Found], *, limit: int, characters: int, fates: dict[int, Packed] | None = None
) -> list[Found]:
    """The best that fit, repeated texts dropped, neighbours joined into one passage.

    `fates`, when given, is told what became of each; of what it does not name, none was reached.
    """
    told: dict[int, Packed] = {} if fates is None else fates
    chosen: list[Found] = []
    seen: dict[str, int] = {}
    left = characters
    for found in ranked:
        if left < LEAST and chosen:
            break
        if found.text in seen:
            told[found.chunk_id] = Packed(Fate.DUPLICATE, seen[found.text])
            continue
        seen[found.text] = found.chunk_id
        place, joined = _joined(chosen, found)
        cost = len(joined.text) - len(chosen[place].text) if joined else len(found.text)
        # What does not fit leaves its room to what comes after it.
        if (joined is None and len(chosen) >= limit) or (cost > left and chosen):
            told[found.chunk_id] = Packed(Fate.NO_ROOM)
            continue
        left -= cost
        if joined:
            told[found.chunk_id] = Packed(Fate.JOINED, joined.chunk_id)
            chosen[place] = joined
        else:
            told[found.chunk_id] = Packed(Fate.SENT)
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
