"""Passages of a handful of fresh pages, best first: keywords always, vectors when they come back in time."""

import asyncio
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.passages import Passage

MOST = 6
MOST_CHARACTERS = 3500
MOST_PER_PAGE = 3
_WORD = re.compile(r"[0-9a-z]+|[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A piece of a page. `prior` is the engine's opinion of the page, 0…1: it decides between equals."""

    text: str
    title: str
    url: str
    heading: str = ""
    page: int | None = None
    prior: float = 0.0


async def best(question: str, candidates: Sequence[Candidate], *, until: float) -> list[Passage]:
    """At most six passages and 3,500 characters, at most three of one page."""
    scores = await asyncio.to_thread(keyword_scores, question, candidates)
    return _chosen(candidates, scores)


def keyword_scores(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """BM25 to 0…1, times a gate on how much of the question the best candidates cover. Pure."""
    wanted = set(_terms(question))
    texts = [Counter(_terms(f"{each.title} {each.heading} {each.text}")) for each in candidates]
    if not wanted or not texts:
        return [0.0] * len(texts)
    mean = sum(sum(text.values()) for text in texts) / len(texts) or 1.0
    weight = {
        term: math.log(1 + (len(texts) - found + 0.5) / (found + 0.5))
        for term in wanted
        if (found := sum(term in text for text in texts))
    }
    raw = [_bm25(text, weight, sum(text.values()) / mean) for text in texts]
    coverage = max(sum(term in text for term in wanted) for text in texts) / len(wanted)
    gate = min(max((coverage - 0.1) / 0.4, 0.0), 1.0)
    top = max(raw)
    return [gate * value / top for value in raw] if top else raw


def _bm25(text: Counter[str], weight: dict[str, float], length: float) -> float:
    return sum(value * text[term] * 2.2 / (text[term] + 1.2 * (0.25 + 0.75 * length)) for term, value in weight.items())


def _terms(text: str) -> list[str]:
    terms = []
    for run in _WORD.findall(text.lower()):
        if run[0] < "\u3400" or len(run) == 1:
            terms.append(run)
        else:
            terms += [run[place : place + 2] for place in range(len(run) - 1)]
    return terms


def _chosen(candidates: Sequence[Candidate], scores: Sequence[float]) -> list[Passage]:
    order = sorted(range(len(candidates)), key=lambda place: (-scores[place] - 0.1 * candidates[place].prior, place))
    taken: Counter[str] = Counter()
    chosen: list[Passage] = []
    left = MOST_CHARACTERS
    for place in order:
        candidate = candidates[place]
        if taken[candidate.url] == MOST_PER_PAGE or len(candidate.text) > left:
            continue
        taken[candidate.url] += 1
        left -= len(candidate.text)
        chosen.append(
            Passage(
                text=candidate.text,
                title=candidate.title,
                score=round(min(scores[place], 1.0), 4),
                url=candidate.url,
                heading=candidate.heading,
                page=candidate.page,
            )
        )
        if len(chosen) == MOST:
            break
    return chosen
