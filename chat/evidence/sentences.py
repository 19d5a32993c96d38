"""An answer cut into what each of its [n] answers for: the words since the last mark of the same sentence. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARK = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】](?!\()")
CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
# A point ends one before a blank and a capital: neither 3.5 nor "e.g. this" is cut. Marks behind it belong to it.
_SHORT = "".join(rf"(?<!{word})" for word in (r"\b[A-Z]", r"e\.g", r"i\.e", r"\bMr", r"\bDr", r"\bMs", "Mrs", r"\bNo"))
_END = re.compile(
    rf"(?:[。！？!?；]+[”’」』\"')）]*|{_SHORT}\.[”’\"')]*(?=\s+[^a-z\d\s]|\s*[\[【]|\s*$))"
    r"(?:\s*[\[【][\d\s,，、]+[\]】])*"
)
_FURNITURE = re.compile(r"^\s*(?:>\s*)*(?:[-*+•]\s+|\d{1,3}[.)、]\s*|#{1,6}\s+)?(?:\[[ xX]\]\s+)?")
_SIGN = re.compile(r"[^\n]")
_NUMBER = re.compile(r"\d+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_STRESS = re.compile(r"[*_~]{1,3}(?=\S)|(?<=\S)[*_~]{1,3}")
_RULE = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")


@dataclass(frozen=True, slots=True)
class Claim:
    """Words of an answer and the numbers of the marks that stand right behind them: [1][2] and [1, 2] are one group."""

    text: str
    marks: tuple[int, ...]


def claims(answer: str) -> Iterator[Claim]:
    """All that is cited in Markdown text, in the order of the marks; marks in code are none."""
    if "`" in answer:
        answer = CODE.sub(lambda match: _SIGN.sub(" ", match[0]), answer)
    for line in answer.splitlines():
        if MARK.search(line) and not _RULE.match(line):
            for sentence in _sentences(_FURNITURE.sub("", line)):
                yield from _marked(sentence)


def numbers_of(mark: re.Match[str]) -> list[int]:
    return [int(number) for number in _NUMBER.findall(mark[1])]


def _sentences(line: str) -> Iterator[str]:
    at = 0
    for end in _END.finditer(line):
        yield line[at : end.end()]
        at = end.end()
    if line[at:].strip():
        yield line[at:]


def _marked(sentence: str) -> Iterator[Claim]:
    """Cut behind each group of marks; what follows the last one belongs to it, as in "According to [1], it is 5"."""
    groups: list[tuple[str, list[int]]] = []
    at = 0
    for mark in MARK.finditer(sentence):
        numbers = numbers_of(mark)
        between = sentence[at : mark.start()]
        if groups and not between.strip(" ,，、"):
            groups[-1][1].extend(numbers)
        else:
            groups.append((between, numbers))
        at = mark.end()
    for position, (text, numbers) in enumerate(groups):
        rest = f" {sentence[at:]}" if position == len(groups) - 1 else ""
        yield Claim(_bare(text + rest), tuple(numbers))


def _bare(text: str) -> str:
    """Without Markdown's signs; cells of a table are apart."""
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    return _STRESS.sub("", text.replace("|", " ； ")).strip()
