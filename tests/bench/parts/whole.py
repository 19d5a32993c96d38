"""A site as `manage.py up` starts it: web, index, embedder and worker, with the processor seconds of each."""

import json
import sqlite3
import sys
import urllib.request
import uuid
from contextlib import closing, suppress
from pathlib import Path

import psutil

from tests.bench.parts.site import ModelServer, Site
from tests.servers.house import ROOT, share_models
from tests.servers.processes import Server, free_port
from tests.waiting import eventually

PARTS = {"web": "webui.serve", "index": "chromadb_rust_bindings", "embedder": "knowledge.embedder", "worker": "celery"}


class WholeSite(Site):
    """`processes` is the web process alone, as loads on a site expect; `parts` are all by name."""

    def __init__(self, folder: Path, models: ModelServer, **environment: str) -> None:
        super().__init__(folder, models, **environment)
        self.parts: dict[str, psutil.Process] = {}

    def __enter__(self) -> "WholeSite":
        share_models(self.folder)
        port = free_port()
        command = [sys.executable, "manage.py", "up", "--port", str(port)]
        with self.log.open("a") as log:
            up = Server(
                command, f"http://127.0.0.1:{port}/healthz", cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
            self._servers, self.ports = [up.start()], [port]
        self._supervisor = psutil.Process(up.process.pid)
        eventually(self._all_there, seconds=60)
        self.processes = [self.parts["web"]]
        self.key = self.run("tests.bench.parts.whole", "key") if self.people(1) else ""
        return self

    def _all_there(self) -> bool:
        for child in self._supervisor.children():
            line = " ".join(child.cmdline())
            self.parts |= {name: child for name, sign in PARTS.items() if sign in line}
        # The worker says that it lives once it takes tasks.
        return len(self.parts) == len(PARTS) and (self.folder / "worker.beat").exists()

    def seconds(self) -> dict[str, float]:
        """Processor seconds of each part so far, with those of its children."""
        return {name: _with_children(process) for name, process in self.parts.items()}

    def megabytes(self) -> dict[str, float]:
        return {name: round(process.memory_info().rss / 1e6, 1) for name, process in self.parts.items()}

    def library(self, name: str) -> str:
        return self._send("/api/libraries", json.dumps({"name": name}).encode(), "application/json")["id"]

    def upload(self, library: str, name: str, content: bytes) -> str:
        """A file as a browser sends it; the document's id."""
        line = uuid.uuid4().hex
        head = f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{line}--\r\n".encode()
        return self._send(f"/api/libraries/{library}/documents", body, f"multipart/form-data; boundary={line}")["id"]

    def search(self, library: str, question: str) -> list[dict]:
        body = json.dumps({"query": question}).encode()
        return self._send(f"/api/libraries/{library}/search", body, "application/json")["results"]

    def rows(self, query: str, *values: object) -> list[tuple]:
        """Straight from the database: no look of the benchmark's is to cost the web process anything."""
        with closing(sqlite3.connect(self.folder / "webui.sqlite3", timeout=20)) as database:
            return database.execute(query, values).fetchall()

    def waiting(self, library: str) -> int:
        """Documents that are not at an end yet."""
        query = "SELECT count(*) FROM knowledge_document WHERE library_id = ? AND status IN ('queued', 'processing')"
        return self.rows(query, library.replace("-", ""))[0][0]

    def _send(self, path: str, body: bytes, kind: str) -> dict:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        request = urllib.request.Request(f"http://localhost:{self.ports[0]}{path}", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())


def _with_children(process: psutil.Process) -> float:
    times = process.cpu_times()
    spent = times.user + times.system + times.children_user + times.children_system
    for child in process.children():
        with suppress(psutil.NoSuchProcess):
            spent += _with_children(child)
    return spent


def _key() -> str:
    """A key of the first person's, who may do everything."""
    import django

    django.setup()
    from webui.accounts.models import ApiKey, User, all_scopes

    return ApiKey.issue(User.objects.get(email="person0000@example.org"), "bench", scopes=all_scopes())[1]


if __name__ == "__main__":
    print(_key())
