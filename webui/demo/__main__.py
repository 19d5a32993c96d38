"""The toy's process: installs the engine and the model where they are missing, serves, and adds the connection.

The supervisor starts it while the wish file exists. When it fails it says why, withdraws the wish, and ends.
"""

import importlib
import importlib.metadata
import importlib.util
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from webui.conf import ROOT, conf
from webui.demo import State, tell, wish
from webui.demo.weights import SMOLLM2, WeightsUnavailable, fetch
from webui.processes import free_port

NAME = "smollm2-135m-toy"
REASON = "what was said is in demo/log in the data folder."


class CannotServe(Exception):
    """A step went wrong; the text is for the person who asked for the toy."""


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _install_engine()
        tell(State(stage="installing", detail="The toy model (SmolLM2, 93 MB) is being downloaded."))
        model = fetch(SMOLLM2, conf.data / "models")
        tell(State(stage="starting", detail="The toy model server is starting."))
        server = _serve(model)
    except (CannotServe, WeightsUnavailable) as reason:
        wish(conf.data).unlink(missing_ok=True)
        tell(State(stage="failed", detail=str(reason)))
        return
    tell(State(stage="running", detail="The toy model answers. It is small and often wrong: it only shows the way."))
    server.wait()
    tell(State(stage="starting", detail="The toy model server ended and starts again."))
    sys.exit(1)


def _install_engine() -> None:
    if importlib.util.find_spec("xllamacpp"):
        return
    tell(State(stage="installing", detail="llama.cpp is being installed."))
    wanted = [line.partition(";")[0] for line in importlib.metadata.requires("webui") or () if "demo" in line]
    command = [sys.executable, "-m", "pip", "install", "--quiet", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    importlib.invalidate_caches()
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise CannotServe(f"llama.cpp could not be installed: {reason}")


def _serve(model: Path) -> subprocess.Popen[bytes]:
    port = _kept_port()
    server = subprocess.Popen([sys.executable, "-m", "webui.demo.llama", str(model), str(port), NAME])
    deadline = time.monotonic() + 60
    while not _answers(port):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            raise CannotServe(f"llama.cpp did not start on this machine; {REASON}")
        time.sleep(0.2)
    added = subprocess.run([sys.executable, str(ROOT / "manage.py"), "connect_toy", str(port)], check=False)
    if added.returncode:
        server.kill()
        raise CannotServe(f"The toy model server runs, but the connection to it could not be added; {REASON}")
    return server


def _kept_port() -> int:
    """The same port at each start, so that the connection stays true."""
    kept = wish(conf.data).with_name("port")
    if not kept.exists():
        kept.write_text(str(free_port()))
    return int(kept.read_text())


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()
