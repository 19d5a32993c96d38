"""Keeps a child that hears and one that speaks: one thing at a time each, ended when it takes too long, or rests.

Raises `Refused` with a sentence and a status of HTTP.
"""

import contextlib
import logging
import math
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chat.voice.local import frames
from chat.voice.local.frames import ChildGone, Frame

MEMORY = 4 * 1024**3  # bytes of addresses, of which the models touch about 600 MB
MOST_WAITING = 8
REST = 600.0  # seconds without work after which the memory is given back
_LOOK = 0.25  # seconds between two looks whether anybody still waits
_ROOT = Path(__file__).resolve().parents[3]
# Nothing of our environment: no keys, no settings.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"}
_ENVIRONMENT |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
log = logging.getLogger(__name__)


class Refused(Exception):
    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class Keeper:
    def __init__(self, folder: Path, memory: int = MEMORY, rest: float = REST) -> None:
        self._command = [sys.executable, "-m", "chat.voice.local.child", str(folder), str(memory)]
        self._rest = rest
        self._lock = threading.Lock()
        self._waiting = 0
        # A child ends with the thread that has started it, so that is one that lasts.
        self._starter = ThreadPoolExecutor(1)
        self._child: subprocess.Popen[bytes] | None = None
        self._timer: threading.Timer | None = None

    def ask(self, frame: Frame, seconds: float, is_wanted: Callable[[], bool]) -> Frame:
        """The child's answer. `is_wanted` is asked while it works: what nobody waits for is ended."""
        if self._waiting >= MOST_WAITING:
            raise Refused("Too much is waiting to be said and heard here. Try again in a minute.", 503)
        self._waiting += 1
        try:
            with self._lock:
                if self._timer:
                    self._timer.cancel()
                answer = self._work(frame, seconds, is_wanted)
                self._timer = threading.Timer(self._rest, self.rest)
                self._timer.daemon = True
                self._timer.start()
        finally:
            self._waiting -= 1
        if trouble := answer.head.get("trouble"):
            log.error("What hears or speaks failed: %s", trouble)
        if refused := answer.head.get("refused"):
            raise Refused(refused, 400)
        return answer

    def rest(self) -> None:
        """Its memory is given back; the next question starts another."""
        with self._lock:
            self._close()

    def _work(self, frame: Frame, seconds: float, is_wanted: Callable[[], bool]) -> Frame:
        answered = False
        try:
            child = self._running()
            frames.write(child.stdin, frame)  # type: ignore[arg-type]
            self._wait(child, seconds, is_wanted)
            answer = frames.read(child.stdout)  # type: ignore[arg-type]
            answered = True
        except (ChildGone, OSError):
            log.warning("A child that hears or speaks ended in the middle.")
            raise Refused(
                "This could not be worked on and was given up. It may be damaged, or too large.", 400
            ) from None
        finally:
            if not answered:
                self._close()
        return answer

    def _wait(self, child: subprocess.Popen[bytes], seconds: float, is_wanted: Callable[[], bool]) -> None:
        assert child.stdout is not None  # noqa: S101  it is begun with a pipe
        for _ in range(math.ceil(seconds / _LOOK)):
            readable, _, _ = select.select([child.stdout], [], [], _LOOK)
            if readable:
                return
            if not is_wanted():
                raise Refused("Nobody waits for this any more.", 400)
        raise Refused(f"This took longer than {round(seconds)} s and was ended. Send it in parts.", 400)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._close()
            self._child = self._starter.submit(self._start).result()
        return self._child

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command, cwd=_ROOT, env=_ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _close(self) -> None:
        child, self._child = self._child, None
        if child:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
