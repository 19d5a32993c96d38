"""How well the words of a text fit what is looked for. Pure."""

from collections.abc import Sequence

from chat.finding.words import Term

_USUAL = 150  # words of a message
_FULL, _LONG = 0.3, 0.9  # how soon more of the same counts no more, and how much the length of a text does (as in BM25)


def fit(words: str, wanted: Sequence[Term]) -> float:
    """From 0 to 1: `words` as they are indexed, with spaces between them. Often in a short text is best."""
    padded = f" {words} "
    fullness = _FULL + _LONG * (words.count(" ") + 1) / _USUAL
    counts = (padded.count(_needle(term)) for term in wanted)
    return sum(count / (count + fullness) for count in counts) / len(wanted)


def _needle(term: Term) -> str:
    return f" {' '.join(term.pairs or (term.text,))}{'' if term.begins else ' '}"
