"""Whether a server cut a prompt and said nothing: what it counted beside what we did. Pure.

A small count has two innocent reasons: our own errs high, and some servers leave out of theirs what they had in their
cache. A cut has a mark of its own: it ends at the edge of a window. docs/decisions/0008-the-ledger.md says how it was
weighed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from chat.prompt import Prompt

USUAL_WINDOWS = (2048, 4096, 8192, 16384, 32768)
_EDGE = 8  # tokens: a server that cuts by tokens ends so near its window
_NEAR = 0.93  # of the window: one that drops whole blocks of them ends a little below
_CLEARLY_LONGER = 1.15
_OVER = 1.1
# The least that a prompt may be, as a share of our count: before a model was measured, and after.
_LEAST, _LEAST_MEASURED = 0.5, 0.75
_LIKELY, _LIKELY_MEASURED = 0.8, 0.95
_BELIEVABLE = 0.25  # of our count: a whole prompt is never shorter
_WORTH_ALARM = 1024  # tokens

Verdict = Literal["whole", "unsure", "cut"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What a server counted: `window` is the edge where it cut, if it did."""

    verdict: Verdict
    window: int | None = None


def judged(prompt: Prompt, reported: int, *, windows: Iterable[int], measured: bool, counts_cached: bool) -> Count:
    """`windows` are those at whose edge the server may have cut; `counts_cached`: by its protocol its count is that of
    the whole prompt, whatever was in a cache.
    """
    edges = set(windows)
    estimate = prompt.estimate
    exactly = next((w for w in edges if abs(reported - w) <= _EDGE and estimate > w * _OVER), None)
    if exactly and reported >= _WORTH_ALARM:
        return Count(verdict="cut", window=exactly)
    least = int(estimate * (_LEAST_MEASURED if measured else _LEAST))
    new_part = not counts_cached and _is_new_part(prompt, reported)
    near = min((w for w in edges if w * _NEAR <= reported <= w), default=None)
    if near and reported >= _WORTH_ALARM and least > max(near, reported * _CLEARLY_LONGER) and not new_part:
        return Count(verdict="cut", window=near)
    alone = prompt.fresh >= estimate * _NEAR  # nothing before the question that a cache could hold
    whole = reported >= estimate or ((alone or counts_cached or reported >= least) and not new_part)
    return Count(verdict="whole" if whole and reported >= estimate * _BELIEVABLE else "unsure")


def alarm(prompt: Prompt, reported: int, *, measured: bool, can_raise_to: int | None) -> dict[str, Any]:
    """What the person is told about a cut. A cut prompt keeps its end, so the first passages are lost first."""
    likely = _LIKELY_MEASURED if measured else _LIKELY
    sent = max(int(prompt.estimate * likely), reported + 1)
    return {
        "seen": reported,
        "sent": sent,
        "lost_passages": _lost(prompt, int(reported / likely)),
        "can_raise_to": can_raise_to,
    }


def _is_new_part(prompt: Prompt, reported: int) -> bool:
    """Whether the count may be that of the newest message alone, because the rest was in a cache."""
    has_more = prompt.fresh < prompt.estimate * _NEAR
    return has_more and prompt.fresh * _LEAST <= reported <= prompt.fresh * _CLEARLY_LONGER


def _lost(prompt: Prompt, seen: int) -> list[int]:
    """The numbers of the passages that the last `seen` tokens of the prompt do not hold whole."""
    lost: list[int] = []
    number = len(prompt.passages)
    for piece in reversed(prompt.slices):
        seen -= piece.tokens(prompt.scale)
        if piece.title.startswith("[") and piece.kind in ("passages", "files"):
            if seen < 0:
                lost.append(number)
            number -= 1
    return sorted(lost)
