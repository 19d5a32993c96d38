"""Who is examined when, and what becomes of the findings: by a button in the background, and every night by the worker.

The progress of an examination is told through the cache; its card is stored with the connection.
"""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.core.cache import cache
from django.db import close_old_connections, transaction
from django.db.models import Q
from django.utils import timezone

from providers import catalog, stock
from providers.advice import advice
from providers.doctor.card import changes
from providers.doctor.examination import STEPS, Busy, Finding, Subject, examine
from providers.doctor.quiet import is_busy
from providers.doctor.remedies import remedy_for
from providers.failures import AnswerFailed
from providers.models import Connection
from webui.crypto import SecretUnreadable

log = logging.getLogger(__name__)

NIGHT = range(1, 6)  # hours of the server's clock
_EVERY = timedelta(hours=20)
_SETTLED = timedelta(hours=12)  # a new connection is left to who adds it
_LONGEST = 900  # seconds after which an examination that says nothing is taken for dead
# A card's facts that the client learns too: fresh findings take their place.
_RELEARNT = ("system_role", "leave_out", "tools", "tools_why")


def begin(connection: Connection) -> bool:
    """Examine it in the background; whether that was begun, since one at a time is enough."""
    if not cache.add(_key(connection.pk), _at("models"), timeout=_LONGEST):
        return False
    threading.Thread(target=_run_beside, args=(connection.pk,), name="doctor", daemon=True).start()
    return True


def progress(connection: UUID) -> dict[str, Any] | None:
    """Where an examination is: {"step", "model", "done", "of"}; None when none is under way."""
    found: dict[str, Any] | None = cache.get(_key(connection))
    return found


def run(connection: Connection, *, by_hand: bool = True) -> str:
    """Examine and store; the code of what went wrong, '' when all is well."""

    def tell(step: str, model: str) -> None:
        cache.set(_key(connection.pk), _at(step, model), timeout=_LONGEST)

    try:
        subject = Subject(
            address=catalog.address_of(connection),
            key=connection.api_key,
            headers=connection.headers,
            by_hand=by_hand,
            wanted=_wanted(connection),
            typed=_typed(connection),
            is_busy=lambda: is_busy(connection),
            tell=tell,
        )
        keep(connection, async_to_sync(examine)(subject))
    except Busy:
        return _refused(connection, "busy")
    except SecretUnreadable:
        return _refused(connection, "unreadable_key")
    except AnswerFailed as problem:
        return _refused(connection, problem.failure.code, _without_secrets(connection, problem.failure.said))
    finally:
        cache.delete(_key(connection.pk))
    return ""


def keep(connection: Connection, finding: Finding) -> None:
    """Store the card, what changed since the last one, and what follows for the models."""
    with transaction.atomic():
        row = Connection.objects.select_for_update().filter(pk=connection.pk).first()
        if row is None:
            return
        card = finding.card
        if not card["tried"]:  # nothing was in memory: what was found the last time still holds
            card = {**row.card, **{name: value for name, value in card.items() if value and name != "models"}}
        for name in ("problem", "remedy", "said"):
            card.pop(name, None)
        news = changes(row.card, card)
        moment = timezone.now().isoformat()
        card["changes"] = [*row.card.get("changes", []), *({**one, "at": moment} for one in news)][-20:]
        is_another = any(one["fact"] in ("product", "version") for one in news)
        row.learnt = {} if is_another else _unlearnt(row.learnt, card.get("tried", []))
        row.card, row.card_at = card, timezone.now()
        row.product = finding.listing.product or row.product
        row.save(update_fields=["card", "card_at", "learnt", "product"])
    if news:
        log.info("%s is another than before: %s", row.name, ", ".join(one["fact"] for one in news))
    if finding.listing.told:
        catalog.store(row, finding.listing)
    else:
        stock.correct(row)


def acknowledge(connection: Connection) -> None:
    """Somebody has read what changed."""
    with transaction.atomic():
        row = Connection.objects.select_for_update().get(pk=connection.pk)
        row.card["changes"] = []
        row.save(update_fields=["card"])


def sweep(now: datetime | None = None) -> int:
    """Called every few seconds in a worker: at night, examines what was not looked at since the last one."""
    if (now or datetime.now().astimezone()).hour not in NIGHT:
        return 0
    moment = timezone.now()
    due = Connection.objects.filter(enabled=True, created_at__lt=moment - _SETTLED)
    due = due.filter(Q(card_at=None) | Q(card_at__lt=moment - _EVERY))
    examined = 0
    for connection in due:
        if is_busy(connection):
            continue
        # Several workers ask at the same time: the one that turns the clock does it.
        if Connection.objects.filter(pk=connection.pk, card_at=connection.card_at).update(card_at=moment):
            run(connection, by_hand=False)
            examined += 1
    return examined


def _run_beside(pk: UUID) -> None:
    try:
        if connection := Connection.objects.filter(pk=pk).first():
            run(connection)
        else:
            cache.delete(_key(pk))
    except Exception:  # the rim of this thread: nobody else would hear of it
        log.exception("An examination failed")
    finally:
        close_old_connections()


def _refused(connection: Connection, code: str, said: str = "") -> str:
    """No card was made: the old one stays, with word of what is in the way, and of what may help."""
    remedy = async_to_sync(remedy_for)(connection.base_url, code)
    with transaction.atomic():
        row = Connection.objects.select_for_update().filter(pk=connection.pk).first()
        if row is not None:
            row.card |= {"problem": code, "said": said, "remedy": asdict(remedy) if remedy else None}
            row.card_at = timezone.now()
            if code == "unauthorized":  # also where the list of models is open to everybody
                row.problem_code = code
                row.problem = advice(code, row.base_url, with_key=bool(row.encrypted_key))
            row.save(update_fields=["card", "card_at", "problem_code", "problem"])
    return code


def _without_secrets(connection: Connection, said: str) -> str:
    for secret in (connection.api_key, *connection.headers.values()):
        said = said.replace(secret, "····") if secret else said
    return said


def _unlearnt(learnt: Mapping[str, Any], tried: list[str]) -> dict[str, Any]:
    return {
        model: {name: fact for name, fact in facts.items() if model not in tried or name not in _RELEARNT}
        for model, facts in learnt.items()
    }


def _wanted(connection: Connection) -> list[str]:
    """The models that people may use, before those that only stand in a list."""
    names = connection.models.filter(present=True, kind="chat").order_by("-for_everyone", "position", "name")
    return list(names.values_list("name", flat=True)[:50])


def _typed(connection: Connection) -> list[str]:
    names = connection.models.filter(present=True, kind="chat", by_hand=True).order_by("position", "name")
    return list(names.values_list("name", flat=True)[:50])


def _key(connection: UUID) -> str:
    return f"doctor:{connection}"


def _at(step: str, model: str = "") -> dict[str, Any]:
    done = STEPS.index(step) if step in STEPS else 0
    return {"step": step, "model": model, "done": done, "of": len(STEPS), "at": time.time()}
