"""Written numbers turned into digits: 三百二十, 百分之五, 二〇二四, twenty-five. Pure."""

import re
import unicodedata

from chat.evidence.units import UNITS
from chat.evidence.words import NUMBERS, TENS

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TIMES = {"十": 10, "百": 100, "千": 1000}
_BIG = {"万": 10_000, "亿": 100_000_000}
_SIGN = "零〇一二三四五六七八九十百千万亿两"
_HUNDREDTHS = re.compile(rf"百分之([{_SIGN}]+(?:点[零〇一二三四五六七八九]+)?|\d+(?:\.\d+)?)")
_CHINESE = re.compile(rf"(?P<nth>第)?(?<![\d.])(?P<run>[{_SIGN}]+(?:点[零〇一二三四五六七八九]+)?)")
_NO_NUMBER = frozenset(
    ("十分", "万一", "千万", "一一", "百分", "万万", "一百", "三三", "两两", "七八", "三四", "五六", "三五", "千百")
)
_COUNTED = re.compile(
    "|".join(sorted((word for word in UNITS if word[0] > "一"), key=len, reverse=True))
    + "|[个条章款项倍月折级楼层台份岁届期轮册卷件家位部]"
)
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")
_WORDS = {word: value for value, word in enumerate(NUMBERS)} | {word: 10 * n for n, word in enumerate(TENS, 2)}
_ENGLISH = re.compile(
    rf"\b(?P<tens>{'|'.join(TENS)})(?:[- ](?P<ones>{'|'.join(NUMBERS[1:10])}))?\b(?P<hundred1> hundred\b)?"
    rf"|\b(?P<small>a(?= hundred\b)|{'|'.join(NUMBERS)})\b(?:(?P<hundred> hundred\b)"
    rf"(?:(?: and)? (?P<more>(?:{'|'.join(TENS)})(?:[- ](?:{'|'.join(NUMBERS[1:10])}))?|{'|'.join(NUMBERS)})\b)?)?"
)
_UNIT_AFTER = re.compile(r"[ -](?:working |business |calendar |full )?(?:hundred|thousand|million|" + "|".join(
    sorted((word for word in UNITS if word[0] < "一" and len(word) > 2), key=len, reverse=True)) + r")\b")  # fmt: skip


def plain(text: str) -> str:
    """Full-width signs as ordinary ones, one kind of quotation mark's neighbour blanks, no invisible characters."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    return _INVISIBLE.sub("", text)


def with_digits(text: str, *, every: bool) -> str:
    """The text with its written numbers as digits; `every` also where they may be no number at all."""
    if not text.isascii():
        if "百分之" in text:
            text = _HUNDREDTHS.sub(lambda match: f"{_chinese(match[1])}%", text)
        text = _CHINESE.sub(lambda match: _replaced(match, every), text)
    return _ENGLISH.sub(lambda match: _spelt(match, every), text)


def _replaced(match: re.Match[str], every: bool) -> str:
    run, nth = match["run"], match["nth"] or ""
    value = _chinese(run)
    if value is None:
        return match[0]
    if every or nth:
        return f"{nth}{value}"
    counted = _COUNTED.match(match.string, match.end())
    if len(run) == 1:
        return str(value) if counted and run not in "一百千万亿" and counted[0] not in "个项条部位" else match[0]
    return match[0] if run in _NO_NUMBER and not counted else str(value)


def _chinese(run: str) -> str | None:
    """The digits of a Chinese numeral; None when it is none (万 alone)."""
    if run[0].isdecimal():
        return run
    whole, _point, part = run.partition("点")
    fraction = "." + "".join(str(_DIGITS[sign]) for sign in part) if part else ""
    if all(sign in _DIGITS for sign in whole):
        return "".join(str(_DIGITS[sign]) for sign in whole) + fraction
    total = section = digit = 0
    for sign in whole:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _TIMES:
            section += (digit or 1) * _TIMES[sign]
            digit = 0
        else:
            total = (total + section + digit) * _BIG[sign]
            section = digit = 0
    value = total + section + digit
    return f"{value}{fraction}" if value else None


def _spelt(match: re.Match[str], every: bool) -> str:
    if match["tens"]:
        value = _WORDS[match["tens"]] + _WORDS.get(match["ones"] or "", 0)
    else:
        value = 1 if match["small"] == "a" else _WORDS[match["small"]]
    value *= 100 if match["hundred"] or match["hundred1"] else 1
    value += sum(_WORDS[word] for word in match["more"].replace("-", " ").split()) if match["more"] else 0
    sure = value > 12 or (value > 1 and _UNIT_AFTER.match(match.string, match.end()))
    return str(value) if every or sure else match[0]
