"""One part of the house as the health page tells it: its state in a word and a sentence, what to do, its figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

State = Literal["ok", "idle", "warn", "down"]
WORDS = {"ok": _("works"), "idle": _("not used"), "warn": _("look here"), "down": _("down")}
ICONS = {"ok": "check", "idle": "rest", "warn": "alert", "down": "close"}
_GRAVITY = ("idle", "ok", "warn", "down")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """`shown` is for people, `value` (bytes, seconds, counts or a text) for programs."""

    key: str
    label: str
    shown: str
    value: int | float | str | bool | None = None


@dataclass(frozen=True, kw_only=True)
class Vital:
    """`said` is a sentence; `advice` says what to do and is there whenever the state is `warn` or `down`."""

    key: str
    name: str
    state: State
    said: str
    advice: str = ""
    facts: tuple[Fact, ...] = ()
    link: str = ""
    link_words: str = ""

    @property
    def word(self) -> str:
        return str(WORDS[self.state])

    @property
    def icon(self) -> str:
        return ICONS[self.state]

    @property
    def is_bad(self) -> bool:
        return self.state in ("warn", "down")

    def told(self) -> dict[str, Any]:
        """As JSON."""
        facts = {fact.key: fact.shown if fact.value is None else fact.value for fact in self.facts}
        return {"state": self.state, "detail": self.said, "advice": self.advice, "figures": facts}


@dataclass(frozen=True, kw_only=True)
class Section:
    key: str
    name: str
    vitals: tuple[Vital, ...]


def worst(vitals: Iterable[Vital]) -> State:
    """The gravest state among them; what is not used does not count."""
    return max((vital.state for vital in vitals), key=_GRAVITY.index, default="ok")
