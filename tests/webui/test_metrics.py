"""Figures for Prometheus and traces: off by default, for whom they are meant, and without anybody's words."""

import re
import subprocess
import sys

import pytest
from django.db import DatabaseError

from knowledge.models import Document, Library
from tests.servers.house import ROOT
from webui import metrics, traces
from webui.conf import conf

pytestmark = pytest.mark.django_db
LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+')


@pytest.fixture
def on(monkeypatch):
    monkeypatch.setitem(conf.__dict__, "metrics_token", "a-token-of-the-monitor")
    monkeypatch.setattr(metrics, "counted", metrics.Counted())
    return {"Authorization": "Bearer a-token-of-the-monitor"}


async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": scope["status"], "headers": []})


def test_there_are_no_metrics_until_somebody_may_read_them(client, root):
    client.force_login(root)
    assert client.get("/metrics").status_code == 404
    assert metrics.measured(app) is app, "nothing is counted"


def test_only_the_monitor_reads_them(client, on, monkeypatch):
    assert client.get("/metrics", headers=on).status_code == 200
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer a-token"}).status_code == 404
    monkeypatch.setitem(conf.__dict__, "metrics_allow", ("10.1.0.0/16",))
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.2.2.3").status_code == 404


def test_figures_are_those_of_this_process_and_of_the_database(client, on, alice):
    library = Library.objects.create(owner=alice, name="secret plans")
    Document.objects.create(library=library, name="secret.txt", status="failed", sha256="0" * 64)
    for method, status, seconds in [("GET", 200, 0.02), ("GET", 200, 7.0), ("BREW", 404, 0.001)]:
        metrics.counted.request(method, status, seconds)
    text = client.get("/metrics", headers=on).content.decode()
    assert 'webui_http_requests_total{method="GET",code="200"} 2' in text
    assert 'webui_http_requests_total{method="other",code="404"} 1' in text
    assert 'webui_http_request_seconds_bucket{le="0.025"} 2' in text
    assert 'webui_http_request_seconds_bucket{le="+Inf"} 3' in text
    assert 'webui_all_documents{status="failed"} 1' in text
    assert "secret" not in text
    assert all(LINE.fullmatch(line) for line in text.splitlines() if not line.startswith("#"))


async def test_requests_and_sockets_are_counted(on):
    async def said(event):
        assert metrics.counted.sockets == 1 or event

    measured = metrics.measured(app)
    await measured({"type": "http", "method": "POST", "status": 201}, None, said)
    await measured({"type": "websocket", "status": 101}, None, said)
    assert metrics.counted.requests["POST", 201] == 1
    assert metrics.counted.sockets == 0


def test_without_the_database_they_say_so(client, on, monkeypatch):
    def away(*_args):
        raise DatabaseError

    monkeypatch.setattr(Document.objects, "order_by", away)
    assert "webui_database_up 0" in client.get("/metrics", headers=on).content.decode()


def test_traces_cost_nothing_when_off():
    assert traces.traced(app) is app
    code = "import webui.asgi, sys; print([n for n in sys.modules if n.startswith('opentelemetry')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_a_span_names_what_was_asked_and_no_id():
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))

    async def send(event):
        pass

    parent = (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    scope = {"type": "http", "method": "GET", "path": "/c/secret-id/", "status": 404, "headers": [parent]}
    await traces.Traced(app, provider.get_tracer("webui"))(scope, None, send)
    (span,) = kept.get_finished_spans()
    assert span.name == "GET /c"
    assert span.attributes["http.response.status_code"] == 404
    assert f"{span.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert "secret" not in span.to_json()
