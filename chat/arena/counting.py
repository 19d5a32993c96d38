"""The votes that count, read from the database: for the leaderboard, and as preference data."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from chat.arena.board import Standing, Vote, standings
from chat.models import Duel
from chat.models.arena import SIDES
from chat.rating.lines import About, Answer, Kind, Two, encoded

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


def of_person(user: "User", kind: Kind = "all") -> Iterator[str]:
    """All of one's own, as lines of JSON (chat/rating/lines.py)."""
    return _lines(Duel.objects.voted().filter(owner=user), kind)


def shared(kind: Kind = "all") -> Iterator[str]:
    """What people let administrators read, and nothing else."""
    return _lines(Duel.objects.voted().filter(shared=True, owner__is_active=True), kind)


def _lines(duels: "QuerySet[Duel]", kind: Kind) -> Iterator[str]:
    for duel in duels.order_by("voted_at", "created_at").iterator():
        for line in _two(duel).lines(kind):
            yield encoded(line)


def _two(duel: Duel) -> Two:
    left, right = (_answer(duel, side) for side in SIDES)
    return Two(
        prompt=[{"role": "user", "content": duel.question}],
        both=(left, right),
        won=SIDES.index(duel.vote) if duel.vote in SIDES else None,
        liked=duel.vote == Duel.Vote.TIE,
        about=About(why="arena", at=duel.voted_at, blind=not duel.named_itself, topic=duel.topic),
    )


def _answer(duel: Duel, side: str) -> Answer:
    read = bool(duel.answers.get(side, {}).get("sources"))
    return Answer(text=duel.text(side), model=getattr(duel, side), libraries=read)
