"""What somebody with a limit has used in this minute and on this day, and what their running answers hold."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, Sum
from django.utils import timezone

from providers import counting
from providers.allowances import Allowance
from providers.models import Meter, Reservation, Usage
from providers.over_budget import OverBudget

Place = tuple[int, int]  # a person, and one of their keys or 0
_ADD = (
    "UPDATE providers_meter SET"
    " minute_tokens = CASE WHEN minute = %s THEN minute_tokens ELSE 0 END + %s, minute = %s,"
    " day_tokens = CASE WHEN day = %s THEN day_tokens ELSE 0 END + %s, day = %s"
    ' WHERE user_id = %s AND "key" = %s'
)


@dataclass(slots=True, kw_only=True)
class Standing:
    """One meter as it stands, with what is reserved besides."""

    minute_used: int = 0
    day_used: int = 0
    reserved: int = 0
    running: int = 0
    uncovered: bool = False

    def check(self, most: Allowance, estimate: int, *, growing: bool = False, of_key: bool = False) -> bool:
        """Whether `estimate` tokens go beyond what is left, which one answer may. Raises `OverBudget`."""
        if not growing and most.answers_at_once is not None and self.running >= most.answers_at_once:
            raise OverBudget("answers_at_once", most.answers_at_once, None, of_key=of_key)
        beyond = False
        for kind, limit, used, renews_at in self._windows(most):
            left = limit - used - self.reserved
            # The last of what is left may be exceeded by one.
            if left <= 0 or (left < estimate and self.uncovered):
                # Where running answers hold the rest, it is free when they have ended.
                raise OverBudget(kind, limit, renews_at if used >= limit else None, of_key=of_key)
            beyond = beyond or left < estimate
        return beyond

    def reserve(self, tokens: int, uncovered: bool) -> None:
        self.reserved += tokens
        self.running += 1
        self.uncovered = self.uncovered or uncovered

    def release(self, tokens: int, uncovered: bool) -> None:
        self.reserved -= tokens
        self.running -= 1
        self.uncovered = self.uncovered and not uncovered

    def told(self, most: Allowance) -> dict[str, dict[str, Any] | None]:
        said: dict[str, dict[str, Any] | None] = dict.fromkeys(("tokens_minute", "tokens_day", "answers_at_once"))
        for kind, limit, used, renews_at in self._windows(most):
            said[kind] = {
                "limit": limit,
                "used": used,
                "reserved": self.reserved,
                "renews_at": renews_at.isoformat(timespec="seconds"),
            }
        if most.answers_at_once is not None:
            said["answers_at_once"] = {"limit": most.answers_at_once, "used": self.running}
        return said

    def _windows(self, most: Allowance) -> Iterable[tuple[str, int, int, datetime]]:
        if most.tokens_day is not None:
            yield "tokens_day", most.tokens_day, self.day_used, tomorrow()
        if most.tokens_minute is not None:
            yield "tokens_minute", most.tokens_minute, self.minute_used, next_minute()


def locked(places: Collection[Place], *, besides: int = 0) -> dict[Place, Standing]:
    """The meters, which nobody else can claim from until the transaction ends. `besides`: a reservation left out."""
    rows = _rows(places)
    if missing := set(places) - set(rows):
        _begin(missing)
        rows = _rows(places)
    return _with_reservations(rows, besides)


def read(place: Place) -> Standing:
    """One meter to look at, without a lock."""
    row = Meter.objects.filter(user_id=place[0], key=place[1]).first()
    if row is None:
        return _with_reservations({place: Meter(user_id=place[0], key=place[1], **_begun(place))}, 0)[place]
    return _with_reservations({place: row}, 0)[place]


def add(used: Mapping[Place, int]) -> None:
    """Tokens that were used by answers that have ended."""
    minute, day = _minute(), connection.ops.adapt_datefield_value(today())
    # In one order, as they are locked.
    rows = [(minute, n, minute, day, n, day, *place) for place, n in sorted(used.items())]
    with connection.cursor() as cursor:
        cursor.executemany(_ADD, rows)


def today() -> date:
    return timezone.localdate()


def tomorrow() -> datetime:
    return timezone.make_aware(datetime.combine(today() + timedelta(days=1), time()))


def next_minute() -> datetime:
    return datetime.fromtimestamp((_minute() + 1) * 60, UTC)


def _minute() -> int:
    return int(timezone.now().timestamp()) // 60


def _rows(places: Collection[Place]) -> dict[Place, Meter]:
    people = {user_id for user_id, _key in places}
    found = Meter.objects.select_for_update().filter(user_id__in=people).order_by("user_id", "key")
    return {(row.user_id, row.key): row for row in found if (row.user_id, row.key) in places}


def _begin(places: Iterable[Place]) -> None:
    """A meter begins with what was counted today without one. Two that begin it at once end with the same row."""
    Meter.objects.bulk_create(
        [Meter(user_id=place[0], key=place[1], **_begun(place)) for place in sorted(places)], ignore_conflicts=True
    )


def _begun(place: Place) -> dict[str, Any]:
    user_id, key = place
    counted = Usage.objects.filter(user_id=user_id, day=today(), purpose__in=_WEIGHED)
    if key:
        counted = counted.filter(key=key)
    sums = counted.aggregate(prompt=Sum("prompt_tokens"), completion=Sum("completion_tokens"))
    stored = (sums["prompt"] or 0) + (sums["completion"] or 0)
    return {"day": today(), "day_tokens": stored + counting.waiting(user_id, _WEIGHED, key)}


# Titles and search words are asked for by the server, so they weigh on nobody.
_WEIGHED = (
    *(Usage.Purpose.ANSWER, Usage.Purpose.API, Usage.Purpose.EMBEDDING),
    *(Usage.Purpose.SPEECH, Usage.Purpose.TRANSCRIPTION, Usage.Purpose.IMAGE),
)


def _with_reservations(rows: Mapping[Place, Meter], besides: int) -> dict[Place, Standing]:
    minute, day = _minute(), today()
    standings = {
        place: Standing(
            minute_used=row.minute_tokens if row.minute == minute else 0,
            day_used=row.day_tokens if row.day == day else 0,
        )
        for place, row in rows.items()
    }
    held = Reservation.objects.filter(~Q(pk=besides), user_id__in={place[0] for place in rows})
    for row in held.filter(until__gt=timezone.now()):
        for place in {(row.user_id, 0), (row.user_id, row.key)}:
            if place in standings:
                standings[place].reserve(row.tokens, row.uncovered)
    return standings
