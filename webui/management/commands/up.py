"""`manage.py up`: prepares the data folder and the database, then becomes the supervisor of all processes."""

import fcntl
import json
import os
import socket
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from webui.conf import conf
from webui.processes import SUPERVISOR, bind_host, children


class Command(BaseCommand):
    help = "Starts everything: web, worker, index and embedder under one supervisor. Ctrl-C stops it all."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="", help="address to listen on; chosen by WEBUI_ALLOWED_HOSTS otherwise")

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        host = host or bind_host(conf)
        lock = take_lock(conf.data)
        require_free_port(host, port)
        migrate()
        plan = {
            "children": children(conf, host=host, port=port),
            "health": ["127.0.0.1" if host == "0.0.0.0" else host, port, _probe_name()],  # noqa: S104  compared
            "greeting": greeting(conf.base_url or f"http://localhost:{port}"),
        }
        become_supervisor(plan, lock)


def take_lock(data: Path) -> int:
    """The handle of the locked file. It stays open in the supervisor, and in its guard until the last child is gone."""
    data.mkdir(parents=True, exist_ok=True)
    lock = os.open(data / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + 15
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            owner = int(os.pread(lock, 20, 0) or b"0")
            if _is_alive(owner) or time.monotonic() > deadline:
                message = f"Another webui runs on {data} (process {owner}). Stop it first, or give WEBUI_DATA."
                raise CommandError(message) from None
            time.sleep(0.1)  # killed a moment ago: its guard still ends the children
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process > 0


def require_free_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Port {port} on {host} cannot be used ({error.strerror}). Give another: PORT=8001.") from None


def migrate() -> None:
    """Brings the database to the newest schema; a second first start on the same PostgreSQL waits for the first."""
    from django.db.migrations.executor import MigrationExecutor

    with _alone():
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def _alone() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7233)")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(7233)")


def greeting(address: str) -> str:
    """What is printed once the first page can be had."""
    from webui.accounts.models import SetupLink

    lines = [f"webui is ready: {address}"]
    if token := SetupLink.renew():
        lines.append(f"Make the administrator's account here (the link works once): {address}/setup/{token}/")
    return "\n".join(lines)


def _probe_name() -> str:
    name = conf.allowed_hosts[0].lstrip(".") if conf.allowed_hosts else "localhost"
    return "localhost" if name == "*" else name


def become_supervisor(plan: dict[str, object], lock: int) -> None:
    """Hands the plan over in a file without a name, since it holds the one-time link, and replaces this process."""
    with tempfile.TemporaryFile("w+") as file:
        json.dump(plan, file)
        file.flush()
        file.seek(0)
        for handle in (file.fileno(), lock):
            os.set_inheritable(handle, True)
        connection.close()
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-S", "-E", str(SUPERVISOR), str(file.fileno())])
