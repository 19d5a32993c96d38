"""What was used: by day, model and person, with helper calls apart, as a page and as CSV."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from providers import counting, meters
from webui.accounts.models import User
from webui.panel.base import administrator_required
from webui.panel.usage_report import MOST_ROWS, Day, Report, chosen, cost_of, prices_now, report

PERIODS = {7: _("7 days"), 30: _("30 days"), 90: _("90 days"), 365: _("a year")}
COLUMNS = ("day", "person", "model", "purpose", "api_key", "prompt_tokens", "completion_tokens", "answers", "cost")
HEIGHT = 100  # of the plot, in its own units


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One day in the plot: what was asked for below, helper calls on top of it; y counts from above."""

    x: int
    asked_y: float
    asked_height: float
    helper_y: float
    helper_height: float
    day: Day


@administrator_required
def usage(request: HttpRequest) -> HttpResponse:
    days, model, person = _period(request), request.GET.get("model", ""), _person(request)
    counting.store()  # what this process has counted in the last seconds
    found = report(chosen(days, model=model, person=person.pk if person else 0), days)
    context = {
        "section": "usage",
        "periods": PERIODS.items(),
        "days": days,
        "model": model,
        "person": person,
        "report": found,
        "bars": _bars(found),
        "highest": max(one.asked.tokens + one.helpers.tokens for one in found.days),
        "most": MOST_ROWS,
        "priced": found.asked.cost is not None or found.helpers.cost is not None,
    }
    return render(request, "panel/usage.html", context)


@administrator_required
def usage_csv(request: HttpRequest) -> HttpResponseBase:
    """The counts of the page's period and filters, one line each, streamed."""
    days, person = _period(request), _person(request)
    counting.store()
    rows = chosen(days, model=request.GET.get("model", ""), person=person.pk if person else 0)
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="usage-{meters.today()}-{days}-days.csv"'
    return answer


class _Echo:
    """Gives the line that is written to it back."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    prices = prices_now()
    yield "\ufeff"  # so that spreadsheets read names in any script
    yield writer.writerow(COLUMNS)
    values = rows.order_by("day", "user__email", "model_name", "purpose", "key").values_list(
        "day", "user__email", "model_name", "purpose", "key", "prompt_tokens", "completion_tokens", "answers"
    )
    for day, email, model, purpose, key, prompt, completion, answers in values.iterator(chunk_size=1000):
        cost = cost_of(prices, model, prompt, completion)
        line = (day, _cell(email), _cell(model), purpose, key or "", prompt, completion, answers)
        yield writer.writerow((*line, "" if cost is None else f"{cost:.6f}"))


def _cell(text: str) -> str:
    """A spreadsheet would calculate a name that begins like a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _bars(found: Report) -> list[Bar]:
    highest = max(one.asked.tokens + one.helpers.tokens for one in found.days) or 1
    bars = []
    for x, day in enumerate(found.days):
        asked = round(day.asked.tokens / highest * HEIGHT, 2)
        helper = round(day.helpers.tokens / highest * HEIGHT, 2)
        top = round(HEIGHT - asked, 2)
        bars.append(
            Bar(
                x=x,
                asked_y=top,
                asked_height=asked,
                helper_y=round(top - helper, 2),
                helper_height=helper,
                day=day,
            )
        )
    return bars


def _period(request: HttpRequest) -> int:
    text = request.GET.get("days", "")
    return int(text) if text.isdigit() and int(text) in PERIODS else 30


def _person(request: HttpRequest) -> User | None:
    pk = request.GET.get("person", "")
    return User.objects.filter(pk=int(pk)).first() if pk.isdigit() and len(pk) < 10 else None


urlpatterns: list[URLPattern] = [
    path("admin/usage/", usage, name="panel_usage"),
    path("admin/usage/csv/", usage_csv, name="panel_usage_csv"),
]
