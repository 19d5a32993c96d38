"""The lines over time of a library's runs, in the units of an SVG that is drawn 100 high. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

HEIGHT = 100
STEP = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One run: where it stands, and what a look at it says. y counts from above; shares are 0…1."""

    x: float
    y_sent: float
    y_first: float
    at: datetime
    sent: float
    first: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    points: tuple[Point, ...]
    sent: str
    first: str
    width: int


def plot(runs: Sequence[tuple[datetime, float, float, str]]) -> Plot:
    """`runs` are (when, recall of all sent, recall at 1, why), oldest first."""
    points = tuple(
        Point(x=STEP * (number + 0.5), y_sent=_y(sent), y_first=_y(first), at=at, sent=sent, first=first, cause=cause)
        for number, (at, sent, first, cause) in enumerate(runs)
    )
    return Plot(
        points=points,
        sent=" ".join(f"{point.x},{point.y_sent}" for point in points),
        first=" ".join(f"{point.x},{point.y_first}" for point in points),
        width=STEP * len(points),
    )


def _y(share: float) -> float:
    """A little room above and below, so that a line at either end is seen whole."""
    return round(4 + (HEIGHT - 8) * (1 - share), 1)
