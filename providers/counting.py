"""How much was used, counted in memory and stored together every some seconds: a turn writes nothing for it.

A process that is killed loses at most the counts of those seconds. What limits look at is not counted here alone: who
has one has a meter, which is kept to the token (providers/budgets.py).
"""

import threading
import time
from collections.abc import Collection, Iterable

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from providers.models import Usage

EVERY = 10.0  # seconds between two stores
_COLUMNS = ("day", "user_id", "model_name", "purpose", "key", "prompt_tokens", "completion_tokens", "answers")
_SUMS = _COLUMNS[5:]
Place = tuple[str, int, str, str, int]

_counted: dict[Place, list[int]] = {}
_lock = threading.Lock()  # answers count on the loop, requests in threads
_stored_at = time.monotonic()


def count(
    user_id: int, model_name: str, purpose: str, *, prompt: int, completion: int, key: int = 0, answers: int = 1
) -> None:
    """One answer more, or whatever `purpose` says it was for. Touches no database."""
    day = timezone.localdate().isoformat()
    with _lock:
        sums = _counted.setdefault((day, user_id, model_name[:420], str(purpose), key), [0, 0, 0])
        for place, value in enumerate((prompt, completion, answers)):
            sums[place] += value


def waiting(user_id: int, purposes: Collection[str], key: int = 0) -> int:
    """Tokens of today that are counted here and not stored yet; of one key, or of all that the person asked for."""
    day = timezone.localdate().isoformat()
    with _lock:
        return sum(
            sums[0] + sums[1]
            for (on, who, _model, purpose, by), sums in _counted.items()
            if on == day and who == user_id and purpose in purposes and key in (0, by)
        )


def waiting_answers(user_id: int, purpose: str, model_name: str) -> int:
    """Answers of today that are counted here and not stored yet."""
    day = timezone.localdate().isoformat()
    with _lock:
        return sum(
            sums[2]
            for (on, who, model, what, _by), sums in _counted.items()
            if (on, who, model, what) == (day, user_id, model_name, str(purpose))
        )


def is_due() -> bool:
    return bool(_counted) and time.monotonic() - _stored_at >= EVERY


def store() -> None:
    """Write down what was counted since. What cannot be stored now is kept for the next time."""
    global _counted, _stored_at  # noqa: PLW0603  one memory a process
    with _lock:
        taken, _counted = _counted, {}
        _stored_at = time.monotonic()
    if not taken:
        return
    try:
        with transaction.atomic():
            _add(taken.items())
    except BaseException:
        _put_back(taken)
        raise


def forget() -> None:
    """For tests, whose people come and go."""
    with _lock:
        _counted.clear()


def _add(counted: Iterable[tuple[Place, list[int]]]) -> None:
    rows: list[tuple[str | int, ...]] = [(*place, *sums) for place, sums in counted]
    # Whoever was deleted meanwhile has no usage any more; the row would be refused, and all others with it.
    present = set(get_user_model().objects.filter(pk__in={row[1] for row in rows}).values_list("pk", flat=True))
    quote, table = connection.ops.quote_name, Usage._meta.db_table
    columns = ", ".join(map(quote, _COLUMNS))
    marks = ", ".join(["%s"] * len(_COLUMNS))
    added = ", ".join(f"{quote(name)}={quote(table)}.{quote(name)}+excluded.{quote(name)}" for name in _SUMS)
    statement = (
        f"INSERT INTO {quote(table)} ({columns}) VALUES ({marks})"  # noqa: S608  names of ours alone
        f" ON CONFLICT ({', '.join(map(quote, _COLUMNS[:5]))}) DO UPDATE SET {added}"
    )
    with connection.cursor() as cursor:
        # In one order, so that two processes that store at once wait for each other and not in a circle.
        cursor.executemany(statement, sorted(row for row in rows if row[1] in present))


def _put_back(taken: dict[Place, list[int]]) -> None:
    with _lock:
        for place, sums in taken.items():
            kept = _counted.setdefault(place, [0, 0, 0])
            for index, value in enumerate(sums):
                kept[index] += value
