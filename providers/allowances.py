"""How much each person may use: everyone's limits, under those of groups, under one's own.

The rows are few and read by every question, so they are kept for some seconds; who changes one in this process sees it
at once. Where no limit is set nothing else is looked up.
"""

import time
from collections.abc import Collection, Iterable, Sequence
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
        mine = list(groups)
        return Allowance(**{kind: self.decided(kind, user_id, mine).value for kind in KINDS})

    def decided(self, kind: str, user_id: int, groups: Sequence[int]) -> "Decided":
        """The value of one kind, and who gave it."""
        value: int | None = self.people.get(user_id, {}).get(kind)
        if value is not None:
            return Decided(value=_counted(value), by="person")
        given = {group: self.groups[group].get(kind) for group in groups if group in self.groups}
        value = most_generous(given.values())
        if value is not None:
            return Decided(value=_counted(value), by="group", group=next(g for g in given if given[g] == value))
        value = self.everyone.get(kind)
        return Decided(value=_counted(value), by="" if value is None else "everyone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """`by`: "person", "group" (then its id is in `group`), "everyone", or nothing where nobody said anything."""

    value: int | None
    by: str
    group: int | None = None


def _counted(value: int | None) -> int | None:
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


def explained(user_id: int) -> dict[str, Decided]:
    """By kind: what holds for a person, and whose rule it is."""
    known = rules()
    groups = _groups([user_id], known).get(user_id, [])
    return {kind: known.decided(kind, user_id, groups) for kind in KINDS}


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
