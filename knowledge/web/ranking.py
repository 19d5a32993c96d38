"""Passages of a handful of fresh pages, best first: keywords always, vectors when they come back in time."""

import asyncio
import heapq
import math
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass

from knowledge import ranking
from knowledge.embedding import EmbeddingUnavailable, Vector, aembed_passages, embed_query
from knowledge.passages import Passage
from knowledge.segmentation import is_unspaced, question_words, spaced_stems, stem

MOST = 6
MOST_CHARACTERS = 3500
MOST_PER_PAGE = 3
SECONDS_FOR_VECTORS = 2.5
MOST_EMBEDDED = 16  # one batch
# By a rough count. Of a long passage only what stands around the question's words is embedded: that many short texts
# tell more than few long ones, and a batch of this size costs some 150 ms of one core with the packaged model.
MOST_TOKENS = 450
MOST_TOKENS_EACH = 75
# Stretched scores give the last of two good passages 0: one that has a fair share of the words stays all the same.
FLOOR = 0.1
FLOOR_OF_KEYWORDS = 0.3
_PRIOR_WEIGHT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A piece of a page. `prior` is the engine's opinion of the page, 0…1: it decides between equals."""

    text: str
    title: str
    url: str
    start: int = 0  # where in the text of the page; neighbours are joined by it
    end: int = 0
    heading: str = ""
    page: int | None = None
    prior: float = 0.0

    @property
    def whole(self) -> str:
        """With what stands above it: a passage alone often does not name what it is about."""
        return "\n".join(part for part in (self.title, self.heading, self.text) if part)


async def best(
    question: str, candidates: Sequence[Candidate], *, until: float, asked: Awaitable[Vector | None]
) -> list[Passage]:
    """At most six passages and 3,500 characters, of at most three places of one page; done by `until` (monotonic).

    `asked` is the question's vector, on its way since the search began; None without a model.
    """
    keywords = await asyncio.to_thread(keyword_scores, question, candidates)
    likely = likeliest(candidates, keywords)
    texts = await asyncio.to_thread(_to_embed, question, [candidates[place] for place in likely])
    similar = await _similarities(dict(zip(likely, texts, strict=True)), until, asked)
    return chosen(candidates, await asyncio.to_thread(fused, question, candidates, keywords, similar))


async def vector_of(question: str) -> Vector | None:
    try:
        return await embed_query(question)
    except EmbeddingUnavailable:
        return None


def keyword_scores(question: str, candidates: Sequence[Candidate]) -> dict[int, float]:
    """{place: BM25} of the candidates that share a word with the question; they are their own corpus. Pure."""
    wanted = {stem(word) for word in question_words(question)}
    counted = [_counted(wanted, each.whole) for each in candidates]
    texts, sizes = [text for text, _size in counted], [size for _text, size in counted]
    mean = max(sum(sizes) / max(len(sizes), 1), 1.0)
    weights = {
        word: math.log(1 + (len(texts) - found + 0.5) / (found + 0.5))
        for word in wanted
        if (found := sum(word in text for text in texts))
    }
    scores = (_bm25(text, weights, size / mean) for text, size in zip(texts, sizes, strict=True))
    return {place: score for place, score in enumerate(scores) if score}


def _counted(wanted: Collection[str], text: str) -> tuple[Counter[str], int]:
    """How often each of the wanted words stands in the text, and how many words that has; which others is not worth the
    time."""
    text = unicodedata.normalize("NFKC", text).lower()
    found = Counter({word: times for word in wanted if is_unspaced(word) and (times := text.count(word))})
    stems = spaced_stems(text)
    found.update(word for word in stems if word in wanted)
    return found, len(stems) + (0 if text.isascii() else _wide(text))


def _bm25(text: Counter[str], weights: Mapping[str, float], length: float) -> float:
    return sum(
        weight * text[word] * 2.2 / (text[word] + 1.2 * (0.25 + 0.75 * length)) for word, weight in weights.items()
    )


async def _similarities(texts: Mapping[int, str], until: float, asked: Awaitable[Vector | None]) -> dict[int, float]:
    """{place: cosine}; empty when there is no model, or it needs too long."""
    seconds = min(until - time.monotonic(), SECONDS_FOR_VECTORS)
    try:
        async with asyncio.timeout(seconds):
            question = await asked
            if question is None:
                return {}
            given = await aembed_passages(list(texts.values()))
    except (TimeoutError, EmbeddingUnavailable):
        return {}
    return {place: _cosine(question, vector) for place, vector in zip(texts, given, strict=True)}


