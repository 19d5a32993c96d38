"""Claims on what somebody may use: made before an answer begins, settled when it ends. Raises `OverBudget`.

A claim reserves what an answer is believed to need; when it needs more it asks for more (`grow`). One answer of a
person may go beyond what was left, no second one: so many questions at once exceed a limit by one answer at most, over
any number of processes, because the meter's row is locked while a claim is made. A reservation that is not renewed
lapses: the process that held it is gone. Without limits there is no claim, no query and no row. Synchronous.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from weakref import WeakSet

from django.db import transaction
from django.utils import timezone

from providers import counting, meters
from providers.allowances import FRESH, UNLIMITED, Allowance, allowance, allowances, refresh
from providers.meters import Standing
from providers.models import Reservation
from providers.over_budget import OverBudget

__all__ = ["Claim", "Key", "OverBudget", "Wish", "claim", "claim_all", "grow", "settle", "settle_all", "standing"]

LEASE = timedelta(seconds=20)
RENEW = 5.0  # seconds
REPLY = 1000  # tokens that are reserved for a reply of which nobody said how long it may be, and each time it grows


class Key(Protocol):
    """An API key with limits of its own."""

    pk: Any
    tokens_minute: int | None
    tokens_day: int | None
    answers_at_once: int | None


class Person(Protocol):
    pk: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an answer is believed to need, prompt and reply together."""

    user_id: int
    estimate: int
    key: Key | None = None


@dataclass(slots=True, eq=False, weakref_slot=True, kw_only=True)
class Claim:
    """What a running answer holds. Whoever drops it without settling lets it lapse."""

    wish: Wish
    id: int
    tokens: int
    uncovered: bool

    @property
    def places(self) -> list[tuple[int, int]]:
        return _places(self.wish)


_open: "WeakSet[Claim]" = WeakSet()
_renewed_at = 0.0


def claim(user: Person, *, estimate: int, key: Key | None = None) -> Claim | None:
    """Before an answer; None where nothing limits it. Raises `OverBudget`."""
    outcome = claim_all([[Wish(user_id=user.pk, estimate=estimate, key=key)]])[0]
    if isinstance(outcome, OverBudget):
        raise outcome
    return outcome[0]


def claim_all(groups: Sequence[Sequence[Wish]]) -> list[list[Claim | None] | OverBudget]:
    """For many questions at once, of which each gets all of its claims or none."""
    wishes = [wish for group in groups for wish in group]
    found = allowances({wish.user_id for wish in wishes}) if wishes else {}
    concerned = {place for wish in wishes if _is_limited(wish, found) for place in _places(wish)}
    if not concerned:
        return [[None] * len(group) for group in groups]
    with transaction.atomic():
        standings = meters.locked(concerned)
        return [_claim_group(group, found, standings) for group in groups]


def grow(claim: Claim, tokens: int) -> None:
    """So many tokens more. Raises `OverBudget` when they are not there and another answer goes beyond already."""
    if claim.uncovered:
        return
    found = allowances([claim.wish.user_id])
    with transaction.atomic():
        standings = meters.locked(claim.places, besides=claim.id)
        more = Wish(user_id=claim.wish.user_id, estimate=claim.tokens + tokens, key=claim.wish.key)
        try:
            claim.uncovered = _is_beyond(more, found, standings, growing=True)
        except OverBudget as refusal:
            refusal.cuts = True
            raise
        claim.tokens += tokens
        rows = Reservation.objects.filter(pk=claim.id)
        if not rows.update(tokens=claim.tokens, uncovered=claim.uncovered, until=timezone.now() + LEASE):
            _insert(claim)  # it lapsed while the database was away


def settle(claim: Claim | None, prompt_tokens: int, completion_tokens: int) -> None:
    """The answer has ended, however it did."""
    if claim is not None:
        settle_all([(claim, prompt_tokens + completion_tokens)])


def settle_all(settled: Iterable[tuple[Claim, int]]) -> None:
    """The same for many, in the transaction that stores their ends."""
    used: dict[tuple[int, int], int] = {}
    ids = []
    for one, tokens in settled:
        ids.append(one.id)
        _open.discard(one)
        for place in one.places:
            used[place] = used.get(place, 0) + tokens
    if not ids:
        return
    with transaction.atomic():
        meters.add(used)
        Reservation.objects.filter(pk__in=ids).delete()


