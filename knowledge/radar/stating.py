"""Sentences that say how much, how many or when, by what they speak of: the same words, other figures. Pure.

Two sentences speak of the same when they have the same words but for figures, filler words and endings. What numbers a
thing (chapter 3, 第3章) and the years beside an amount belong to what is spoken of, not to what is said of it.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.radar.values import Said, values_in

LONGEST, SHORTEST = 300, 6  # characters of a sentence
MOST = 4000  # statements of a document
MOST_SAID = 3  # values of one sentence
OFTEN = 3  # what one document says in so many ways is a table or a log, not a fact
_SENTENCES = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；;])|\n+|\s[|]\s")
_LABEL = re.compile(
    r"(?:\b(?:chapter|section|sec|page|p|pp|figure|fig|table|step|version|item|no|nr|number|article|art|appendix|room|line"
    r"|part|volume|vol|issue|level|floor|phase|question|exercise|example|id|build|release|iso|rfc)\.?|[§#v]|第|表|图|附录|步骤|版本"
    r"|编号|例|题)\s*$",
    re.IGNORECASE,
)
_LABEL_BEHIND = re.compile(r"^\s?(?:章|节|页|条|款|项|期|届|版|号楼|层|步|课|卷|部分|st\b|nd\b|rd\b|th\b)")
_TIME_OF = re.compile(r"\b(?:19|20)\d\d$")
_FILLER = frozenset(
    (
        "a", "an", "the", "is", "are", "was", "were", "be", "been", "of", "for", "to", "in", "on", "at", "by",
        "and", "or", "per", "it", "its", "this", "that", "these", "those", "we", "our", "you", "your", "has",
        "have", "had", "with", "from", "as", "which", "will", "shall", "can", "may", "now", "currently", "amounts",
        "amount", "about", "approximately", "total", "totals", "equals", "equal", "set", "up",
    )
)  # fmt: skip
_HAN_FILLER = "的是为了在约共计有将即现也均已"
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Stated:
    """`key` is the same for sentences that speak of the same."""

    key: int
    values: tuple[str, ...]
    sentence: str


def statements_in(text: str) -> list[Stated]:
    """Each once; without what the text itself says in many ways."""
    found: dict[tuple[int, tuple[str, ...]], Stated] = {}
    ways: defaultdict[int, set[tuple[str, ...]]] = defaultdict(set)
    for sentence in _sentences(text):
        if stated := _stated(sentence):
            found.setdefault((stated.key, stated.values), stated)
            ways[stated.key].add(stated.values)
    return [stated for stated in found.values() if len(ways[stated.key]) < OFTEN][:MOST]


def disagree(one: Sequence[str], other: Sequence[str]) -> tuple[str, str] | None:
    """What differs, where exactly one of the values does."""
    if len(one) != len(other):
        return None
    differing = [(left, right) for left, right in zip(one, other, strict=True) if left != right]
    return differing[0] if len(differing) == 1 else None


def _sentences(text: str) -> Iterator[str]:
    for piece in _SENTENCES.split(text):
        sentence = " ".join((piece or "").split()).strip("|*#>-• ")
        if SHORTEST <= len(sentence) <= LONGEST and re.search(
            r"[\d零一二两三四五六七八九十]|\b(?:two|three|four|five|six|ten|t[hw])", sentence
        ):
            yield sentence


def _stated(sentence: str) -> Stated | None:
    said = list(values_in(sentence))
    told = [one for one in said if not _numbers(sentence, one)]
    if len(told) > 1:
        # A day or a year beside an amount says when, which belongs to what is spoken of.
        told = [one for one in told if not _is_time(one)] or told
    if not told or len(told) > MOST_SAID:
        return None
    words = _words(sentence, said, told)
    if sum(len(word) == 1 for word in words) < 3 and sum(len(word) > 1 for word in words) < 2:
        return None
    key = int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=8).digest(), "big", signed=True)
    return Stated(key, tuple(one.value for one in told), sentence)


def _numbers(sentence: str, one: Said) -> bool:
    """It names which one is meant, such as a chapter."""
    return not one.what and bool(_LABEL.search(sentence[: one.start]) or _LABEL_BEHIND.match(sentence[one.end :]))


def _is_time(one: Said) -> bool:
    return one.what == "day" or (one.what in ("", "months") and bool(_TIME_OF.search(one.value.split()[0])))


def _words(sentence: str, said: Sequence[Said], told: Sequence[Said]) -> list[str]:
    """What it speaks of, in no order but with what is measured; the figures that belong to it are words as well."""
    words: list[str] = []
    at = 0
    for one in said:
        words += _plain(sentence[at : one.start])
        words.append(f"<{one.what}>" if one in told else f"<={one.value}>")
        at = one.end
    words += _plain(sentence[at:])
    return sorted(words)


def _plain(text: str) -> list[str]:
    found = (word.casefold() for word in _WORD.findall(text))
    return [_stem(word) for word in found if word not in _FILLER and word not in _HAN_FILLER]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
