"""GET /metrics for Prometheus: what this process counts of itself, and what the database says of all of them.

Off until WEBUI_METRICS_TOKEN or WEBUI_METRICS_ALLOW says who may read it; then each web process is to be read at its
own port: through a balancer one would read another process each time. When off, nothing is counted.
"""

import hmac
import os
import resource
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from webui.conf import conf
from webui.proxies import is_among, networks
from webui.request_ids import App, Receive, Scope, Send
from webui.version import own_version

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
STARTED = time.time()
Labels = dict[str, str]
Sample = tuple[str, Labels, float]


class Counted:
    """What this process has done since its start."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.lasted: list[int] = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0
        self.sockets = 0

    def request(self, method: str, status: int, seconds: float) -> None:
        # Only names that we know: whoever makes up methods would fill the memory.
        self.requests[method if method in METHODS else "other", status] += 1
        self.lasted[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds


counted = Counted()


def measured(inner: App) -> App:
    """The application, counted where somebody may read the figures."""
    return Measured(inner) if is_on() else inner


def is_on() -> bool:
    return bool(conf.metrics_token or conf.metrics_allow)


class Measured:
    def __init__(self, inner: App) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            counted.sockets += 1
            try:
                await self._inner(scope, receive, send)
            finally:
                counted.sockets -= 1
            return
        began, status = time.monotonic(), 500

        async def answer(event: Any) -> None:
            nonlocal status
            status = event.get("status", status)
            await send(event)

        try:
            await self._inner(scope, receive, answer)
        finally:
            counted.request(str(scope.get("method", "")), status, time.monotonic() - began)


def metrics(request: HttpRequest) -> HttpResponse:
    if not is_on() or not _may_read(request):
        raise Http404
    return HttpResponse(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").encode("utf-8", "replace")
    if conf.metrics_token and hmac.compare_digest(given, f"Bearer {conf.metrics_token}".encode()):
        return True
    return is_among(request.META.get("REMOTE_ADDR", ""), networks(conf.metrics_allow))


def exposition() -> str:
    """In Prometheus' text format 0.0.4."""
    return "".join(_family(*family) for family in (*_of_this_process(), *_of_all()))


def _of_this_process() -> Iterator[tuple[str, str, str, list[Sample]]]:
    from chat.runner import runner

    requests = [
        ("", {"method": method, "code": str(code)}, n) for (method, code), n in sorted(counted.requests.items())
    ]
    usage = resource.getrusage(resource.RUSAGE_SELF)
    yield "webui_info", "gauge", "This program.", [("", {"version": own_version()}, 1)]
    yield "webui_http_requests_total", "counter", "Requests that this process has answered.", list(requests)
    yield "webui_http_request_seconds", "histogram", "How long they took.", _histogram()
    yield "webui_sockets", "gauge", "Tabs that are open in this process.", [("", {}, counted.sockets)]
    yield "webui_answers_running", "gauge", "Answers that this process writes.", [("", {}, runner.running)]
    yield "process_cpu_seconds_total", "counter", "Processor time.", [("", {}, usage.ru_utime + usage.ru_stime)]
    yield "process_resident_memory_bytes", "gauge", "Memory.", [("", {}, _memory())]
    yield "process_start_time_seconds", "gauge", "Start, in seconds since 1970.", [("", {}, STARTED)]


def _histogram() -> list[Sample]:
    found: list[Sample] = []
    so_far = 0
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), counted.lasted, strict=True):
        so_far += count
        found.append(("_bucket", {"le": bound}, so_far))
    return [*found, ("_sum", {}, counted.seconds), ("_count", {}, so_far)]


def _of_all() -> Iterator[tuple[str, str, str, list[Sample]]]:
    """The same from whichever process: what the database knows. Nothing while that is away."""
    from django.db.models import Count

    from chat.models import Message
    from knowledge.models import Document
    from webui.backup.models import Run
    from webui.worker import seconds_since_beat

    try:
        documents = list(Document.objects.order_by("status").values_list("status").annotate(Count("pk")))
        running = Message.objects.filter(state=Message.State.RUNNING).count()
        proven = Run.last_proven()
    except DatabaseError:
        yield "webui_database_up", "gauge", "Whether the database answers.", [("", {}, 0)]
        return
    silent = seconds_since_beat()
    yield "webui_database_up", "gauge", "Whether the database answers.", [("", {}, 1)]
    yield "webui_all_answers_running", "gauge", "Answers that all processes write.", [("", {}, running)]
    samples: list[Sample] = [("", {"status": str(status)}, count) for status, count in documents]
    yield "webui_all_documents", "gauge", "Documents by their state.", samples
    if silent is not None:
        yield "webui_worker_silent_seconds", "gauge", "Since the last sign of life of a worker.", [("", {}, silent)]
    if proven:
        moment = proven.started_at.timestamp()
        yield "webui_backup_proven_time_seconds", "gauge", "When a restore was last proven.", [("", {}, moment)]


def _family(name: str, kind: str, told: str, samples: list[Sample]) -> str:
    lines = [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]
    for suffix, labels, value in samples:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{suffix}{f'{{{inside}}}' if inside else ''} {float(value):.17g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _memory() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


urlpatterns = [path("metrics", metrics, name="metrics")]
