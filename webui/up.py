"""`manage.py up`: locks the data folder, plans the processes, and becomes their supervisor. Needs no Django itself.

Raises `SystemExit` with a sentence when it cannot start.
"""

import argparse
import contextlib
import fcntl
import json
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

from webui.conf import ROOT, conf
from webui.processes import bind_host, children

SUPERVISOR = ROOT / "webui" / "supervisor.py"


def arguments(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="", help="address to listen on; chosen by WEBUI_ALLOWED_HOSTS otherwise")
    return parser


def main(given: list[str]) -> None:
    """Reads the command line, and does not return."""
    options = arguments(argparse.ArgumentParser(prog="manage.py up", description=__doc__)).parse_args(given)
    start(options.host or bind_host(conf), options.port)


def start(host: str, port: int) -> None:
    lock = take_lock(conf.data)
    require_free_port(host, port)
    plan = {"children": children(conf, host=host, port=port), "health": [reachable(host), port, _own_name()]}
    become_supervisor(plan, lock)


def take_lock(data: Path) -> int:
    """The handle of the locked file. It stays open in the supervisor, and in its guard until the last child is gone."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SystemExit(f"The data folder {data} cannot be written ({error.strerror}). See WEBUI_DATA.") from None
    deadline = time.monotonic() + 15
    while not _locked(lock):
        owner = int(os.pread(lock, 20, 0) or b"0")
        if _is_alive(owner) or time.monotonic() > deadline:
            raise SystemExit(f"Another webui runs on {data} (process {owner}). Stop it first, or give WEBUI_DATA.")
        time.sleep(0.1)  # killed a moment ago: its guard still ends the children
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _locked(handle: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _is_alive(process: int) -> bool:
    if not process:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def require_free_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise SystemExit(f"Port {port} on {host} cannot be used ({error}). Give another one: PORT=8001.") from None


def reachable(host: str) -> str:
    """Where this machine reaches what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared


def _own_name() -> str:
    """A host name that this webui answers to."""
    names = [name.lstrip(".") for name in conf.allowed_hosts if name != "*"]
    return names[0] if names else "localhost"


def become_supervisor(plan: dict[str, object], lock: int) -> None:
    """Hands the plan over in a file without a name, and replaces this process."""
    with tempfile.TemporaryFile("w+") as file:
        json.dump(plan, file)
        file.flush()
        file.seek(0)
        for handle in (file.fileno(), lock):
            os.set_inheritable(handle, True)
        os.execv(sys.executable, [sys.executable, "-S", "-E", str(SUPERVISOR), str(file.fileno())])
