"""The whole product as `make run` leaves it: one supervisor with web, worker, index and embedder, and a data folder."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.servers.fresh import put_database
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
PERSONAL = (
    *("DJANGO_", "WEBUI_", "OPENAI_", "OLLAMA_", "TAVILY_", "EMBEDDING_"),
    *("DATABASE_URL", "REDIS_URL", "CHROMA_URL"),
)


class House:
    """`with House(folder, OPENAI_BASE_URL=...) as house:` serves at `house.address` until the block ends.

    It begins with tables that are there and empty, or with nothing at all, as on a fresh machine.
    """

    def __init__(self, folder: Path, *, with_tables: bool = True, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://localhost:{self.port}"
        self.folder, self.with_tables = folder, with_tables
        self.log = folder.with_suffix(".log")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL)}
        self.environment = {**inherited, "WEBUI_DATA": str(folder), "WEBUI_PROBE_LOCAL": "false", **environment}

    def __enter__(self) -> "House":
        share_models(self.folder)
        if self.with_tables:
            put_database(self.folder / "webui.sqlite3")
        return self.start()

    def start(self) -> "House":
        with self.log.open("w") as log:
            command = [sys.executable, "manage.py", "up", "--port", str(self.port)]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        eventually(self.serves, seconds=90)
        return self

    def __exit__(self, *_error) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def serves(self) -> bool:
        try:
            return urllib.request.urlopen(f"{self.address}/healthz", timeout=5).status == 200
        except (urllib.error.URLError, OSError):
            return False

    def setup_path(self) -> str:
        """The one-time link that was printed."""
        eventually(lambda: "/setup/" in self.log.read_text(), seconds=20)
        return re.search(r"/setup/[\w-]+/", self.log.read_text())[0]

    def manage(self, *arguments: str) -> str:
        """What a management command prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def share_models(folder: Path) -> None:
    """The built embedding model is taken from the cache of the test runs, where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    cache = ROOT / ".cache" / "models"
    cache.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(cache)
