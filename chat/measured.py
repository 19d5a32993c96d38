"""What answers have taught about how a model counts: kept in memory, stored with the model now and then.

The scale rises at once when a prompt was longer than we thought, and falls slowly. A window that a refusal named, or
that cut a prompt, holds for a day, or until the model's own window is told anew.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chat.tokens import Scale, Size
from providers.models import Model

EVERY = 25  # answers between two stores
LASTS = 24 * 3600.0  # seconds
GUESS_LASTS = 3600.0
ENOUGH = 300  # tokens: what a template adds to a shorter prompt says nothing about the text
_WITHOUT_COUNT = 1.4  # by how much the scale rises when a prompt was too long and nobody says how long
_ABOVE = 1.05  # the scale stays a little above what was seen
_FALLING = 0.15
_LEAST, _MOST = 0.45, 4.0
_SMALLEST_WINDOW = 512


@dataclass(frozen=True, slots=True)
class Seen:
    """A window that is smaller than the one that is told; `told` was the other at that time."""

    window: int
    told: int | None
    until: float


class Measured:
    """One model. `known` is False until something was learnt of how it counts."""

    def __init__(self, row: Mapping[str, Any] | None = None) -> None:
        row = row or {}
        self.scale = Scale(_bounded(row.get("narrow", 1.0)), _bounded(row.get("wide", 1.0)))
        self.known = "narrow" in row
        self._seen = _seen_in(row)
        self._since = 0  # answers that are not stored
        self._new = False

    def window(self, told: int | None) -> int | None:
        """The window that may be counted on."""
        seen = self._seen
        if seen is None or seen.told != told or time.time() > seen.until:
            return told
        return min(seen.window, told or seen.window)

    def reported(self, size: Size, estimate: int, prompt: int) -> None:
        """A whole prompt of this size was counted by the server."""
        if self._seen and prompt > self._seen.window:
            self._seen = None  # it takes more by now
        if estimate < ENOUGH or prompt < ENOUGH // 3:
            return
        narrow, wide = size.narrow * self.scale.narrow, size.wide * self.scale.wide
        # What stands around the text is not the text's.
        factor = max(prompt - (estimate - narrow - wide), 1) / max(narrow + wide, 1)
        share = wide / max(narrow + wide, 1)
        self.scale = Scale(
            _moved(self.scale.narrow, factor if share < 0.8 else 1 / _ABOVE),
            _moved(self.scale.wide, factor if share > 0.2 else 1 / _ABOVE),
        )
        self.known = True
        self._since += 1

    def refused(self, told: int | None, estimate: int, prompt: int | None, window: int | None) -> None:
        """A prompt was too long: learn from the server's numbers, or guess where it gives none."""
        if prompt and prompt > estimate:
            factor = min(prompt / estimate, _MOST) * _ABOVE
            self.scale = Scale(_bounded(self.scale.narrow * factor), _bounded(self.scale.wide * factor))
            self.known = True
        if window and not prompt and estimate <= window:
            # It does not say by how much, only that we counted too little.
            factor = window / max(estimate, 1) * _WITHOUT_COUNT
            self.scale = Scale(_bounded(self.scale.narrow * factor), _bounded(self.scale.wide * factor))
            self.known = True
        if window:
            self.saw(window, told)
        elif not prompt:
            self.saw(estimate // 2, told, lasts=GUESS_LASTS)
        self._new = True

    def saw(self, window: int, told: int | None, *, lasts: float = LASTS) -> None:
        """The server takes no more than this."""
        if _SMALLEST_WINDOW <= window < (self.window(told) or window + 1):
            self._seen = Seen(window, told, time.time() + lasts)
            self._new = True

    @property
    def is_due(self) -> bool:
        return self._new or self._since >= EVERY

    def row(self) -> dict[str, Any]:
        """As it is stored; counts as stored from now on."""
        self._since, self._new = 0, False
        row: dict[str, Any] = {"narrow": round(self.scale.narrow, 3), "wide": round(self.scale.wide, 3)}
        if not self.known:
            row.clear()
        if self._seen:
            row["window"] = [self._seen.window, self._seen.told, round(self._seen.until)]
        return row


_models: dict[int, Measured] = {}


def measured(model: Model) -> Measured:
    """What is known of a model in this process; the first time what was stored with it."""
    found = _models.get(model.pk)
    if found is None:
        found = _models[model.pk] = Measured(model.measured)
    return found


def store_due() -> None:
    """Within the transaction that stores ends of answers, so that it costs no commit of its own."""
    due = [(pk, one) for pk, one in list(_models.items()) if one.is_due]
    for pk, one in due:
        Model.objects.filter(pk=pk).update(measured=one.row())


def forget() -> None:
    """For tests, whose models come and go."""
    _models.clear()


def _moved(value: float, factor: float) -> float:
    target = value * factor * _ABOVE
    return _bounded(target if target > value else value + (target - value) * _FALLING)


def _bounded(value: object) -> float:
    return min(max(float(value), _LEAST), _MOST) if isinstance(value, int | float) else 1.0


def _seen_in(row: Mapping[str, Any]) -> Seen | None:
    match row.get("window"):
        case [int(window), int() | None as told, int() | float() as until]:
            return Seen(window, told, float(until))
    return None
