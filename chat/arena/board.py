"""How models stand by the votes: Bradley-Terry strengths with intervals from a bootstrap. Pure; needs numpy.

A model beats another with probability p/(p + q) of their strengths. The strengths are those under which the votes are
likeliest (Hunter 2004, minorise and maximise); a tie is half a win for each, and so is "both are bad". Each model has
half a win and half a loss against one of middling strength besides, without which one that never lost would have no
end to its strength. A rating is 400 log10 of the strength, with the middle of those that have enough votes at 1000.
The interval holds the middle 95 % of 300 rounds in which as many votes are drawn anew from the votes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 10  # votes of a model before it has a number
ROUNDS = 300
STEPS = 60
SEED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """`won` is 1 when `one` was better, 0 when `other` was, 0.5 for neither. `bad`: neither was any good."""

    one: str
    other: str
    won: float
    bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A model with its votes; `rating` with `low` and `high` where there are enough of them, else None."""

    name: str
    votes: int
    won: int
    lost: int
    ties: int
    bad: int
    rating: int | None = None
    low: int | None = None
    high: int | None = None


def standings(votes: Sequence[Vote], *, least: int = LEAST, rounds: int = ROUNDS) -> list[Standing]:
    """Best first; those without a number last, by their votes."""
    counted = _counted(votes)
    if not counted:
        return []
    enough = sorted(name for name, one in counted.items() if one.votes >= least)
    rated = _rated(votes, enough, rounds) if len(enough) > 1 else {}
    found = [_with(one, rated[name]) if name in rated else one for name, one in counted.items()]
    return sorted(found, key=lambda one: (-(one.rating or -(10**9)), -one.votes, one.name))


def _counted(votes: Sequence[Vote]) -> dict[str, Standing]:
    tally: dict[str, list[int]] = {}
    for vote in votes:
        for name, won in ((vote.one, vote.won), (vote.other, 1 - vote.won)):
            row = tally.setdefault(name, [0, 0, 0, 0])
            row[3 if vote.bad else {1.0: 0, 0.0: 1}.get(won, 2)] += 1
    return {
        name: Standing(name=name, votes=sum(row), won=row[0], lost=row[1], ties=row[2], bad=row[3])
        for name, row in tally.items()
    }


def _with(one: Standing, numbers: tuple[int, int, int]) -> Standing:
    counts = {"votes": one.votes, "won": one.won, "lost": one.lost, "ties": one.ties, "bad": one.bad}
    return Standing(name=one.name, **counts, rating=numbers[0], low=numbers[1], high=numbers[2])


def _rated(votes: Sequence[Vote], names: Sequence[str], rounds: int) -> dict[str, tuple[int, int, int]]:
    """Of all models, for those without enough votes of their own still tell of the others; given for `names`."""
    import numpy as np

    everyone = sorted({name for vote in votes for name in (vote.one, vote.other)})
    place = {name: at for at, name in enumerate(everyone)}
    pairs = np.array([(place[vote.one], place[vote.other]) for vote in votes])
    won = np.array([vote.won for vote in votes])
    drawn = np.random.default_rng(SEED).integers(0, len(votes), size=(rounds, len(votes)))
    wins = [_wins(pairs, won, len(everyone)), *(_wins(pairs[row], won[row], len(everyone)) for row in drawn)]
    ratings = _strengths(np.stack(wins))
    # 1000 is the middle of those that have a number, so that one without cannot push all others below it.
    ratings += 1000 - ratings[:, [place[name] for name in names]].mean(axis=1, keepdims=True)
    low, high = np.percentile(ratings[1:], [2.5, 97.5], axis=0)
    # The likeliest may lie outside of few rounds: an interval that leaves out its own number helps nobody.
    low, high = np.minimum(low, ratings[0]), np.maximum(high, ratings[0])
    rounded = np.rint(np.stack([ratings[0], low, high])).astype(int)
    return {
        name: (int(rounded[0, at]), int(rounded[1, at]), int(rounded[2, at])) for name in names for at in [place[name]]
    }


def _wins(pairs: "NDArray[Any]", won: "NDArray[Any]", size: int) -> "NDArray[Any]":
    """wins[a, b]: how often a beat b."""
    import numpy as np

    wins = np.zeros((size, size))
    np.add.at(wins, (pairs[:, 0], pairs[:, 1]), won)
    np.add.at(wins, (pairs[:, 1], pairs[:, 0]), 1 - won)
    return wins


def _strengths(wins: "NDArray[Any]") -> "NDArray[Any]":
    """Ratings for each of many tables of wins at once, shape (tables, models)."""
    import numpy as np

    played = wins + wins.transpose(0, 2, 1)
    total = wins.sum(axis=2) + 0.5
    strength = np.ones(total.shape)
    for _step in range(STEPS):
        met = (played / (strength[:, :, None] + strength[:, None, :])).sum(axis=2) + 1 / (strength + 1)
        strength = total / met
        # Only ratios count: the middle of all stays where it is.
        strength /= np.exp(np.log(strength).mean(axis=1, keepdims=True))
    return 1000 + 400 * np.log10(strength)
