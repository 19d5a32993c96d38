"""What is measured: real web processes on a data folder of their own, with the scripted model server beside them."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import psutil

from tests.servers.house import PERSONAL, ROOT
from tests.servers.processes import Server, free_port


class ModelServer(AbstractContextManager):
    """The scripted server in its own process."""

    def __enter__(self) -> "ModelServer":
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "tests.bench.parts.model_server", "--port", str(self.port)]
        self._server = Server(command, f"{self.address}/v1/models", cwd=ROOT).start()
        return self

    def __exit__(self, *_error) -> None:
        self._server.stop()

    def forget(self) -> None:
        _get(f"{self.address}/forget")

    def records(self) -> dict:
        return _get(f"{self.address}/records")


class Site(AbstractContextManager):
    """`count` web processes on one database. Everything a person might have in the environment is left out."""

    def __init__(self, folder: Path, models: ModelServer, *, count: int = 1, **environment: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL)}
        own = {
            "WEBUI_DATA": str(folder),
            "WEBUI_PROBE_LOCAL": "false",
            "OPENAI_BASE_URL": f"{models.address}/v1",
            "DJANGO_SETTINGS_MODULE": "webui.settings",
        }
        self.environment = inherited | own | environment
        self.folder, self.count, self.models = folder, count, models
        self.log = folder.with_suffix(".log")

    def __enter__(self) -> "Site":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ports, self._servers, self.processes = [], [], []
        with self.log.open("a") as log:
            for _number in range(self.count):
                port = free_port()
                command = [sys.executable, "-m", "webui.serve", "--host", "127.0.0.1", "--port", str(port)]
                server = Server(
                    command, f"http://127.0.0.1:{port}/healthz", cwd=ROOT, env=self.environment, stdout=log, stderr=log
                )
                self._servers.append(server.start())
                self.ports.append(port)
                self.processes.append(psutil.Process(server.process.pid))
        return self

    def __exit__(self, error, *_rest) -> None:
        for server in self._servers:
            server.stop()
        if error:
            print(self.log.read_text()[-5000:], file=sys.stderr)

    def run(self, module: str, *arguments: str) -> str:
        """What a module of ours prints that works on this site's database."""
        command = [sys.executable, "-m", module, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def people(self, count: int) -> list[str]:
        """Session keys; they are there once the scripted server's models are known."""
        return json.loads(self.run("tests.bench.parts.people", str(count)))

    def chats(self, copies: int, sizes: Sequence[int]) -> dict[int, list[str]]:
        """Ids of chats of these sizes, the first person's."""
        found = self.run("tests.bench.parts.chats", str(copies), *map(str, sizes))
        return {int(size): chats for size, chats in json.loads(found).items()}

    def get(self, path: str, session: str) -> bytes:
        address = f"http://localhost:{self.ports[0]}{path}"
        request = urllib.request.Request(address, headers={"Cookie": f"sessionid={session}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def empty_log(self) -> None:
        """SQLite's log into the database, so that none of it falls into what is measured next."""
        with contextlib.closing(sqlite3.connect(self.folder / "webui.sqlite3")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def written(self) -> int:
        """Bytes that the web processes have written to files (`wchar`: not to sockets, with SQLite's own log)."""
        return sum(process.io_counters().write_chars for process in self.processes)

    def spent(self) -> float:
        """Processor seconds of the web processes so far."""
        return sum(spent(process) for process in self.processes)

    def memory(self) -> float:
        return round(sum(process.memory_info().rss for process in self.processes) / 1e6, 1)

    def mapped(self) -> float:
        """What of it is pages of files, the database's above all: they grow with it and can be had back at any time."""
        return round(sum(process.memory_info().shared for process in self.processes) / 1e6, 1)

    def settle(self, seconds: float = 20) -> None:
        """Until the web processes have done next to nothing for two half seconds in a row."""
        deadline, before, quiet = time.monotonic() + seconds, self.spent(), 0
        while quiet < 2 and time.monotonic() < deadline:
            time.sleep(0.5)
            now = self.spent()
            quiet = quiet + 1 if now - before < 0.03 else 0
            before = now


class Watch(AbstractContextManager):
    """Looks at the memory (MB) of a site now and then; `machine` is the processor seconds of everybody meanwhile."""

    def __init__(self, site: Site) -> None:
        self.site, self.series, self._ended = site, [], threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watch":
        self._begun = self._busy()
        self._thread.start()
        return self

    def __exit__(self, *_error) -> None:
        self._ended.set()
        self._thread.join()
        self.machine = self._busy() - self._begun

    def _look(self) -> None:
        while not self._ended.wait(min(0.2 + len(self.series) / 500, 5)):
            self.series.append((time.monotonic(), self.site.memory(), self.site.mapped()))

    @property
    def peak(self) -> float:
        return max((megabytes for _at, megabytes, _mapped in self.series), default=0.0)

    def _busy(self) -> float:
        times = psutil.cpu_times()
        return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _get(address: str) -> dict:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return json.loads(answer.read())
