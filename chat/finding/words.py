"""Text to the words that chats are found by, and what somebody typed to what is looked for. Pure.

Case is folded as Unicode has it, marks on Latin letters are left out, commonest English endings are cut off; Chinese,
Japanese and Korean become pairs of characters (knowledge/segmentation.py). Both databases are given the same words.
"""

import re
import unicodedata
from dataclasses import dataclass

from knowledge import segmentation

LONGEST = 50_000  # characters of a message that it is found by; more would not fit into one tsvector
MOST_TERMS = 12
_MARKED_LATIN = re.compile(r"([a-z])[\u0300-\u036f]+")


@dataclass(frozen=True, slots=True)
class Term:
    """What must stand in a text: one word, the beginning of one, or characters that follow each other.

    `pairs` are those characters as they are indexed; empty for a spaced word.
    """

    text: str
    begins: bool = False
    pairs: tuple[str, ...] = ()


def fold(text: str) -> str:
    """The same for all ways to write a text: ПРИВЕТ and привет, CAFÉ and cafe, ＡＢＣ and abc."""
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _MARKED_LATIN.sub(r"\1", unicodedata.normalize("NFD", text)))


def indexed(text: str) -> list[str]:
    """The words of a text, in order."""
    return [segmentation.stem(word) for word in segmentation.indexed(fold(text[:LONGEST])).split()]


def terms(typed: str) -> list[Term]:
    """What is looked for; the last word may still be growing, unless a space stands behind it."""
    found: list[Term] = []
    for piece in fold(typed[:500]).split():
        run: list[str] = []
        for word in segmentation.words(piece):
            if not segmentation.is_unspaced(word):
                found += _characters(run)
                run = []
                found.append(Term(segmentation.stem(word)))
            elif run and run[-1][-1] == word[0]:
                run.append(word)
            else:
                found += _characters(run)
                run = [word]
        found += _characters(run)
    if found and not found[-1].pairs and not typed[-1:].isspace():
        found[-1] = Term(found[-1].text, begins=True)
    return list(dict.fromkeys(found))[:MOST_TERMS]


def _characters(pairs: list[str]) -> list[Term]:
    """A run of characters; a single one is looked for as the beginning of a pair."""
    if not pairs:
        return []
    text = pairs[0] + "".join(pair[-1] for pair in pairs[1:])
    return [Term(text, begins=len(text) == 1, pairs=tuple(pairs))]
