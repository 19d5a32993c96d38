"""A run of checks as its page shows it: each check in words and figures, beside those of an earlier run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from providers.checks import wording
from providers.checks.result import Result, of_stored
from providers.checks.run import CHECKS
from providers.models import CheckRun
from webui.panel import checks_plot
from webui.panel.checks_plot import Plot, Series

MARKS = {"passed": "ok", "failed": "down", "impossible": "idle"}
BADGES = {"running": "badge--busy", "done": "badge--ok", "failed": "badge--error", "interrupted": "badge--warn"}
HEADLINES = (("latency", "median_ms"), ("long_run", "speed"), ("at_once", "together_speed"))
LONG_MS = 3000  # from here on a plot counts seconds
NOTHING_MUCH = 0.03  # a change below this part of the number is none


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """`change` is against the earlier run, `verdict` whether that is for better or worse."""

    label: str
    shown: str
    before: str = ""
    change: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    key: str
    name: str
    about: str
    mark: str  # '' while it is not there yet
    word: str
    said: str = ""
    before: str = ""  # the earlier outcome, where it was another one
    figures: tuple[FigureView, ...] = ()
    plot: Plot | None = None
    now: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One run in the list."""

    run: CheckRun
    badge: str
    marks: tuple[tuple[str, str, str], ...]  # (name, mark, word)
    figures: tuple[str, ...]


def results_of(run: CheckRun) -> dict[str, Result]:
    return {row["check"]: of_stored(row) for row in run.results}


def checks_of(run: CheckRun, earlier: CheckRun | None) -> list[CheckView]:
    found, before = results_of(run), results_of(earlier) if earlier else {}
    return [_one(key, run, found.get(key), before.get(key)) for key in CHECKS]


def line_of(run: CheckRun) -> RunLine:
    found = results_of(run)
    marks = []
    for key in CHECKS:
        word = str(wording.OUTCOMES[found[key].outcome]) if key in found else _("not made")
        marks.append((str(wording.NAMES[key]), MARKS[found[key].outcome] if key in found else "", word))
    figures = tuple(
        wording.amount(name, found[key].figures[name]) if key in found and name in found[key].figures else "–"
        for key, name in HEADLINES
    )
    return RunLine(run=run, badge=BADGES.get(run.state, ""), marks=tuple(marks), figures=figures)


def counts(run: CheckRun) -> dict[str, int]:
    outcomes = [row["outcome"] for row in run.results]
    return {name: outcomes.count(name) for name in MARKS} | {"all": len(CHECKS)}


def _one(key: str, run: CheckRun, result: Result | None, earlier: Result | None) -> CheckView:
    name, about = str(wording.NAMES[key]), str(wording.ABOUT[key])
    if result is None:
        now = run.state == CheckRun.State.RUNNING and run.step == key
        word = _("under way") if now else _("to come") if run.is_active else _("not made")
        return CheckView(key=key, name=name, about=about, mark="", word=word, now=now)
    changed = earlier is not None and earlier.outcome != result.outcome
    return CheckView(
        key=key,
        name=name,
        about=about,
        mark=MARKS[result.outcome],
        word=str(wording.OUTCOMES[result.outcome]),
        said=wording.sentence(result),
        before=str(wording.OUTCOMES[earlier.outcome]) if earlier and changed else "",
        figures=tuple(_figures(result, earlier)),
        plot=_plot(result, earlier),
    )


def _figures(result: Result, earlier: Result | None) -> list[FigureView]:
    before: Mapping[str, float] = earlier.figures if earlier else {}
    return [_figure(name, value, before.get(name)) for name, value in result.figures.items() if name in wording.FIGURES]


def _figure(name: str, value: float, before: float | None) -> FigureView:
    label, shown = str(wording.FIGURES[name]), wording.amount(name, value)
    if before is None:
        return FigureView(label=label, shown=shown)
    change = (value - before) / before if before else 0.0
    if abs(change) < NOTHING_MUCH or name in wording.NEITHER:
        return FigureView(label=label, shown=shown, before=wording.amount(name, before))
    better = (change < 0) == (name in wording.BETTER_SMALL)
    return FigureView(
        label=label,
        shown=shown,
        before=wording.amount(name, before),
        change=f"{change * 100:+.0f} %".replace("-", "−"),
        verdict="better" if better else "worse",
    )


def _plot(result: Result, earlier: Result | None) -> Plot | None:
    if len(result.series) < 2:
        return None
    before = earlier.series if earlier else ()
    options: dict[str, Any] = {"title": str(wording.ABOUT[result.check])}
    if result.check == "long_run":
        return checks_plot.line(
            result.series, before, x_name=_("seconds since the beginning"), y_name=_("tokens a second"), **options
        )
    x_name = _("question") if result.check == "latency" else _("person")
    if max(y for _x, y in (*result.series, *before)) < LONG_MS:
        y_name, unit, divisor = _("ms until the first word"), "ms", 1
    else:
        y_name, unit, divisor = _("seconds until the first word"), "s", 1000
    series, before = _divided(result.series, divisor), _divided(before, divisor)
    return checks_plot.bars(series, before, x_name=x_name, y_name=y_name, unit=unit, **options)


def _divided(series: Series, divisor: int) -> Series:
    return [(x, round(y / divisor, 2)) for x, y in series]