def likeliest(candidates: Sequence[Candidate], keywords: Mapping[int, float]) -> list[int]:
    """What is worth a vector: the best by keywords, the beginning of each page, then down all pages evenly. Pure."""
    by_keywords = sorted(keywords, key=lambda place: -keywords[place])
    seen: Counter[str] = Counter()
    depth = []
    for each in candidates:
        depth.append(seen[each.url])
        seen[each.url] += 1
    evenly = sorted(range(len(candidates)), key=lambda place: depth[place])
    places: list[int] = []
    left = MOST_TOKENS
    for place in dict.fromkeys([*by_keywords[:3], *beginnings(candidates), *by_keywords, *evenly]):
        left -= min(_tokens(candidates[place].whole), MOST_TOKENS_EACH)
        if len(places) == MOST_EMBEDDED or (left < 0 and places):
            break
        places.append(place)
    return places


def _to_embed(question: str, candidates: Sequence[Candidate]) -> list[str]:
    wanted = re.compile("|".join(re.escape(stem(word)) for word in question_words(question)) or "(?!)")
    return [_around(wanted, each) for each in candidates]


def _around(wanted: re.Pattern[str], candidate: Candidate) -> str:
    """A short candidate whole; of a long one the stretch in which most of the wanted words stand, each counted once."""
    whole, text = candidate.whole, candidate.text
    tokens = _tokens(whole)
    if tokens <= MOST_TOKENS_EACH:
        return whole
    above = whole[: -len(text)][:300]
    room = max(int((MOST_TOKENS_EACH - _tokens(above)) * len(whole) / tokens), 60)
    places = [(match.start(), match[0]) for match in wanted.finditer(text.lower())]
    starts = (at for at, _word in reversed(places))
    densest = max(starts, key=lambda at: len({word for place, word in places if at <= place < at + room}), default=0)
    start = max(0, min(densest - room // 8, len(text) - room))
    return above + text[start : start + room]


def _wide(text: str) -> int:
    return sum(character > "\u2e7f" for character in text)


def _tokens(text: str) -> int:
    wide = _wide(text)
    return wide + (len(text) - wide) // 4


def beginnings(candidates: Sequence[Candidate]) -> list[int]:
    return sorted({each.url: place for place, each in reversed(list(enumerate(candidates)))}.values())


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0


def fused(
    question: str, candidates: Sequence[Candidate], keywords: Mapping[int, float], similar: Mapping[int, float]
) -> dict[int, float]:
    """{place: 0…1}, best first: fused like the passages of documents, the engine deciding between equals. Pure."""
    likely = heapq.nlargest(ranking.COVERING, keywords, key=lambda place: keywords[place])
    covered = ranking.coverage(question, [candidates[place].whole for place in likely])
    fair = FLOOR_OF_KEYWORDS * max(keywords.values(), default=0.0)
    scores = {
        place: score
        for place, score in ranking.fuse(similar, keywords, covered).items()
        if score >= FLOOR or keywords.get(place, 0.0) > fair
    }
    if not scores:  # not one word in common, and no model: the engine's opinion is all there is
        scores = dict.fromkeys(beginnings(candidates), 0.0)
    order = sorted(scores, key=lambda place: (-scores[place] - _PRIOR_WEIGHT * candidates[place].prior, place))
    return {place: scores[place] for place in order}


def chosen(candidates: Sequence[Candidate], scores: Mapping[int, float]) -> list[Passage]:
    """The best within the limits, in the order of `scores`; neighbours are joined, copies dropped. Pure."""
    per_page: Counter[str] = Counter()
    ranked = []
    for place, score in scores.items():
        candidate = candidates[place]
        per_page[candidate.url] += 1
        if per_page[candidate.url] <= MOST_PER_PAGE:
            ranked.append(
                ranking.Found(
                    chunk_id=place,
                    document_id=candidate.url,
                    heading=candidate.heading,
                    text=candidate.text,
                    start=candidate.start,
                    end=candidate.end,
                    score=score,
                )
            )
    return [
        _passage(candidates[found.chunk_id], found)
        for found in ranking.select(ranked, limit=MOST, characters=MOST_CHARACTERS)
    ]


def _passage(candidate: Candidate, found: ranking.Found) -> Passage:
    return Passage(
        text=found.text,
        title=candidate.title,
        score=round(found.score, 4),
        url=candidate.url,
        heading=candidate.heading,
        page=candidate.page,
    )
