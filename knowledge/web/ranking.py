"""Passages of a handful of fresh pages, best first: keywords always, vectors when they come back in time."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.embedding import EmbeddingUnavailable, aembed_passages, embed_query
from knowledge.passages import Passage
from knowledge.segmentation import question_words, words

MOST = 6
MOST_CHARACTERS = 3500
MOST_PER_PAGE = 3
MOST_EMBEDDED = 16  # one batch; more would not come back in time on a small machine
_PRIOR_WEIGHT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A piece of a page. `prior` is the engine's opinion of the page, 0…1: it decides between equals."""

    text: str
    title: str
    url: str
    heading: str = ""
    page: int | None = None
    prior: float = 0.0

    @property
    def whole(self) -> str:
        """With what stands above it: a passage alone often does not name what it is about."""
        return "\n".join(part for part in (self.title, self.heading, self.text) if part)


async def best(question: str, candidates: Sequence[Candidate], *, until: float) -> list[Passage]:
    """At most six passages and 3,500 characters, at most three of one page; done by `until` (monotonic)."""
    keywords = await asyncio.to_thread(keyword_scores, question, candidates)
    similar = await _similarities(question, candidates, keywords, until)
    return chosen(candidates, fused(keywords, similar))


def keyword_scores(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """BM25 within these candidates to 0…1, times a gate on how much of the question the best of them covers. Pure."""
    wanted = question_words(question)
    texts = [Counter(words(each.whole)) for each in candidates]
    if not wanted or not texts:
        return [0.0] * len(texts)
    sizes = [sum(text.values()) for text in texts]
    mean = max(sum(sizes) / len(sizes), 1.0)
    weights = {
        word: math.log(1 + (len(texts) - found + 0.5) / (found + 0.5))
        for word in wanted
        if (found := sum(word in text for text in texts))
    }
    raw = [_bm25(text, weights, size / mean) for text, size in zip(texts, sizes, strict=True)]
    coverage = max(sum(word in text for word in wanted) for text in texts) / len(wanted)
    # A question in another language than the pages shares only stray words with them: these must not decide.
    gate = min(max((coverage - 0.1) / 0.4, 0.0), 1.0)
    top = max(raw)
    return [gate * value / top for value in raw] if top else raw


def _bm25(text: Counter[str], weights: Mapping[str, float], length: float) -> float:
    return sum(
        weight * text[word] * 2.2 / (text[word] + 1.2 * (0.25 + 0.75 * length)) for word, weight in weights.items()
    )


async def _similarities(
    question: str, candidates: Sequence[Candidate], keywords: Sequence[float], until: float
) -> dict[int, float]:
    """{place: cosine} of the likeliest candidates; empty when there is no model, or it needs too long."""
    places = likeliest(candidates, keywords)
    try:
        async with asyncio.timeout(until - time.monotonic()):
            asked, given = await asyncio.gather(
                embed_query(question), aembed_passages([candidates[place].whole for place in places])
            )
    except (TimeoutError, EmbeddingUnavailable):
        return {}
    return {place: _cosine(asked, vector) for place, vector in zip(places, given, strict=True)}


def likeliest(candidates: Sequence[Candidate], keywords: Sequence[float]) -> list[int]:
    """The beginning of each page and the best by keywords: what is worth a vector. Pure."""
    beginnings = list({each.url: place for place, each in reversed(list(enumerate(candidates)))}.values())
    by_keywords = sorted(range(len(candidates)), key=lambda place: -keywords[place])
    return list(dict.fromkeys([*sorted(beginnings), *by_keywords]))[:MOST_EMBEDDED]


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0


def fused(keywords: Sequence[float], similar: Mapping[int, float]) -> list[float]:
    """Half keywords, half similarity stretched to 0…1; keywords alone when there is nothing to compare. Pure."""
    if not similar:
        return list(keywords)
    low, high = min(similar.values()), max(similar.values())
    spread = (high - low) or 1.0
    return [
        0.5 * score + (0.5 * (similar[place] - low) / spread if place in similar else 0.0)
        for place, score in enumerate(keywords)
    ]


def chosen(candidates: Sequence[Candidate], scores: Sequence[float]) -> list[Passage]:
    """The best within the limits, best first. Without one word in common the engine's order stands. Pure."""
    order = sorted(
        range(len(candidates)), key=lambda place: (-scores[place] - _PRIOR_WEIGHT * candidates[place].prior, place)
    )
    floor = max(scores, default=0.0) * 0.1
    per_page: Counter[str] = Counter()
    passages: list[Passage] = []
    left = MOST_CHARACTERS
    for place in order:
        candidate = candidates[place]
        if per_page[candidate.url] == MOST_PER_PAGE or len(candidate.text) > left or scores[place] < floor:
            continue
        if any(candidate.text == passage.text for passage in passages):  # the web is full of copies
            continue
        per_page[candidate.url] += 1
        left -= len(candidate.text)
        passages.append(_passage(candidate, scores[place]))
        if len(passages) == MOST:
            break
    return passages


def _passage(candidate: Candidate, score: float) -> Passage:
    return Passage(
        text=candidate.text,
        title=candidate.title,
        score=round(min(score, 1.0), 4),
        url=candidate.url,
        heading=candidate.heading,
        page=candidate.page,
    )
