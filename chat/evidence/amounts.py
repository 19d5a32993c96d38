"""Numbers and dates in Chinese and English text, brought to one form so that two spellings can be compared. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chat.evidence.numerals import with_digits
from chat.evidence.units import CURRENCIES, SCALES, UNITS

ABOUT = 0.05  # how far a number that says "about" may be from the one it stands for
_HEDGES = r"about|around|nearly|almost|roughly|approximately|over|more than|under|约|近|大约|超过|接近|将近|逾|不到"
_SCALE = "|".join(sorted(map(re.escape, SCALES), key=len, reverse=True))
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_AMOUNT = re.compile(
    r"(?<![a-z0-9_.])(?P<number>\d{1,3}(?:[, ]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)\+?"
    rf"(?:[ -]?(?P<scale>{_SCALE})(?![a-z]))?"
    rf"(?:[ -]?(?:working |business |calendar |full )?(?P<unit>{_UNIT})(?![a-z]))?"
)
_BEFORE = re.compile(rf"(?P<about>(?<![a-z])(?:{_HEDGES})\s?)?(?P<currency>[$€£¥])?\s?$")
_CODE = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{1,12}-?\d[\w.-]*\w|[a-z]{1,3}\d|\d{1,2}:\d{2}|\d+(?:\.\d+){2,})(?![a-z0-9:])", re.A
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = "|".join(f"{month}|{month[:3]}\\.?" for month in _MONTHS)
_DATES = (
    re.compile(
        r"(?P<year>\d{4})(?:-|/|\.| ?年 ?)(?P<month>\d{1,2})(?:(?:-|/|\.| ?月 ?)(?P<day>\d{1,2})(?: ?[日号])?|(?: ?月))"
    ),
    re.compile(r"(?P<month>\d{1,2}) ?月 ?(?P<day>\d{1,2}) ?[日号]"),
    re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<name>{_MONTH})(?![a-z])(?:,? (?P<year>\d{{4}}))?"),
    re.compile(rf"\b(?P<name>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<year>\d{{4}}))?"),
    re.compile(rf"\b(?P<name>{_MONTH}),? (?P<year>\d{{4}})"),
)
_MONTH_ALONE = re.compile(rf"\b(?:in|by|of|from|until|since|every|during|to|and) (?P<name>{'|'.join(_MONTHS)})\b")
_OF_YEAR = re.compile(r"(?<!\d)(?P<month>1[0-2]|[1-9]) ?月(?! ?\d)")
_HAS_DIGIT = re.compile(r"\d")
_HAS_YEAR = re.compile(r"\d{4}(?:[-/.]| ?年)")
_HAS_MONTH = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)")
NO_UNIT = "-"  # a part of a date or a code: it counts nothing


@dataclass(frozen=True, slots=True)
class Amount:
    """A number and what it counts; `unit` is '' when that is not one we know. `about`: its author rounded it."""

    value: float
    unit: str
    written: str
    about: bool = False

    def stands_for(self, other: "Amount") -> bool:
        if self.unit and other.unit and self.unit != other.unit:
            return False
        allowed = ABOUT * abs(other.value) if self.about else 1e-9 * max(abs(self.value), 1)
        return abs(self.value - other.value) <= allowed


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as it was told; None where it was not."""

    year: int | None
    month: int | None
    day: int | None
    written: str

    def stands_for(self, other: "Day") -> bool:
        """What both tell is the same, and the month is told by both."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine == theirs for mine, theirs in pairs if mine is not None and theirs is not None)


@dataclass(frozen=True, slots=True)
class Figures:
    """All numbers, dates, and names with digits in them (A4, 18:30, 2.3.1), of one text."""

    amounts: tuple[Amount, ...]
    days: tuple[Day, ...]
    codes: tuple[str, ...]


def figures(text: str, *, every: bool) -> Figures:
    """The figures of a text in lower case that `numerals.plain` went over.

    `every` takes all that could be meant as a number, as one does of a passage that is looked into; without it only
    what surely is one, as one does of a claim: "一" in 一般 and the "two" of "the two of them" are none.
    """
    text = with_digits(text, every=every)
    days: list[Day] = []
    for pattern in _dates_in(text):
        text = pattern.sub(lambda match: _note(match, days), text)
    codes: list[str] = []
    amounts: list[Amount] = []
    if _HAS_DIGIT.search(text):
        codes = _CODE.findall(text)
        text = _CODE.sub(" ", text) if codes else text
        amounts = [_amount(match, hedged=not every) for match in _AMOUNT.finditer(text)]
    if every:
        told = [part for day in days for part in (day.month, day.day) if part is not None]
        amounts += [Amount(float(day.year), "year", str(day.year)) for day in days if day.year is not None]
        amounts += [Amount(float(number), NO_UNIT, str(number)) for number in told]
        amounts += [Amount(float(run), NO_UNIT, run) for code in codes for run in re.findall(r"\d+", code)]
    return Figures(tuple(amounts), tuple(days), tuple(codes))


def _dates_in(text: str) -> Iterator[re.Pattern[str]]:
    """The patterns that can match at all: most sentences have no date."""
    if _HAS_YEAR.search(text):
        yield _DATES[0]
    if "月" in text:
        yield _DATES[1]
        yield _OF_YEAR
    if _HAS_MONTH.search(text):
        yield from _DATES[2:]
        yield _MONTH_ALONE


def _note(match: re.Match[str], days: list[Day]) -> str:
    parts = match.groupdict()
    name = parts.get("name")
    month = int(parts["month"]) if parts.get("month") else None
    if name:
        month = next(number for number, full in enumerate(_MONTHS, 1) if full.startswith(name[:3]))
    year, day = (int(parts[key]) if parts.get(key) else None for key in ("year", "day"))
    if month is not None and not 1 <= month <= 12:
        return match[0]
    days.append(Day(year, month, day, match[0].strip()))
    return " "


def _amount(match: re.Match[str], *, hedged: bool) -> Amount:
    """`hedged`: an "about" before it counts."""
    value = float(match["number"].replace(",", "").replace(" ", ""))
    value *= SCALES.get(match["scale"] or "", 1)
    about = currency = None
    last = match.string[max(0, match.start() - 2) : match.start()].rstrip()[-1:]
    if last in CURRENCIES or (hedged and last.isalpha()):
        before = _BEFORE.search(match.string[max(0, match.start() - 16) : match.start()])
        about, currency = (before["about"], before["currency"]) if before else (None, None)
    unit = UNITS.get(match["unit"] or "", "") or CURRENCIES.get(currency or "", "")
    return Amount(value, unit, f"{currency or ''}{match[0].strip()}", bool(about))
