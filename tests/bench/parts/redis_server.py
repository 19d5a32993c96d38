"""A Redis of its own that keeps nothing on disk."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from tests.servers.postgres import Missing
from tests.servers.processes import free_port
from tests.waiting import eventually


@dataclass(frozen=True)
class Redis:
    url: str
    process: psutil.Process


@contextmanager
def redis() -> Iterator[Redis]:
    """`Missing` when Redis is not installed."""
    program = shutil.which("redis-server")
    if not program:
        raise Missing("Redis is not installed here: apt-get install redis-server")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="webui-redis-") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                eventually(lambda: _answers(port))
                yield Redis(f"redis://127.0.0.1:{port}/0", psutil.Process(server.pid))
            finally:
                server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
