"""Reading processes are forked from one that has the libraries loaded: starting an interpreter costs more than a file.

`fork` is called by isolation.py; `python -m knowledge.parsing.nursery HANDLE` is the other side. It reads nothing
itself: each file still has a process of its own, with the limits of child.py. It ends with whoever started it, and
after a minute without work.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import IO

IDLE_SECONDS = 60.0
START_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parent.parent.parent
_LONGEST = 64 * 1024
_MOST_HANDLES = 4096
# What the readers of a kind load when they are first needed. Here it is loaded once, before they are forked.
_LOADED: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("html", "htm"), ("trafilatura",)),
    **dict.fromkeys(("docx", "odt", "rtf", "epub"), ("kreuzberg", "lxml.etree")),
    **dict.fromkeys(("pptx", "ods", "odp"), ("lxml.etree",)),
    "xlsx": ("openpyxl.reader.excel", "lxml.etree"),
    "pdf": ("pypdfium2",),
}


class NurseryGone(Exception):
    """It ended before it took the file; another one will."""


class Reading:
    """A reader at work. `wait` gives its exit code as `subprocess` does; `None` when time is up, and it is ended."""

    def __init__(self, report: socket.socket) -> None:
        report.settimeout(START_SECONDS)
        # Without a buffer: `select` must see what has not been read.
        self._report = report.makefile("rb", buffering=0)
        report.close()
        try:
            self._pid = int(self._report.readline())
        except (ValueError, OSError):
            self._report.close()
            raise NurseryGone from None

    def wait(self, seconds: float) -> int | None:
        with self._report:
            readable, _, _ = select.select([self._report], [], [], seconds)
            if not readable:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._pid, signal.SIGKILL)
                return None
            line = self._report.readline()
        # The nursery was killed, and its readers with it.
        return int(line) if line else -signal.SIGTERM


class _Nursery:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", "knowledge.parsing.nursery", str(theirs.fileno())]
            self.process = subprocess.Popen(
                command, cwd=_ROOT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )  # fmt: skip

    def fork(self, request: bytes, out: IO[bytes], complaints: IO[bytes]) -> Reading:
        here, there = socket.socketpair()
        with there:
            try:
                socket.send_fds(self._ours, [request], [out.fileno(), complaints.fileno(), there.fileno()])
            except OSError:
                here.close()
                raise NurseryGone from None
        return Reading(here)

    def close(self) -> None:
        self._ours.close()
        self.process.wait()


_lock = threading.Lock()
_nurseries: dict[int, _Nursery] = {}  # by process: what was forked must not use its parent's


def fork(arguments: Sequence[str], environment: Mapping[str, str], out: IO[bytes], complaints: IO[bytes]) -> Reading:
    """A process that runs `main` of the module that comes first in these arguments, and writes to these files."""
    request = json.dumps(list(arguments)).encode()
    for _attempt in range(3):
        nursery = _nursery(environment)
        try:
            return nursery.fork(request, out, complaints)
        except NurseryGone:
            _forget(nursery)
    raise OSError("No process for reading files could be started.")


def _nursery(environment: Mapping[str, str]) -> _Nursery:
    with _lock:
        return _nurseries.get(os.getpid()) or _nurseries.setdefault(os.getpid(), _Nursery(environment))


def _forget(nursery: _Nursery) -> None:
    with _lock:
        if _nurseries.get(os.getpid()) is nursery:
            del _nurseries[os.getpid()]
            nursery.close()


def serve(handle: int) -> None:
    """Until nobody holds the other end any more, or nobody asks."""
    asked = socket.socket(fileno=handle)
    wake, woken = socket.socketpair()
    for end in (wake, woken):
        end.setblocking(False)
    signal.set_wakeup_fd(woken.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    reports: dict[int, socket.socket] = {}
    while True:
        readable, _, _ = select.select([asked, wake], [], [], IDLE_SECONDS)
        _bury(reports)
        if wake in readable:
            wake.recv(4096)
        if asked in readable:
            request, handles, _flags, _address = socket.recv_fds(asked, _LONGEST, 3)
            if not request:
                return
            _start(json.loads(request), handles, reports)
        if not readable and not reports:
            return


def _start(arguments: list[str], handles: list[int], reports: dict[int, socket.socket]) -> None:
    out, complaints, report = handles
    for name in ("knowledge.parsing.child", *_LOADED.get(arguments[2], ())):
        # Without it the reader says what it lacks.
        with contextlib.suppress(ImportError):
            import_module(name)
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        _become(arguments, out, complaints)
    os.close(out)
    os.close(complaints)
    reports[pid] = socket.socket(fileno=report)
    with contextlib.suppress(OSError):
        reports[pid].sendall(b"%d\n" % pid)


def _become(arguments: list[str], out: int, complaints: int) -> None:
    """The reader. Nothing of the nursery's is left to it but what is loaded."""
    try:
        os.dup2(out, 1)
        os.dup2(complaints, 2)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.closerange(3, _MOST_HANDLES)
        module, path, extension, *limits = arguments
        import_module(module).main(Path(path), extension, *map(int, limits[:3]), ocr=limits[3:] == ["ocr"])
    except BaseException:
        # What failed is read by whoever waits for this reader. Nothing of the nursery's own loop may go on in it.
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        raise
    finally:
        os._exit(1)


def _bury(reports: dict[int, socket.socket]) -> None:
    while reports:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with contextlib.suppress(OSError), reports.pop(pid) as report:
            report.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    serve(int(sys.argv[1]))
