"""Heads, feet and page numbers that stand on most pages of a document are no part of its text. Pure."""

import re
from collections import Counter

_DIGITS = re.compile(r"\d+")
_NUMBER_AT_EDGE = re.compile(r"^\s*(\d{1,5})\b|\b(\d{1,5})\s*$")
_LONGEST_FOOT = 150


def without_running_lines(pages: list[str]) -> list[str]:
    """Heads and feet that stand on most pages, numbers aside, are no part of the text."""
    if len(pages) < 5:
        return pages
    split = [page.strip("\n").split("\n") for page in pages]
    for edge in (0, -1):
        forms = Counter(_form(lines[edge]) for lines in split if lines)
        running = {form for form, count in forms.items() if count * 3 > len(pages)}
        split = [
            (lines[1:] if edge == 0 else lines[:-1]) if lines and _form(lines[edge]) in running else lines
            for lines in split
        ]
    return ["\n".join(lines) for lines in _without_page_numbers(split)]


def _without_page_numbers(pages: list[list[str]]) -> list[list[str]]:
    """A foot such as “2.5. Priorities 11” or “12 Chapter 2”: its number keeps one distance to the page's own."""
    for place in (-1, 0, 1):
        distances = [_distances(lines, place, at) for at, lines in enumerate(pages)]
        common = Counter(distance for found in distances for distance in found).most_common(1)
        if common and common[0][1] * 2 > len(pages):
            for lines, found in zip(pages, distances, strict=True):
                if common[0][0] in found:
                    del lines[place]
    return pages


def _distances(lines: list[str], place: int, at: int) -> set[int]:
    """How far the numbers at the ends of a line are from the page's; the second line must be a number and no more."""
    if len(lines) <= max(place, 0) or len(lines[place]) > (_LONGEST_FOOT if place < 1 else 5):
        return set()
    return {at - int(first or last) for first, last in _NUMBER_AT_EDGE.findall(lines[place])}


def _form(line: str) -> str:
    return _DIGITS.sub("0", " ".join(line.split()))
