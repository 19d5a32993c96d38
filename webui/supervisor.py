"""Starts the processes of one webui, restarts what dies, and leaves nothing behind however it ends.

`manage.py up` prepares a plan and then *becomes* this file (exec), so it imports the standard library alone and stays
at a dozen megabytes. Every child leads a process group of its own: Ctrl-C reaches the supervisor only, and a child's
own children go with it. A guard process, forked before anything else, ends the groups when the supervisor is killed.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 8.0  # seconds from the request to stop until what is left is killed
HURRY = 3.0  # the same after a second request
UNUSABLE = 78  # the exit code that says: no use to start this again
STEADY = 30.0  # a child that lived this long starts again at once
LONGEST_PAUSE = 30.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


@dataclass(kw_only=True)
class Child:
    """One supervised process, writing to `log` when there is one. `once` ends its command line until the web serves.

    With a `wish`, it runs only while that file exists, and may end by itself. `after_web` leaves the processors to the
    web process until that serves. One that `ends_first` may need the others until it has ended.
    """

    name: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    once: list[str] = field(default_factory=list)
    wish: str = ""
    log: str = ""
    after_web: bool = False
    ends_first: bool = False
    patience: float = PATIENCE
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0

    @property
    def wanted(self) -> bool:
        return not self.wish or Path(self.wish).exists()


class Guard:
    """A forked process that knows the living groups, and ends them when this process is gone without a word."""

    def __init__(self) -> None:
        read_end, self._pipe = os.pipe()
        if os.fork() == 0:
            os.close(self._pipe)
            os.setsid()
            _guard(read_end)
            os._exit(0)
        os.close(read_end)

    def watch(self, group: int) -> None:
        os.write(self._pipe, b"+%d\n" % group)

    def forget(self, group: int) -> None:
        os.write(self._pipe, b"-%d\n" % group)


def _guard(read_end: int) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    with os.fdopen(read_end) as lines:
        for line in lines:
            (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    end_groups(groups, patience=5.0)


def end_groups(groups: set[int], patience: float) -> None:
    """SIGTERM to each group, and SIGKILL to those that are still there when patience ends."""
    for group in groups:
        _signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(_signal_group(group, 0) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class Supervisor:
    """Children are started in the given order; first those that `ends_first` are stopped, then the others."""

    def __init__(self, children: list[Child], *, health: list[Any] | None = None) -> None:
        self.children = children
        self._health = health
        self._code: int | None = None
        self._asked = 0  # how often to stop
        self._guard = Guard()
        self._die_with_parent = _parent_death_signal()

    def run(self) -> int:
        """Until SIGTERM, SIGINT or SIGHUP; returns the exit code."""
        wake_read, wake_write = socket.socketpair()
        wake_read.setblocking(False)
        wake_write.setblocking(False)
        signal.set_wakeup_fd(wake_write.fileno())
        for number in SIGNALS:
            signal.signal(number, self._heard)
        while self._code is None:
            self._tend()
            select.select([wake_read], [], [], self._pause())
            with contextlib.suppress(BlockingIOError):
                wake_read.recv(4096)
        self._stop()
        return self._code

    def _heard(self, number: int, _frame: object) -> None:
        if number != signal.SIGCHLD:
            self._asked += 1
            self._code = self._code or 0

    def _pause(self) -> float:
        return 0.1 if self._health else 1.0

    def _tend(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process and child.process.poll() is not None:
                self._bury(child, child.process, now)
            if not child.process and self._may_start(child, now):
                self._start(child, now)
            elif child.process and not child.wanted:
                _signal_group(child.process.pid, signal.SIGKILL)  # nobody wants it, and it keeps nothing
        if self._health and _answers(*self._health):
            self._health = None
            for child in self.children:
                child.once = []

    def _may_start(self, child: Child, now: float) -> bool:
        return child.wanted and now >= child.due and not (child.after_web and self._health)

    def _start(self, child: Child, now: float) -> None:
        with open(child.log, "wb") if child.log else contextlib.nullcontext() as output:
            child.process = subprocess.Popen(
                child.argv + child.once,
                env=os.environ | child.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=self._die_with_parent,  # noqa: PLW1509  this process has one thread
            )
        child.started = now
        self._guard.watch(child.process.pid)

    def _bury(self, child: Child, dead: subprocess.Popen[bytes], now: float) -> None:
        """Ends what a dead child left behind, and says when it starts again."""
        code = dead.returncode
        _signal_group(dead.pid, signal.SIGKILL)
        self._guard.forget(dead.pid)
        child.process = None
        if code == UNUSABLE:
            self._code = 1
        if child.wish and (code == 0 or not child.wanted):
            return
        child.failures = 0 if now - child.started > STEADY else child.failures + 1
        pause = min(2.0 ** (child.failures - 1), LONGEST_PAUSE) if child.failures > 1 else 0.0
        child.due = now + pause
        _say(f"webui: {child.name} ended ({_how(code)}); it starts again in {pause:.0f} s.")

    def _stop(self) -> None:
        living = [child for child in reversed(self.children) if child.process]
        self._end([child for child in living if child.ends_first])
        self._end([child for child in living if not child.ends_first])

    def _end(self, children: list[Child]) -> None:
        """SIGTERM, and SIGKILL to what is left when patience is over. A second request to stop is passed on."""
        processes = [child.process for child in children if child.process]
        for process in processes:
            _signal_group(process.pid, signal.SIGTERM)
        asked, deadline = self._asked, time.monotonic() + max([0.0, *(child.patience for child in children)])
        while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
            if self._asked > asked:
                asked, deadline = self._asked, time.monotonic() + HURRY
                for process in processes:
                    _signal_group(process.pid, signal.SIGTERM)
            time.sleep(0.02)
        for process in processes:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
            self._guard.forget(process.pid)


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # whoever read our output may be gone; the processes go on
        print(text, flush=True)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def _parent_death_signal() -> Callable[[], object] | None:
    """What a child calls before exec, so that Linux sends it SIGTERM when this process dies; None elsewhere."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(1, int(signal.SIGTERM))


def _answers(host: str, port: int, name: str) -> bool:
    """Whether GET /healthz says 200; by hand, since http.client would double the supervisor's memory."""
    request = f"GET /healthz HTTP/1.0\r\nHost: {name}\r\n\r\n".encode()
    try:
        with socket.create_connection((host, port), timeout=1.0) as connection:
            connection.sendall(request)
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


def raise_file_limit() -> None:
    """As many open files as the machine allows: Chroma holds four per collection, every socket one."""
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main(plan_handle: int) -> int:
    with os.fdopen(plan_handle) as file:
        plan = json.load(file)
    raise_file_limit()
    children = [Child(**child) for child in plan["children"]]
    return Supervisor(children, health=plan["health"]).run()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
