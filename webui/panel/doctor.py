"""The Connection Doctor's part of a connection's page, and the final form of an address while it is being typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.views.decorators.http import require_GET, require_POST

from providers.addresses import BadAddress, candidates
from providers.advice import address_advice, advice, is_about_the_address
from providers.doctor import rounds
from providers.doctor.card import FACTS
from providers.doctor.remedies import Remedy
from providers.models import Connection
from webui.panel.base import administrator_required

Words = str | Promise

LABELS: dict[str, Words] = {
    "product": _later("Product"),
    "version": _later("Version"),
    "streaming": _later("Answers come"),
    "usage": _later("Tokens are counted"),
    "system_role": _later("Instructions"),
    "reasoning_field": _later("Thinking"),
    "tools": _later("Tools"),
    "vision": _later("Images"),
    "max_tokens": _later("Length of answers"),
    "error_shape": _later("Form of errors"),
    "window": _later("Context window"),
    "leave_out": _later("Left out of requests"),
}
VALUES: dict[str, dict[str, Words]] = {
    "streaming": {
        "yes": _later("word by word"),
        "lines": _later("word by word, in Ollama's own form"),
        "no": _later("whole, since it does not stream"),
    },
    "usage": {
        "last": _later("at the end"),
        "every": _later("with every word"),
        "timings": _later("in its timings"),
        "none": _later("not at all"),
        "refused": _later("not at all: it refuses to be asked"),
    },
    "system_role": {
        "yes": _later("taken as they are"),
        "merged": _later("neighbouring messages of one role are joined"),
        "no": _later("it knows none: they open the first question"),
    },
    "reasoning_field": {"tags": _later("between tags in the text")},
    "tools": {"yes": _later("accepted"), "no": _later("refused"), "by_model": _later("told for each model")},
    "vision": {
        "yes": _later("accepted"),
        "no": _later("refused"),
        "ignored": _later("accepted and not looked at"),
        "by_model": _later("told for each model"),
    },
    "error_shape": {
        "nested": _later("with a message inside “error”"),
        "string": _later("a text in “error”"),
        "flat": _later("a text in “message”"),
        "detail": _later("a text in “detail”"),
        "text": _later("plain text"),
        "page": _later("a web page"),
        "other": _later("of its own kind"),
    },
    "window": {"by_model": _later("told for each model")},
}
RULES: dict[str, Words] = {
    "refused": _later("more than fits is refused, so that less is asked for"),
    "clamped": _later("more than fits is cut to size"),
}
STEPS: dict[str, Words] = {
    "models": _later("Asking what it is and which models it has"),
    "stream": _later("Asking for two words"),
    "roles": _later("Giving it instructions"),
    "tools": _later("Offering it a tool"),
    "vision": _later("Showing it a tiny image"),
    "length": _later("Asking for far too long an answer, without waiting for it"),
    "errors": _later("Asking something impossible, to see how it complains"),
    "waits": _later("Waiting: the server is answering somebody"),
}


@dataclass(frozen=True, kw_only=True)
class FactView:
    label: Words
    value: Words
    note: Words = ""


@administrator_required
@require_GET
def address(request: HttpRequest) -> HttpResponse:
    """The address as it will be asked, for the line under the field."""
    text, kind = request.GET.get("text", "")[:2000], request.GET.get("kind", "")
    if not text.strip():
        return JsonResponse({"text": "", "wrong": False})
    try:
        found = candidates(text)
    except BadAddress as problem:
        return JsonResponse({"text": address_advice(str(problem)), "wrong": True})
    of_kind = [one.base_url for one in found if one.kind == kind]
    if of_kind:
        return JsonResponse({"text": _("Final address: %(url)s") % {"url": of_kind[0]}, "wrong": False})
    ollama, *others = [one.base_url for one in found]
    urls = [ollama, *others] if ":11434" in ollama else [*others[:1], ollama]
    said = _("Will be asked at %(first)s and at %(second)s.") % {"first": urls[0], "second": urls[1]}
    return JsonResponse({"text": said, "wrong": False})


@administrator_required
def doctor(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET: the part of the page alone, for who watches. POST: begin an examination."""
    row = get_object_or_404(Connection, pk=pk)
    if request.method == "POST":
        rounds.begin(row)
        if request.headers.get("Accept") != "text/html":
            return redirect(f"/admin/connections/{row.pk}/#doctor")
    return render(request, "panel/_connections_doctor.html", doctor_context(row))


