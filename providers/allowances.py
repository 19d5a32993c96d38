"""How much each person may use: everyone's limits, under those of groups, under one's own.

The rows are few and read by every question, so they are kept for some seconds; who changes one in this process sees it
at once. Where no limit is set nothing else is looked up.
"""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from providers.models import NO_LIMIT, Limit

FRESH = 4.0  # seconds: with the time of looking, a change counts everywhere within five


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """None is no limit. `storage` is in bytes."""

    tokens_minute: int | None = None
    tokens_day: int | None = None
    answers_at_once: int | None = None
    storage: int | None = None

    @property
    def counts(self) -> bool:
        """Whether an answer has to be claimed at all."""
        return not (self.tokens_minute is self.tokens_day is self.answers_at_once is None)


KINDS = tuple(each.name for each in fields(Allowance))
UNLIMITED = Allowance()
Values = dict[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is set for whom. Empty where nobody has a limit."""

    everyone: Values = field(default_factory=dict)
    groups: dict[int, Values] = field(default_factory=dict)
    people: dict[int, Values] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.everyone or self.groups or self.people)

    def allowance(self, user_id: int, groups: Iterable[int]) -> Allowance:
        own = self.people.get(user_id, {})
        shared = [self.groups[group] for group in groups if group in self.groups]
        return Allowance(**{kind: self._value(kind, own, shared) for kind in KINDS})

    def _value(self, kind: str, own: Values, shared: list[Values]) -> int | None:
        value = own.get(kind)
        if value is None:
            value = most_generous([values.get(kind) for values in shared])
        if value is None:
            value = self.everyone.get(kind)
        return None if value == NO_LIMIT else value


def most_generous(values: Iterable[int | None]) -> int | None:
    """Of what several groups say; None when they say nothing."""
    given = [value for value in values if value is not None]
    if not given:
        return None
    return NO_LIMIT if NO_LIMIT in given else max(given)


_rules: Rules | None = None
_read_at = 0.0


def rules() -> Rules:
    """As they were at most `FRESH` seconds ago."""
    if _rules is None or time.monotonic() - _read_at > FRESH:
        return refresh()
    return _rules


def refresh() -> Rules:
    """Look again. Done in the background, so that no question has to."""
    global _rules, _read_at
    at = time.monotonic()
    read = _read()
    _rules, _read_at = read, at
    return read


def forget(**_signal: Any) -> None:
    global _rules  # noqa: PLW0603
    _rules = None


def allowances(user_ids: Collection[int]) -> dict[int, Allowance]:
    """By person; nobody is in it where there are no limits."""
    known = rules()
    if not known:
        return {}
    groups = _groups(user_ids, known)
    return {user_id: known.allowance(user_id, groups.get(user_id, ())) for user_id in set(user_ids)}


def allowance(user_id: int) -> Allowance:
    return allowances([user_id]).get(user_id, UNLIMITED)


def _groups(user_ids: Collection[int], known: Rules) -> dict[int, list[int]]:
    if not known.groups:
        return {}
    members = get_user_model().groups.through.objects
    pairs = members.filter(user_id__in=set(user_ids), group_id__in=known.groups).values_list("user_id", "group_id")
    found: dict[int, list[int]] = {}
    for user_id, group_id in pairs:
        found.setdefault(user_id, []).append(group_id)
    return found


def _read() -> Rules:
    everyone: Values = {}
    groups: dict[int, Values] = {}
    people: dict[int, Values] = {}
    for row in Limit.objects.values("for_everyone", "group_id", "user_id", *KINDS):
        values = {kind: row[kind] for kind in KINDS if row[kind] is not None}
        if not values:
            continue
        if row["for_everyone"]:
            everyone = values
        elif row["group_id"]:
            groups[row["group_id"]] = values
        elif row["user_id"]:
            people[row["user_id"]] = values
    return Rules(everyone=everyone, groups=groups, people=people)


def _changed(**_signal: Any) -> None:
    forget()
    # Whoever looked between the change and its commit has read what was before.
    transaction.on_commit(forget)


post_save.connect(_changed, sender=Limit)
post_delete.connect(_changed, sender=Limit)
