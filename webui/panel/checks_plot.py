"""The geometry of the plots of checks: bars or a line in an SVG that the server writes. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 360, 176
LEFT, RIGHT, TOP, BOTTOM = 40, 14, 10, 30
Series = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """`at` is the place along its axis, in the units of the drawing."""

    at: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Bars, or the points of a line; `earlier` is another run's, drawn fainter."""

    bars: tuple[Bar, ...] = ()
    earlier_bars: tuple[Bar, ...] = ()
    line: str = ""
    earlier_line: str = ""
    dots: tuple[Tick, ...] = ()
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    x_name: str = ""
    y_name: str = ""
    title: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def bars(series: Series, earlier: Series, *, title: str, x_name: str, y_name: str, unit: str) -> Plot:
    """One bar a point, the earlier run's beside it."""
    steps = _steps(max((y for _x, y in (*series, *earlier)), default=0))
    count = max(len(series), len(earlier), 1)
    place = (WIDTH - LEFT - RIGHT) / count
    width = min(place * (0.36 if earlier else 0.6), 40)

    def drawn(points: Series, shift: float) -> tuple[Bar, ...]:
        made = []
        for number, (x, y) in enumerate(points):
            top = _y(y, steps[-1])
            left = LEFT + place * (number + 0.5) + shift
            bar = Bar(
                x=round(left, 1), y=top, width=round(width, 1), height=round(HEIGHT - BOTTOM - top, 1),
                title=f"{x:g}: {y:g} {unit}",
            )  # fmt: skip
            made.append(bar)
        return tuple(made)

    every = max(1, math.ceil(count / 10))
    return Plot(
        bars=drawn(series, 0 if earlier else -width / 2),
        earlier_bars=drawn(earlier, -width),
        x_ticks=tuple(
            Tick(at=round(LEFT + place * (number + 0.5), 1), label=str(number + 1)) for number in range(0, count, every)
        ),
        y_ticks=_y_ticks(steps),
        x_name=x_name,
        y_name=y_name,
        title=title,
    )


def line(series: Series, earlier: Series, *, title: str, x_name: str, y_name: str) -> Plot:
    both = (*series, *earlier)
    steps = _steps(max((y for _x, y in both), default=0))
    across = _steps(max((x for x, _y in both), default=0))

    def at(x: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * x / across[-1], 1)

    def drawn(points: Series) -> str:
        return " ".join(f"{at(x)},{_y(y, steps[-1])}" for x, y in points)

    return Plot(
        line=drawn(series),
        earlier_line=drawn(earlier),
        dots=tuple(Tick(at=at(x), label=str(_y(y, steps[-1]))) for x, y in series),
        x_ticks=tuple(Tick(at=at(step), label=f"{step:g}") for step in across),
        y_ticks=_y_ticks(steps),
        x_name=x_name,
        y_name=y_name,
        title=title,
    )


def _y(value: float, most: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most), 1)


def _y_ticks(steps: Sequence[float]) -> tuple[Tick, ...]:
    return tuple(Tick(at=_y(step, steps[-1]), label=f"{step:g}") for step in steps)


def _steps(most: float) -> list[float]:
    """Round numbers from 0 to at least `most`, three or four of them."""
    if most <= 0:
        return [0, 1]
    rough = most / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough)
    return [round(step * number, 6) for number in range(math.ceil(most / step - 1e-9) + 1)]