@administrator_required
@require_POST
def seen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What changed was read."""
    row = get_object_or_404(Connection, pk=pk)
    rounds.acknowledge(row)
    return redirect(f"/admin/connections/{row.pk}/#doctor")


def doctor_context(row: Connection) -> dict[str, Any]:
    under_way = rounds.progress(row.pk)
    card = row.card
    problem = str(card.get("problem", ""))
    remedy = card.get("remedy")
    return {
        "connection": row,
        "under_way": under_way and {**under_way, "words": STEPS.get(under_way["step"], "")},
        "card": card,
        "facts": facts_of(card),
        "others": [
            {"model": name, "facts": found} for name in card.get("models", {}) if (found := _differing(card, name))
        ],
        "changes": changes_of(row),
        "learnt": [{"model": name, "facts": found} for name in row.learnt if (found := _learnt(row.learnt[name]))],
        "problem": _problem(row, problem),
        "remedy": Remedy(**remedy) if problem and remedy else None,
    }


def facts_of(card: Mapping[str, Any]) -> list[FactView]:
    """The card for people, in the order of FACTS."""
    if not card.get("checked_at"):
        return []
    return [
        FactView(label=LABELS[name], value=_worded(name, card.get(name)), note=_note(name, card))
        for name in FACTS
        if name != "version" or card.get("version")
    ]


def changes_of(row: Connection) -> list[dict[str, Any]]:
    """What became different since somebody looked: for this page and the first one."""
    return [
        {
            "label": LABELS.get(one["fact"], one["fact"]),
            "model": one.get("model", ""),
            "before": _worded(one["fact"], one["before"]),
            "after": _worded(one["fact"], one["after"]),
            "at": parse_datetime(one["at"]),
        }
        for one in row.card.get("changes", [])
    ]


def _worded(fact: str, value: Any) -> Words:
    if value in (None, "", []):
        return {"reasoning_field": _("none seen"), "product": _("not recognised")}.get(fact, _("unknown"))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, int):
        return f"{value:,}"
    known = VALUES.get(fact, {}).get(str(value))
    if known is None and fact in ("reasoning_field", "max_tokens"):
        return _("in the field “%(name)s”") % {"name": value}
    return known or str(value)


def _note(fact: str, card: Mapping[str, Any]) -> Words:
    if fact == "max_tokens":
        return RULES.get(str(card.get("max_tokens_rule")), "")
    return str(card.get("tools_why", "")) if fact == "tools" and card.get("tools") == "no" else ""


def _differing(card: Mapping[str, Any], model: str) -> list[FactView]:
    facts = card["models"][model]
    return [FactView(label=LABELS[name], value=_worded(name, facts[name])) for name in LABELS if name in facts]


def _learnt(facts: Mapping[str, Any]) -> list[FactView]:
    return [FactView(label=LABELS[name], value=_worded(name, facts[name])) for name in LABELS if facts.get(name)]


def _problem(row: Connection, code: str) -> str:
    if code == "busy":
        return _("The server was answering people all the while, so it was left alone. Try again later.")
    if not code or is_about_the_address(code):
        return advice(code, row.base_url, with_key=bool(row.encrypted_key))
    said = row.card.get("said")
    text = _("It lists its models, but a question to one of them failed.")
    return _("%(sentence)s It says: “%(said)s”") % {"sentence": text, "said": said} if said else text


urlpatterns: list[URLPattern] = [
    path("admin/connections/address/", address, name="panel_connection_address"),
    path("admin/connections/<uuid:pk>/doctor/", doctor, name="panel_doctor"),
    path("admin/connections/<uuid:pk>/doctor/seen/", seen, name="panel_doctor_seen"),
]
