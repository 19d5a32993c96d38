"""Which sources an answer names, [1], [2, 3], 【4】, and what became of each when it was looked up. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chat.evidence import Check, check
from chat.evidence.sentences import CODE, MARK, numbers_of


def cited_in(text: str, numbers: Iterable[int]) -> set[int]:
    """The numbers among `numbers` that the text cites; brackets inside code are not citations."""
    existing = set(numbers)
    found: set[int] = set()
    for match in MARK.finditer(CODE.sub(" ", text)):
        found.update(numbers_of(match))
    return found & existing


def checked(text: str, citations: Sequence[Mapping[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """For each cited number its checks as they go to the page, in the order of its marks in the text."""
    if "[" not in text and "【" not in text:
        return {}
    passages = {one["n"]: f"{one['title']}\n{one['heading']}\n{one['text']}" for one in citations}
    found: dict[int, list[dict[str, Any]]] = {}
    for one in check(text, passages):
        found.setdefault(one.n, []).append(_to_wire(one))
    return found


def _to_wire(one: Check) -> dict[str, Any]:
    wire: dict[str, Any] = {"verdict": one.verdict}
    if one.where is not None:
        wire["where"] = one.where
    if one.missed:
        wire["missed"] = [words[:80] for words in one.missed[:5]]
    return wire
