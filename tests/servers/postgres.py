"""A PostgreSQL cluster of its own for a few tests, gone with them."""

import glob
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.servers.processes import free_port


class Missing(Exception):
    """Why there is no cluster."""


@contextmanager
def postgres():
    """The address of a fresh cluster; `Missing` when PostgreSQL is not installed."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    initdb = programs[-1] if programs else shutil.which("initdb")
    if not initdb:
        raise Missing("PostgreSQL is not installed here: apt-get install postgresql")
    control = str(Path(initdb).with_name("pg_ctl"))
    # It refuses to run as root, and pytest's folders are closed to other users.
    as_user = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="webui-postgres-"))
    if as_user:
        shutil.chown(folder, "postgres", "postgres")
    port, data = free_port(), str(folder / "data")

    def run(*command):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False, **as_user)
        assert done.returncode == 0, done.stdout + done.stderr

    try:
        run(initdb, "-N", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run(control, "-w", "-D", data, "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            run(control, "-w", "-m", "immediate", "-D", data, "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
