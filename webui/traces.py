"""OpenTelemetry traces of requests, sockets and tasks, sent to WEBUI_TRACES_URL; without it nothing of it is loaded.

A span names a method, the path's first part and a status: no ids, no query, no text.
"""

from typing import TYPE_CHECKING, Any

from webui.conf import conf
from webui.request_ids import App, Receive, Scope, Send, current

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer


def traced(inner: App) -> App:
    return Traced(inner, tracer("web")) if conf.traces_url else inner


def tracer(part: str) -> "Tracer":
    """For this process. Raises `SystemExit` where OpenTelemetry is not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SystemExit("WEBUI_TRACES_URL: traces need more packages; install webui[traces].") from None
    from webui.version import own_version

    about = {"service.name": f"webui-{part}", "service.version": own_version()}
    provider = TracerProvider(resource=Resource.create(about))
    exporter = OTLPSpanExporter(endpoint=conf.traces_url, insecure=conf.traces_url.startswith("http://"))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider.get_tracer("webui")


def trace_tasks() -> None:
    """A span for each task of this worker, by its name."""
    from celery.signals import task_postrun, task_prerun

    of, open_spans = tracer("worker"), dict[str, "Span"]()

    def begin(task_id: str, task: Any, **_: object) -> None:
        open_spans[task_id] = of.start_span(task.name)
        open_spans[task_id].set_attribute("webui.request_id", current())

    def end(task_id: str, state: object = "", **_: object) -> None:
        if span := open_spans.pop(task_id, None):
            span.set_attribute("celery.state", str(state))
            span.end()

    task_prerun.connect(begin, weak=False)
    task_postrun.connect(end, weak=False)


class Traced:
    def __init__(self, inner: App, of: "Tracer") -> None:
        self._inner, self._tracer = inner, of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from opentelemetry.propagate import extract

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}
        what = scope.get("method", "SOCKET") if scope["type"] == "http" else "SOCKET"
        name = f"{what} /{scope.get('path', '/').split('/')[1]}"
        with self._tracer.start_as_current_span(name, context=extract(headers)) as span:
            span.set_attribute("webui.request_id", current())

            async def answer(event: Any) -> None:
                if "status" in event:
                    span.set_attribute("http.response.status_code", event["status"])
                await send(event)

            await self._inner(scope, receive, answer)
