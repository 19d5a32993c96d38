"""A PostgreSQL cluster of its own for a few tests, gone with them."""

import atexit
import functools
import glob
import itertools
import os
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from tests.servers.fresh import kept, migrate
from tests.servers.processes import free_port

_numbers = itertools.count(1)


class Missing(Exception):
    """Why there is no cluster."""


@contextmanager
def postgres():
    """The address of a fresh database, in a cluster that all of a run share; `Missing` without PostgreSQL."""
    shared = _shared()
    name = f"fresh_{next(_numbers)}"
    with psycopg.connect(shared.url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield shared.url.rpartition("/")[0] + f"/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@functools.cache
def _shared():
    """Started by the first who asks, and gone with the run."""
    rest = ExitStack()
    atexit.register(rest.close)
    return rest.enter_context(cluster())


@contextmanager
def cluster(*, with_tables=False):
    """A cluster of one's own, to be stopped and started again at will; its database is empty or has all tables."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    initdb = programs[-1] if programs else shutil.which("initdb")
    if not initdb:
        raise Missing("PostgreSQL is not installed here: apt-get install postgresql")
    # It refuses to run as root, and pytest's folders are closed to other users.
    as_user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="webui-postgres-"))
    if as_user:
        shutil.chown(folder, "postgres", "postgres")
    try:
        running = Cluster(Path(initdb), folder, as_user)
        if with_tables:
            running.copy(kept(".postgres", _make_template))
        else:
            running.make()
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_template(target):
    with cluster() as running, tempfile.TemporaryDirectory() as folder:
        migrate(DATABASE_URL=running.url, WEBUI_DATA=folder)
        running.stop("fast")
        shutil.copytree(running.data, target)
        running.start()


class Cluster:
    def __init__(self, initdb, folder, as_user):
        self.folder, self.as_user, self.port = folder, as_user, free_port()
        self.initdb, self.control = str(initdb), str(initdb.with_name("pg_ctl"))
        self.data = folder / "data"
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def make(self):
        options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self._run(self.initdb, "-N", "-D", self.data, *options)

    def copy(self, template):
        """The files of a cluster that nobody uses, as this one's."""
        shutil.copytree(template, self.data)
        if self.as_user:
            for path in (self.data, *self.data.rglob("*")):
                shutil.chown(path, "postgres", "postgres")

    def start(self):
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run(self.control, "-w", "-D", self.data, "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, how="immediate"):
        self._run(self.control, "-w", "-m", how, "-D", self.data, "stop")

    def _run(self, *command):
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False, **self.as_user
        )
        assert done.returncode == 0, done.stdout + done.stderr
