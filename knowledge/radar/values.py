"""What a sentence says in figures: amounts with their units, and days. English and Chinese. Pure.

A value is a text that is equal where the same is meant: "5000 money:eur", "2592000 time", "day 2024-03-01".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = "(?P<{n}>" + "|".join([*_MONTHS, *(month[:3] for month in _MONTHS)]) + r")\.?"
DAY = re.compile(
    r"(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})"
    r"|(?P<y2>\d{4})\s?年\s?(?P<m2>\d{1,2})\s?月(?:\s?(?P<d2>\d{1,2})\s?[日号])?"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH.format(n='m3')}\s+(?P<y3>\d{{4}})"
    rf"|{_MONTH.format(n='m4')}\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>\d{{4}})",
    re.IGNORECASE,
)
_MEASURES: dict[str, dict[str, float]] = {
    "time": {
        "s": 1,
        "sec": 1,
        "second": 1,
        "秒": 1,
        "秒钟": 1,
        "minute": 60,
        "min": 60,
        "分钟": 60,
        "hour": 3600,
        "h": 3600,
        "小时": 3600,
        "day": 86400,
        "天": 86400,
        "日": 86400,
        "week": 604800,
        "周": 604800,
        "星期": 604800,
    },
    "months": {"month": 1, "个月": 1, "year": 12, "年": 12},
    "length": {"mm": 1, "毫米": 1, "cm": 10, "厘米": 10, "m": 1000, "metre": 1000, "meter": 1000, "米": 1000}
    | {"km": 1e6, "kilometre": 1e6, "kilometer": 1e6, "公里": 1e6, "千米": 1e6},
    "weight": {
        "g": 1,
        "gram": 1,
        "克": 1,
        "kg": 1000,
        "kilogram": 1000,
        "公斤": 1000,
        "千克": 1000,
        "吨": 1e6,
        "tonne": 1e6,
    },
    "bytes": {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12},
    "share": {"%": 1, "％": 1, "percent": 1, "per cent": 1},
    "money:eur": {"eur": 1, "euro": 1, "€": 1, "欧元": 1},
    "money:usd": {"usd": 1, "dollar": 1, "$": 1, "美元": 1},
    "money:gbp": {"gbp": 1, "pound": 1, "£": 1, "英镑": 1},
    "money:cny": {"cny": 1, "rmb": 1, "yuan": 1, "元": 1, "¥": 1, "￥": 1, "人民币": 1, "块": 1},
}
# {unit: (what is measured, how many of the smallest)}
UNITS = {unit: (what, size) for what, units in _MEASURES.items() for unit, size in units.items()}
_LATIN = "|".join(
    sorted((re.escape(unit) for unit in UNITS if unit.isascii() and unit.isalpha()), key=len, reverse=True)
)
_OTHER = "|".join(
    sorted((re.escape(unit) for unit in UNITS if not unit.isascii() or not unit.isalpha()), key=len, reverse=True)
)
_SPELT = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_SPELT |= {
    "twelve": 12,
    "fourteen": 14,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
}
_SPELT |= {"ninety": 90}
_HAN = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "billion": 1e9, "千": 1e3, "万": 1e4, "百万": 1e6, "亿": 1e8}
AMOUNT = re.compile(
    r"(?P<before>[€$£¥￥]|\b(?:EUR|USD|GBP|CNY|RMB)\s)?\s?"
    r"(?<![A-Za-z0-9_.])(?P<number>\d{1,3}(?:[,\u202f\u00a0' ]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?)"
    rf"(?P<scale>\s?(?:thousand|million|billion)\b|k\b|百万|[千万亿])?\s?-?(?P<unit>(?:{_LATIN})(?:e?s)?\b|{_OTHER})?"
    rf"|\b(?P<spelt>{'|'.join(_SPELT)})[\s-](?P<spelt_unit>(?:{_LATIN})(?:e?s)?\b)"
    rf"|(?P<han>[零一二两三四五六七八九十百千万亿]+)(?P<han_unit>{_OTHER})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """Where it stands in the sentence, what it says, and what it measures ('' for a bare number)."""

    start: int
    end: int
    value: str
    what: str


def values_in(sentence: str) -> Iterator[Said]:
    """In the order of the text; no two overlap."""
    at = 0
    days = [Said(found.start(), found.end(), _day(found), "day") for found in DAY.finditer(sentence)]
    for day in [*days, None]:
        end = day.start if day else len(sentence)
        for found in AMOUNT.finditer(sentence, at, end):
            if (said := _amount(found)) is not None:
                yield said
        if day:
            yield day
            at = day.end


def _day(found: re.Match[str]) -> str:
    for n in "1234":
        if year := found[f"y{n}"]:
            month, day = found[f"m{n}"], found[f"d{n}"] or "0"
            number = int(month) if month.isdecimal() else [one[:3] for one in _MONTHS].index(month[:3].casefold()) + 1
            return f"day {year}-{number:02}-{int(day):02}"
    raise AssertionError(found)


def _amount(found: re.Match[str]) -> Said | None:
    if spelt := found["spelt"]:
        number, unit = float(_SPELT[spelt.casefold()]), found["spelt_unit"]
    elif han := found["han"]:
        number, unit = float(_han(han)), found["han_unit"]
    else:
        number = float(re.sub(r"[,\u202f\u00a0' ]", "", found["number"]))
        number *= _SCALES.get((found["scale"] or "").strip().casefold(), 1)
        unit = found["unit"] or (found["before"] or "").strip()
    what, size = _unit(unit or "")
    return Said(found.start(), found.end(), f"{number * size:.6g} {what}".strip(), what)


def _unit(unit: str) -> tuple[str, float]:
    bare = unit.casefold()
    for known in (bare, bare.removesuffix("s"), bare.removesuffix("es")):
        if known in UNITS:
            return UNITS[known]
    return "", 1.0


def _han(text: str) -> int:
    """三十五 as 35, 一万二千 as 12000."""
    total = section = digit = 0
    for mark in text:
        if mark in _HAN:
            digit = _HAN[mark]
        elif mark in _TENS:
            section += (digit or 1) * _TENS[mark]
            digit = 0
        else:
            total = (total + section + digit) * (10_000 if mark == "万" else 100_000_000)
            section = digit = 0
    return total + section + digit
