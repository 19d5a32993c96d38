"""The real embedder at WEBUI_EMBEDDER_URL. The model it builds is kept between test runs."""

import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.processes import Server

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / ".cache"


def embedder_at(url, data=KEPT, model="", rest=900, **popen):
    port = urlsplit(url).port
    argv = [sys.executable, "-m", "knowledge.embedder", "--port", str(port), "--data", str(data), "--model", model]
    argv += ["--rest", str(rest)]
    return Server(argv, f"{url}/healthz", cwd=ROOT, **popen)


def warm(server):
    """Load the model, which on a busy machine takes longer than a question waits."""
    address = server.health.replace("/healthz", "/v1/embeddings")
    request = urllib.request.Request(address, b'{"input": "warm"}', {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()
    return server
