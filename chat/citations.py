"""Which sources an answer names: [1], [2, 3], 【4】. Pure."""

import re
from collections.abc import Iterable

_MARK = re.compile(r"[\[【]\s*(\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)\s*[\]】]")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


def cited_in(text: str, numbers: Iterable[int]) -> set[int]:
    """The numbers among `numbers` that the text cites; brackets inside code are not citations."""
    existing = set(numbers)
    found: set[int] = set()
    for match in _MARK.finditer(_CODE.sub(" ", text)):
        found.update(int(number) for number in re.split(r"\s*[,，、]\s*", match[1]))
    return found & existing
