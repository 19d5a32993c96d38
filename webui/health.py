"""GET /healthz: this process serves. GET /readyz: every part with its state, 503 when the database is down.

A process that is about to end answers 503 too, so that nobody sends it anything new.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from django.db import Error as DatabaseProblem
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

from webui.conf import conf
from webui.worker import seconds_since_beat

TIMEOUT = 1.0  # seconds for one part
_leaving = threading.Event()


def leave() -> None:
    """From now on this process is not ready."""
    _leaving.set()


def is_leaving() -> bool:
    return _leaving.is_set()


@dataclass(frozen=True, kw_only=True)
class Part:
    """`ok`, `idle` (starts when it is needed, or is not used here) or `down`, with a sentence for whoever looks."""

    state: str
    detail: str = ""


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    parts = {name: check() for name, check in PARTS.items()}
    is_ready = parts["database"].state == "ok" and not is_leaving()
    is_whole = all(part.state != "down" for part in parts.values())
    status = "stopping" if is_leaving() else "ok" if is_whole else "degraded" if is_ready else "down"
    answer = {"status": status} | {name: asdict(part) for name, part in parts.items()}
    return JsonResponse(answer, status=200 if is_ready else 503)


def database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseProblem:
        return Part(state="down", detail="The database does not answer.")
    return Part(state="ok", detail=connection.vendor)


def broker() -> Part:
    if not conf.redis_url:
        queue = conf.data / "queue"
        return Part(state="ok" if queue.is_dir() else "idle", detail="a folder")
    from redis import Redis, RedisError

    try:
        with Redis.from_url(conf.redis_url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT) as redis:
            redis.ping()
    except RedisError:
        return Part(state="down", detail="Redis does not answer: documents wait, and live answers stay in one process.")
    return Part(state="ok", detail="Redis")


def worker() -> Part:
    age = seconds_since_beat()
    if age is None:
        return Part(state="down", detail="No worker has started: uploaded documents wait.")
    if age > 30:
        return Part(state="down", detail=f"The worker was last seen {age:.0f} seconds ago: uploaded documents wait.")
    return Part(state="ok")


def index() -> Part:
    if not conf.chroma_url:
        return Part(state="down", detail="No Chroma server is set (CHROMA_URL).")
    if _opens(f"{conf.chroma_url}/api/v2/heartbeat"):
        return Part(state="ok")
    return Part(state="down", detail="Chroma does not answer: libraries are searched by words alone.")


def embedder() -> Part:
    address = conf.embedding_base_url or conf.embedder_url
    if not address:
        return Part(state="down", detail="No embedder is set: libraries are searched by words alone.")
    if _opens(address):
        return Part(state="ok")
    return Part(state="down", detail="The embedder does not answer: libraries are searched by words alone.")


def _opens(address: str) -> bool:
    """Whether something accepts a connection there; a request would wake a model that is idle on purpose."""
    import socket

    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((str(parts.hostname), port), timeout=TIMEOUT):
            return True
    except OSError:
        return False


PARTS: dict[str, Callable[[], Part]] = {
    "database": database,
    "broker": broker,
    "worker": worker,
    "index": index,
    "embedder": embedder,
}
urlpatterns = [path("healthz", healthz, name="healthz"), path("readyz", readyz, name="readyz")]
