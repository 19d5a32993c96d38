"""What was used in some days, summed by day, model, person and purpose; no page and no request in here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from providers import meters
from providers.models import ImageServer, Model, Usage

HELPERS = (Usage.Purpose.TITLE, Usage.Purpose.REWRITE, Usage.Purpose.CHECK)
MILLION = 1_000_000
MOST_ROWS = 50
Prices = dict[str, tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Tokens and answers. `cost` is in the currency of the prices; None where nothing of it has a price."""

    prompt: int = 0
    completion: int = 0
    answers: int = 0
    cost: Decimal | None = None

    @property
    def tokens(self) -> int:
        return self.prompt + self.completion

    def __add__(self, other: "Sums") -> "Sums":
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Sums(
            prompt=self.prompt + other.prompt,
            completion=self.completion + other.completion,
            answers=self.answers + other.answers,
            cost=sum(costs, Decimal()) if costs else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The sums of one model, person or purpose. `key` is what the page filters by."""

    key: str
    name: str
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    day: date
    asked: Sums
    helpers: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Helper calls, which people did not ask for, are in `helpers` and in `days`, and in nothing else."""

    days: tuple[Day, ...]
    asked: Sums
    helpers: Sums
    models: tuple[Named, ...]
    people: tuple[Named, ...]
    purposes: tuple[Named, ...]


def chosen(days: int, *, model: str = "", person: int = 0) -> "QuerySet[Usage]":
    """The counts of the last `days` days, today among them."""
    rows = Usage.objects.filter(day__gt=meters.today() - timedelta(days=days))
    if model:
        rows = rows.filter(model_name=model)
    return rows.filter(user_id=person) if person else rows


def report(rows: "QuerySet[Usage]", days: int) -> Report:
    """Three queries over the counts, however many people there are."""
    prices = prices_now()
    asked = rows.exclude(purpose__in=HELPERS)
    by_day = list(_summed(rows, prices, "day", "purpose"))
    named = {purpose.value: str(purpose.label) for purpose in Usage.Purpose}
    by_purpose = _grouped((values["purpose"], named.get(values["purpose"], ""), sums) for values, sums in by_day)
    helpers = {one.key: one for one in by_purpose if one.key in HELPERS}
    return Report(
        days=tuple(_days(by_day, days)),
        asked=sum((one.sums for one in by_purpose if one.key not in HELPERS), Sums()),
        helpers=sum((one.sums for one in helpers.values()), Sums()),
        models=_grouped((v["model_name"], v["model_name"], sums) for v, sums in _summed(asked, prices, "model_name")),
        people=_grouped(
            (str(v["user_id"]), v["user__name"] or v["user__email"], sums)
            for v, sums in _summed(asked, prices, "user_id", "user__name", "user__email")
        ),
        purposes=by_purpose,
    )


def prices_now() -> Prices:
    """By public id, per token; models without a price are not in it."""
    rows = Model.objects.exclude(price_in=None, price_out=None).values_list("public_id", "price_in", "price_out")
    prices = {name: ((into or Decimal()) / MILLION, (out or Decimal()) / MILLION) for name, into, out in rows}
    # A picture counts as so many tokens of an answer, each of which costs its part of it.
    servers = ImageServer.objects.exclude(price=None)
    return prices | {one.public_id: (Decimal(), one.price / max(1, one.tokens)) for one in servers if one.price}


def cost_of(prices: Prices, model: str, prompt: int, completion: int) -> Decimal | None:
    """With the prices of today."""
    if model not in prices:
        return None
    into, out = prices[model]
    return into * prompt + out * completion


def _summed(rows: "QuerySet[Usage]", prices: Prices, *names: str) -> Iterator[tuple[dict[str, Any], Sums]]:
    """By `names`; by model besides where prices differ, whose rows the caller adds up."""
    by = (*names, "model_name") if prices and "model_name" not in names else names
    summed = rows.order_by().values(*by).annotate(p=Sum("prompt_tokens"), c=Sum("completion_tokens"), a=Sum("answers"))
    for values in summed:
        cost = cost_of(prices, values.get("model_name", ""), values["p"], values["c"])
        yield values, Sums(prompt=values["p"], completion=values["c"], answers=values["a"], cost=cost)


def _grouped(rows: Iterable[tuple[str, str, Sums]]) -> tuple[Named, ...]:
    """The greatest first."""
    found: dict[str, Named] = {}
    for key, name, sums in rows:
        known = found.get(key)
        found[key] = Named(key=key, name=name, sums=known.sums + sums if known else sums)
    return tuple(sorted(found.values(), key=lambda one: (-one.sums.tokens, one.name)))


def _days(rows: Iterable[tuple[dict[str, Any], Sums]], days: int) -> Iterator[Day]:
    """Every day, also one on which nothing was asked."""
    asked: dict[date, Sums] = {}
    helpers: dict[date, Sums] = {}
    for values, sums in rows:
        kind = helpers if values["purpose"] in HELPERS else asked
        kind[values["day"]] = kind.get(values["day"], Sums()) + sums
    today = meters.today()
    for back in range(days - 1, -1, -1):
        day = today - timedelta(days=back)
        yield Day(day=day, asked=asked.get(day, Sums()), helpers=helpers.get(day, Sums()))
