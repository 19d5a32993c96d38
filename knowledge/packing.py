"""Ranked passages to what a model is given: the best whole, those behind them cut to their best sentences. Pure.

The same room holds more different places that way: of what a question needs, a point more is inside 3,000 characters
(docs/decisions/0002-retrieval.md). Nothing is cut while everything fits.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from knowledge.explaining.trace import Packed
from knowledge.ranking import Found, select
from knowledge.wording import Wording, sentences

WHOLE = 4
EXCERPT = 300
# What is little longer than an excerpt stays as it is.
LENIENT = 1.25


def pack(
    ranked: Sequence[Found],
    wording: Wording,
    *,
    limit: int,
    characters: int,
    fates: dict[int, Packed] | None = None,
) -> list[Found]:
    """The best that fit, repeated texts dropped, neighbours joined into one passage."""
    if sum(len(found.text) for found in ranked[:limit]) <= characters:
        return select(ranked, limit=limit, characters=characters, fates=fates)
    cut = partial(excerpt, wording=wording, size=EXCERPT)
    tried = chain(ranked[:WHOLE], map(cut, ranked[WHOLE : 2 * limit]))
    return select(tried, limit=limit, characters=characters, fates=fates)


def excerpt(found: Found, wording: Wording, size: int) -> Found:
    """The sentences, one after the other, that have most of the question's words; at most `size` characters of them."""
    # A table's repeated head stands before the document's own characters: such a passage is not cut.
    if len(found.text) <= size * LENIENT or len(found.text) != found.end - found.start:
        return found
    places = sentences(found.text)
    words = [wording.words_in(found.text[start:end]) for start, end in places]
    best, chosen = (-1.0, 0), places[0]
    for first, (start, _end) in enumerate(places):
        seen: set[str] = set()
        for number in range(first, len(places)):
            end = places[number][1]
            if end - start > size and number > first:
                break
            seen |= words[number]
            worth = wording.weight(seen), min(end - start, size)
            if worth > best:
                best, chosen = worth, (start, end)
    start, end = chosen
    text = found.text[start:end].rstrip()
    return replace(found, text=text, start=found.start + start, end=found.start + start + len(text))
