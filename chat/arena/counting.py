"""The votes that count, read from the database: for the leaderboard, and as preference data."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from chat.arena.board import Standing, Vote, standings
from chat.models import Duel

if TYPE_CHECKING:
    from webui.accounts.models import User

_WON = {"left": 1.0, "right": 0.0}


def counted() -> "QuerySet[Duel]":
    """Those that were blind: where an answer said whose it is, the vote counts for nothing."""
    return Duel.objects.voted().filter(named_itself=False)


def board(topic: str = "") -> list[Standing]:
    """How all models stand, or how they stand in one topic."""
    rows = counted().filter(topic=topic) if topic else counted()
    found = rows.order_by("pk").values_list("left", "right", "vote").iterator()
    return standings(
        [Vote(one=left, other=right, won=_WON.get(vote, 0.5), bad=vote == "bad") for left, right, vote in found]
    )


def topics() -> Counter[str]:
    """How many votes each topic has."""
    return Counter(counted().order_by().values_list("topic", flat=True))


def of_person(user: "User") -> Iterator[str]:
    """All of one's own, as lines of JSON."""
    return _lines(Duel.objects.voted().filter(owner=user))


def shared() -> Iterator[str]:
    """What people let administrators read, and nothing else."""
    return _lines(Duel.objects.voted().filter(shared=True, owner__is_active=True))


def _lines(duels: "QuerySet[Duel]") -> Iterator[str]:
    for duel in duels.order_by("voted_at", "created_at").iterator():
        yield json.dumps(_line(duel), ensure_ascii=False) + "\n"


def _line(duel: Duel) -> dict[str, Any]:
    """`prompt`, `chosen`, `rejected` where one was better (DPO); both with a label of their own where neither was."""
    about = {"why": "arena", "vote": duel.vote, "topic": duel.topic, "blind": not duel.named_itself}
    line: dict[str, Any] = {"prompt": [{"role": "user", "content": duel.question}]}
    if duel.vote in _WON:
        other = "right" if duel.vote == "left" else "left"
        line |= {"chosen": _said(duel, duel.vote), "rejected": _said(duel, other)}
        line |= {"chosen_model": getattr(duel, duel.vote), "rejected_model": getattr(duel, other)}
    else:
        line |= {"completions": [_said(duel, "left"), _said(duel, "right")], "label": duel.vote == Duel.Vote.TIE}
        line |= {"models": [duel.left, duel.right]}
    return line | about | {"voted_at": duel.voted_at.isoformat() if duel.voted_at else None}


def _said(duel: Duel, side: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": duel.text(side)}]
