"""The audit log: read, filtered and taken away as CSV; nothing in it is changed here or anywhere."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from webui.audit.entries import record
from webui.audit.models import Entry
from webui.audit.words import ACTIONS, COLUMNS, KINDS, VALUES
from webui.conf import conf
from webui.panel.base import administrator_required

A_PAGE = 50
FILTERS = ("q", "action", "kind", "from", "to")
COLUMNS_OF_FILE = (
    "at", "actor", "through", "address", "action", "kind", "object_id", "name", "before", "after", "request_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry as the page shows it; `changes` are (what, before, after)."""

    entry: Entry
    action: str
    kind: str
    changes: tuple[tuple[str, str, str], ...]
    bad: bool


@administrator_required
def audit(request: HttpRequest) -> HttpResponse:
    page = Paginator(chosen(request), A_PAGE).get_page(request.GET.get("page"))
    given = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    context = {
        "section": "people",
        "page": page,
        "lines": [_line(entry) for entry in page],
        "actions": ACTIONS.items(),
        "kinds": KINDS.items(),
        "given": given,
        "since": request.GET.get("from", ""),
        "query": urlencode(given),
        "days": conf.audit_days,
    }
    return render(request, "panel/audit.html", context)


@administrator_required
def audit_csv(request: HttpRequest) -> HttpResponseBase:
    """What the page's filter finds, one line each, streamed."""
    record("exported", after={name: request.GET[name] for name in FILTERS if request.GET.get(name)})
    answer = StreamingHttpResponse(_file(chosen(request)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="audit-{timezone.localdate()}.csv"'
    return answer


def chosen(request: HttpRequest) -> QuerySet[Entry]:
    found = Entry.objects.order_by("-pk")
    if text := request.GET.get("q", "").strip():
        found = found.filter(Q(actor__icontains=text) | Q(name__icontains=text) | Q(address__startswith=text))
    for name in ("action", "kind"):
        if value := request.GET.get(name):
            found = found.filter(**{name: value})
    if since := _day(request.GET.get("from")):
        found = found.filter(at__gte=_moment(since, time.min))
    if until := _day(request.GET.get("to")):
        found = found.filter(at__lte=_moment(until, time.max))
    return found


def _day(text: str | None) -> date | None:
    try:
        return parse_date(text or "")
    except ValueError:
        return None


def _moment(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))


def _line(entry: Entry) -> Line:
    names = [*dict.fromkeys([*entry.before, *entry.after])]
    return Line(
        entry=entry,
        action=str(ACTIONS.get(entry.action, entry.action)),
        kind=str(KINDS.get(entry.kind, entry.kind)),
        changes=tuple(
            (str(COLUMNS.get(name, name)), _said(entry.before.get(name), name), _said(entry.after.get(name), name))
            for name in names
            if _said(entry.before.get(name)) or _said(entry.after.get(name))
        ),
        bad=entry.action in ("sign-in failed", "sign-in throttled", "chat read", "chats listed"),
    )


def _said(value: Any, column: str = "") -> str:
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_said(one, column) for one in value)
    return str(VALUES.get(value, value)) if column in ("with", "factor") else str(value)


class _Echo:
    """Gives the line that is written to it back."""

    def write(self, line: str) -> str:
        return line


def _file(found: QuerySet[Entry]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # so that spreadsheets read names in any script
    yield writer.writerow(COLUMNS_OF_FILE)
    for entry in found.iterator(chunk_size=1000):
        yield writer.writerow(_cell(getattr(entry, name)) for name in COLUMNS_OF_FILE)


def _cell(value: Any) -> str:
    """A spreadsheet would calculate a name that begins like a formula."""
    text = value.isoformat() if isinstance(value, datetime) else str(value) if value else ""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


urlpatterns: list[URLPattern] = [
    path("admin/audit/", audit, name="panel_audit"),
    path("admin/audit/csv/", audit_csv, name="panel_audit_csv"),
]
