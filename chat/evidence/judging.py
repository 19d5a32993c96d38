"""The quote gate: whether what an answer says with an [n] stands in passage n. No model, no network. Pure.

Method. Each mark answers for the words before it in its sentence (`sentences.claims`). Of these are taken what can be
checked by itself: amounts with units and dates (`amounts.figures`; 三百二十, ３２０ and 320 are one number),
quotations, and names. All must stand in the passages of the marks that stand together:

- found: they do, or there are none and the sentence shares a long run of words (or most of its words) with the passage;
- elsewhere: they do not, but all stand in one other passage that was sent; or the words are plainly another passage's;
- missing: something stands in none of them as it is written; `missed` says what;
- unchecked: nothing in it can be checked so: it may well be right, in other words or in another language.

The idea of finding an answer's evidence by what it shares with a passage is ALCE's (Gao et al., 2023, "Enabling Large
Language Models to Generate Text with Citations"), where a model judges; here only what needs no judgement is judged.
"""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from chat.evidence.amounts import Amount, Day, Figures, figures
from chat.evidence.names import capitals, chinese_names, is_chinese, quotations, squeezed, stands_in
from chat.evidence.numerals import plain
from chat.evidence.sentences import Claim, claims
from chat.evidence.wording import Known, Wording

Verdict = Literal["found", "elsewhere", "missing", "unchecked"]
LONGEST = 20_000  # characters of a passage that are looked at
MOST = 200  # marks of one answer that are judged
SHARED = 0.55  # of a claim's words, that make it the passage's
APART = 0.3  # more words shared with another passage than with the cited one
# Beside figures: they may be a part of others.
_LEADS_ON = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_.,:/%-一二三四五六七八九十百千万亿两零〇第")
_GOES_ON = re.compile(r"[a-z0-9_/%一二三四五六七八九十百千万亿两零〇-]|[.,:]\d")


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one mark. `where`: the passage it stands in instead. `missed`: what does not stand there."""

    n: int
    verdict: Verdict
    where: int | None = None
    missed: tuple[str, ...] = ()


class Evidence:
    """One passage, prepared as far as it is asked about."""

    def __init__(self, text: str) -> None:
        self.text = plain(text[:LONGEST])

    @cached_property
    def _lower(self) -> str:
        return self.text.lower()

    @cached_property
    def figures(self) -> Figures:
        return figures(self._lower, every=True)

    @cached_property
    def squeezed(self) -> str:
        return squeezed(self.text)

    @cached_property
    def wording(self) -> Wording:
        return Wording(self.text)

    @cached_property
    def is_chinese(self) -> bool:
        return is_chinese(self.text)

    @cached_property
    def _counted(self) -> dict[float, set[str]]:
        counted: dict[float, set[str]] = {}
        for amount in self.figures.amounts:
            counted.setdefault(round(amount.value, 6), set()).add(amount.unit)
        return counted

    def has_amount(self, amount: Amount) -> bool:
        if self._has_literally(amount.written):
            return True
        if amount.about:
            return any(amount.stands_for(other) for other in self.figures.amounts)
        units = self._counted.get(round(amount.value, 6), ())
        return amount.unit in units or ("" in units) or (not amount.unit and bool(units))

    def has_day(self, day: Day) -> bool:
        return self._has_literally(day.written) or any(day.stands_for(other) for other in self.figures.days)

    def _has_literally(self, written: str) -> bool:
        """Whether it stands there in the same signs: then its numbers need not be worked out."""
        place = self._lower.find(written)
        while place >= 0:
            before, after = self._lower[max(place - 1, 0) : place], place + len(written)
            if before not in _LEADS_ON and not _GOES_ON.match(self._lower, after):
                return True
            place = self._lower.find(written, place + 1)
        return False


def check(answer: str, passages: Mapping[int, str]) -> list[Check]:
    """One check for each number of each mark of the answer that names a passage, in the order of the text.

    `passages` are all that were sent, with their titles and headings, by their numbers.
    """
    sent = {n: Evidence(text) for n, text in passages.items()}
    known = Known(one.text for one in sent.values())
    checks: list[Check] = []
    for claim in claims(answer):
        cited = [n for n in dict.fromkeys(claim.marks) if n in sent]
        if not cited or len(checks) >= MOST:
            continue
        judged = {one.n: one for one in _judged(Claim(plain(claim.text), claim.marks), cited, sent, known)}
        checks.extend(judged[n] for n in claim.marks if n in judged)
    return checks


@dataclass(frozen=True, slots=True)
class _Points:
    """What of a claim can be looked up."""

    figures: Figures
    quotations: tuple[str, ...]
    names: tuple[str, ...]
    chinese_names: tuple[str, ...]

    def __bool__(self) -> bool:
        told = self.figures
        return bool(told.amounts or told.days or told.codes or self.quotations or self.names or self.chinese_names)

    def stand_in(self, one: Evidence) -> bool:
        """Whether all of them stand in this passage, whatever its language; the cheapest are looked up first."""
        told = self.figures
        return (
            all(squeezed(words) in one.squeezed for words in (*told.codes, *self.quotations))
            and all(stands_in(name, one.text) for name in self.chinese_names)
            and all(one.wording.has_name(name) for name in self.names)
            and all(map(one.has_day, told.days))
            and all(map(one.has_amount, told.amounts))
        )

    def missed(self, passages: Sequence[Evidence], *, strictly: bool = False) -> list[str]:
        """Those that stand in none of the passages, as they are written in the answer.

        Names and quotations are not missed in a passage in another language, where they are written otherwise;
        `strictly` they are.
        """
        told = self.figures
        english = [one for one in passages if strictly or not one.is_chinese]
        chinese = [one for one in passages if strictly or one.is_chinese]
        found = [a.written for a in told.amounts if not any(one.has_amount(a) for one in passages)]
        found += [day.written for day in told.days if not any(one.has_day(day) for one in passages)]
        found += [code for code in told.codes if not _in_any(code, passages)]
        for quoted in self.quotations:
            whole = squeezed(quoted)
            # A translated quotation cannot be looked up.
            same = chinese if is_chinese(quoted) else english
            if same and not any(whole in one.squeezed for one in same):
                found.append(quoted)
        if english:
            found += [name for name in self.names if not any(one.wording.has_name(name) for one in passages)]
        if chinese:
            found += [name for name in self.chinese_names if not any(stands_in(name, one.text) for one in chinese)]
        return found


def _in_any(code: str, passages: Sequence[Evidence]) -> bool:
    bare = squeezed(code)
    return any(bare in one.squeezed for one in passages)


def _judged(claim: Claim, cited: Sequence[int], sent: Mapping[int, Evidence], known: Container[str]) -> list[Check]:
    points = _points(claim.text, known)
    own = [sent[n] for n in cited]
    others = {n: one for n, one in sent.items() if n not in cited}
    missed = points.missed(own) if points else []
    if missed:
        where = next((n for n, one in others.items() if points.stand_in(one)), None)
        verdict: Verdict = "missing" if where is None else "elsewhere"
        return [Check(n, verdict, where, tuple(missed)) for n in cited]
    wording = Wording(claim.text)
    shares = {n: sent[n].wording.share(wording) for n in cited}
    best = max(shares.values())
    if best < SHARED and (where := _plainly(wording, others, best)) is not None:
        return [Check(n, "elsewhere", where) for n in cited]
    if points:
        return [Check(n, _one_of(points, sent[n], len(cited))) for n in cited]
    return [
        Check(n, "found" if share >= SHARED or sent[n].wording.runs_with(wording) else "unchecked")
        for n, share in shares.items()
    ]


def _points(text: str, known: Container[str]) -> _Points:
    names = tuple(dict.fromkeys(capitals(text, known)))
    return _Points(
        figures(text.lower(), every=False), tuple(quotations(text)), names, tuple(dict.fromkeys(chinese_names(text)))
    )


def _one_of(points: _Points, passage: Evidence, together: int) -> Verdict:
    """Of several marks at one place each is found that has a part in it."""
    if together == 1:
        return "found"
    everything = len(points.missed([], strictly=True))
    return "found" if len(points.missed([passage], strictly=True)) < everything else "unchecked"


def _plainly(wording: Wording, others: Mapping[int, Evidence], best: float) -> int | None:
    """The other passage whose words the claim is made of, when the cited one has far fewer of them."""
    shares = {n: one.wording.share(wording) for n, one in others.items()}
    where = max(shares, key=lambda n: shares[n], default=None)
    return where if where is not None and shares[where] >= SHARED and shares[where] - best >= APART else None
