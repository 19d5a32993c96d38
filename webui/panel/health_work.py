"""The health of what works: the workers and their queue, the answers being written, and who is here."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat import presence
from chat.models import Message, Process
from chat.runner import runner
from knowledge.models import Document
from webui.conf import conf
from webui.panel.health_vital import Fact, Vital
from webui.worker import seconds_since_beat

SILENT = 30.0  # seconds
LONG_WAIT = timedelta(minutes=10)


def number(key: str, label: str, count: int) -> Fact:
    return Fact(key=key, label=label, shown=str(count), value=count)


def worker(found: Mapping[str, Any]) -> Vital:
    age, queue = seconds_since_beat(), _queue()
    facts = (
        Fact(
            key="kind", label=_("Kind"), shown=_("Celery with Redis") if conf.redis_url else _("beside the web process")
        ),
        Fact(key="silent_seconds", label=_("Last sign of life"), shown=ago(age), value=age and round(age, 1)),
        number("waiting", _("Documents waiting"), queue["waiting"]),
        number("reading", _("Being read"), queue["reading"]),
        Fact(key="oldest", label=_("Waits longest"), shown=_since(queue["oldest"]), value=_seconds(queue["oldest"])),
        number("failed", _("Failed"), queue["failed"]),
    )
    common: dict[str, Any] = {"key": "worker", "name": _("Workers and their queue"), "facts": facts}
    advice = _(
        "“manage.py up” starts one and starts it again when it dies; look at its log. Nothing that waits is lost."
    )
    if age is None:
        return Vital(state="down", said=_("No worker has started: uploaded documents wait."), advice=advice, **common)
    if age > SILENT:
        said = _("The worker is silent: uploaded documents wait.")
        return Vital(state="down", said=said, advice=advice, **common)
    if queue["oldest"] and timezone.now() - queue["oldest"] > LONG_WAIT:
        return Vital(
            state="warn",
            said=_("It lives, but a document waits for longer than ten minutes."),
            advice=_("Look below whether the embedding model works. Else more workers help."),
            **common,
        )
    return Vital(state="ok", said=_("A worker lives and takes what comes."), **common)


def _queue() -> dict[str, Any]:
    status = Document.Status
    due = Q(status=status.QUEUED)
    return Document.objects.aggregate(
        waiting=Count("pk", filter=due),
        reading=Count("pk", filter=Q(status=status.PROCESSING)),
        failed=Count("pk", filter=Q(status=status.FAILED)),
        oldest=Min("created_at", filter=due),
    )


def answers(found: Mapping[str, Any]) -> Vital:
    silent = timezone.now() - timedelta(seconds=20)
    running = Message.objects.filter(state=Message.State.RUNNING).count()
    lost = Message.objects.orphaned(silent).count() if running else 0
    tabs, people = presence.present()
    facts = (
        number("running", _("Being written"), running),
        number("running_here", _("By this process"), runner.running),
        number("processes", _("Processes that write"), Process.objects.filter(beat_at__gte=silent).count()),
        number("tabs", _("Open tabs of this process"), tabs),
        number("people", _("People in them"), people),
    )
    common: dict[str, Any] = {"key": "answers", "name": _("Live answers and people"), "facts": facts}
    if lost:
        return Vital(
            state="warn",
            said=ngettext(
                "%(number)d answer was left by a process that died.",
                "%(number)d answers were left by processes that died.",
                lost,
            )
            % {"number": lost},
            advice=_("They are marked as interrupted within seconds. If this stays, restart the web process."),
            **common,
        )
    said = ngettext("%(number)d answer is being written.", "%(number)d answers are being written.", running)
    return Vital(state="ok", said=said % {"number": running} if running else _("Nothing is being written."), **common)


def ago(seconds: float | None) -> str:
    if seconds is None:
        return _("never")
    if seconds < 60:
        return _("%(number)d s ago") % {"number": max(0, round(seconds))}
    return _("%(time)s ago") % {"time": timesince(timezone.now() - timedelta(seconds=seconds), depth=1)}


def _since(moment: Any) -> str:
    return timesince(moment, depth=1) if moment else "–"


def _seconds(moment: Any) -> int | None:
    return round(time.time() - moment.timestamp()) if moment else None