def standing(user: Person, key: Key | None = None) -> dict[str, dict[str, Any] | None]:
    """What is used and what remains, as /api/limits tells it."""
    own = allowance(user.pk)
    if not own.counts:
        said: dict[str, dict[str, Any] | None] = dict.fromkeys(("tokens_minute", "tokens_day", "answers_at_once"))
    else:
        said = meters.read((user.pk, 0)).told(own)
    storage = None if own.storage is None else {"limit": own.storage, "used": stored(user.pk)}
    if key is not None and (its := _allowance_of(key)).counts:
        said = _tighter(said, meters.read((user.pk, int(key.pk))).told(its))
    return {**said, "storage": storage}


# What stores bytes for people: each function gives those of a person. The apps above add theirs.
STORES: list[Callable[[int], int]] = []


def stored(user_id: int) -> int:
    return sum(store(user_id) for store in STORES)


def storage_left(user: Person) -> int | None:
    """Bytes that this person may still store; None without a limit, and then nothing was looked up."""
    most = allowance(user.pk).storage
    return None if most is None else max(0, most - stored(user.pk))


def tend() -> None:
    """What has to be done now and then in a process that answers: see `is_due`."""
    global _renewed_at  # noqa: PLW0603  one clock a process
    refresh()
    if counting.is_due():
        counting.store()
    if ids := [one.id for one in list(_open)]:
        Reservation.objects.filter(pk__in=ids).update(until=timezone.now() + LEASE)
    _renewed_at = time.monotonic()


def sweep() -> None:
    """What processes that died have held goes; it has counted for nothing since it lapsed."""
    Reservation.objects.filter(until__lt=timezone.now() - timedelta(hours=1)).delete()


def is_due() -> bool:
    return time.monotonic() - _renewed_at >= min(RENEW, FRESH) - 1


def _claim_group(
    group: Sequence[Wish], found: dict[int, Allowance], standings: dict[tuple[int, int], Standing]
) -> list[Claim | None] | OverBudget:
    made: list[Claim | None] = []
    for wish in group:
        if not _is_limited(wish, found):
            made.append(None)
            continue
        try:
            uncovered = _is_beyond(wish, found, standings)
        except OverBudget as refusal:
            for one in filter(None, made):
                _release(one, standings)
            return refusal
        one = Claim(wish=wish, id=0, tokens=wish.estimate, uncovered=uncovered)
        _insert(one)
        for place in one.places:
            standings[place].reserve(wish.estimate, uncovered)
        made.append(one)
    return made


def _is_beyond(
    wish: Wish,
    found: dict[int, Allowance],
    standings: dict[tuple[int, int], Standing],
    *,
    growing: bool = False,
) -> bool:
    """Whether the claim would exceed what is left, as one may. Raises `OverBudget`."""
    beyond = standings[wish.user_id, 0].check(found.get(wish.user_id, UNLIMITED), wish.estimate, growing=growing)
    if wish.key is not None and (own := _allowance_of(wish.key)).counts:
        place = standings[wish.user_id, int(wish.key.pk)]
        beyond = place.check(own, wish.estimate, growing=growing, of_key=True) or beyond
    return beyond


def _insert(claim: Claim) -> None:
    row = Reservation.objects.create(
        user_id=claim.wish.user_id,
        key=claim.wish.key.pk if claim.wish.key else 0,
        tokens=claim.tokens,
        uncovered=claim.uncovered,
        until=timezone.now() + LEASE,
    )
    claim.id = row.pk
    _open.add(claim)


def _release(claim: Claim, standings: dict[tuple[int, int], Standing]) -> None:
    Reservation.objects.filter(pk=claim.id).delete()
    _open.discard(claim)
    for place in claim.places:
        standings[place].release(claim.tokens, claim.uncovered)


def _is_limited(wish: Wish, found: dict[int, Allowance]) -> bool:
    return found.get(wish.user_id, UNLIMITED).counts or (wish.key is not None and _allowance_of(wish.key).counts)


def _places(wish: Wish) -> list[tuple[int, int]]:
    """The meters that it goes through: the person's, and that of a key with limits of its own."""
    limited = wish.key is not None and _allowance_of(wish.key).counts
    return [(wish.user_id, 0), *([(wish.user_id, int(wish.key.pk))] if limited and wish.key is not None else [])]


def _allowance_of(key: Key) -> Allowance:
    return Allowance(tokens_minute=key.tokens_minute, tokens_day=key.tokens_day, answers_at_once=key.answers_at_once)


def _tighter(
    person: dict[str, dict[str, Any] | None], key: dict[str, dict[str, Any] | None]
) -> dict[str, dict[str, Any] | None]:
    """Of two limits on the same thing, the one of which less is left."""

    def left(one: dict[str, Any]) -> int:
        return int(one["limit"]) - int(one["used"])

    told = dict(person)
    for kind, its in key.items():
        mine = told.get(kind)
        if its is not None and (mine is None or left(its) < left(mine)):
            told[kind] = its
    return told
