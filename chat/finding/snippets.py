"""The part of a text that shows best why it was found, with the places of the words in it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chat.finding.words import LONGEST, Term, fold
from knowledge import segmentation

WIDTH = 150  # characters
BEFORE = 40  # of them in front of the first word
MOST_SPANS = 100  # of one word
MOST_NEAR = 20  # of them that are looked at together
_BLANKS = re.compile(r"\s+")
# Marks of Markdown that say nothing in one line: fences, rules of tables, bold type, headings.
_MARKUP = re.compile(r"```[\w+-]*|\|[-:| ]*\||[|`]|\*\*|^#+ ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Snippet:
    """`marks` are [start, end] in characters of `text`."""

    text: str
    marks: list[list[int]]


def snippet(text: str, wanted: Sequence[Term]) -> Snippet:
    """One line of the text where most of the wanted words stand together; its beginning when none is seen in it."""
    text = _BLANKS.sub(" ", _MARKUP.sub(" ", text[:LONGEST])).strip()
    spans = _spans(_same_length(text), wanted)
    start = _best_start(spans)
    shown = text[start : start + WIDTH]
    head, tail = ("…" if start else ""), ("…" if start + WIDTH < len(text) else "")
    moved = len(head) - start
    marks = [[at + moved, end + moved] for at, end, _term in spans if at >= start and end <= start + WIDTH]
    return Snippet(head + shown + tail, marks)


def _best_start(spans: Sequence[tuple[int, int, int]]) -> int:
    """Where the part begins that has the most different words; the earliest of equals."""
    if not spans:
        return 0
    best, start, most = 0, spans[0][0], len({term for _at, _end, term in spans})
    for place, (at, _end, _term) in enumerate(spans):
        seen = len({term for _other, end, term in spans[place : place + MOST_NEAR] if end <= at + WIDTH - BEFORE})
        if seen > best:
            best, start = seen, at
        if best == most:
            break
    return max(0, start - BEFORE)


def _same_length(text: str) -> str:
    """Folded, each character in its place: where folding would move the others, that one stays as it is."""
    folded = fold(text)
    if len(folded) == len(text):
        return folded
    return "".join(new if len(new := fold(one)) == 1 else one for one in text)


def _spans(text: str, wanted: Sequence[Term]) -> list[tuple[int, int, int]]:
    """(start, end, which term) of what is seen of the terms, in order and without overlaps."""
    found: list[tuple[int, int, int]] = []
    for number, term in enumerate(wanted):
        if term.pairs:
            places = re.finditer(re.escape(term.text), text)
            found += [(hit.start(), hit.end(), number) for hit in places][:MOST_SPANS]
            continue
        for start, end in segmentation.WordsWithStems([term.text]).places(text):
            if term.begins or segmentation.stem(text[start:end]) == term.text:
                found.append((start, end, number))
            if len(found) > MOST_SPANS:
                break
    apart: list[tuple[int, int, int]] = []
    for span in sorted(found):
        if not apart or span[0] >= apart[-1][1]:
            apart.append(span)
    return apart
