"""The supervisor with small real children: what dies comes back, and nothing outlives it, however it ends."""

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from tests.servers.processes import lives
from tests.waiting import eventually
from webui import supervisor

SLEEPER = "import time, sys; print('up', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
# Asked once it waits, asked twice it goes; or it goes when the file is there.
GENTLE = """
import pathlib, signal, sys, time
asked = []
signal.signal(signal.SIGTERM, lambda *_: (asked.append(1), print('asked', flush=True)))
print('up', flush=True)
while len(asked) < 2 and not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.02)
"""
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(600)"


class Running:
    """A supervisor process over `children`, each writing to a log of its own."""

    def __init__(self, folder, **children):
        self.folder = folder
        plan = {"children": [self._child(name, **child) for name, child in children.items()], "health": None}
        with tempfile.TemporaryFile("w+") as file:
            json.dump(plan, file)
            file.flush()
            file.seek(0)
            self.process = subprocess.Popen(
                [sys.executable, "-S", "-E", supervisor.__file__, str(file.fileno())],
                pass_fds=[file.fileno()],
                stdout=subprocess.PIPE,
                text=True,
            )

    def _child(self, name, code, argument="", **more):
        argv = [sys.executable, "-c", code, argument]
        return {"name": name, "argv": argv, "log": str(self.folder / f"{name}.log")} | more

    def tree(self):
        return psutil.Process(self.process.pid).children(recursive=True)

    def find(self, code):
        """The living process that runs `code`."""
        return next((child for child in self.tree() if command_of(child)[2:3] == [code]), None)

    def is_up(self, name):
        log = self.folder / f"{name}.log"
        return log.exists() and "up" in log.read_text()

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        self.process.stdout.close()


@pytest.fixture
def run(tmp_path):
    started = []

    def start(**children):
        running = Running(tmp_path, **children)
        started.append(running)
        return running

    yield start
    for running in started:
        running.end()


def command_of(process):
    try:
        return process.cmdline()
    except psutil.Error:  # it ended a moment ago
        return []


def all_gone(processes):
    return not any(map(lives, processes))


def test_a_killed_child_is_started_again(run):
    running = run(sleeper={"code": SLEEPER})
    first = eventually(lambda: running.find(SLEEPER))
    first.kill()
    second = eventually(lambda: all_gone([first]) and running.find(SLEEPER))
    assert second.pid != first.pid


def test_a_child_that_keeps_dying_is_started_ever_more_rarely(run):
    running = run(broken={"code": "import sys; sys.exit(3)"})
    said = [running.process.stdout.readline() for _ in range(3)]
    assert [line.strip() for line in said] == [
        "webui: broken ended (exit code 3); it starts again in 0 s.",
        "webui: broken ended (exit code 3); it starts again in 2 s.",
        "webui: broken ended (exit code 3); it starts again in 4 s.",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_after_a_polite_end(run, number):
    running = run(one={"code": SLEEPER}, two={"code": PARENT, "argument": SLEEPER})
    eventually(lambda: len(running.tree()) == 4)  # two children, a grandchild, the guard
    processes = running.tree()
    running.process.send_signal(number)
    assert running.process.wait(10) == 0
    eventually(lambda: all_gone(processes))


def test_a_child_that_will_not_go_is_killed_within_ten_seconds(run):
    running = run(stubborn={"code": STUBBORN})
    eventually(lambda: running.is_up("stubborn"))
    processes = running.tree()
    running.process.terminate()
    running.process.wait(10)
    eventually(lambda: all_gone(processes))


def test_who_ends_first_has_the_others_until_then(run, tmp_path):
    web = {"code": GENTLE, "argument": str(tmp_path / "go"), "ends_first": True, "patience": 60}
    running = run(web=web, index={"code": SLEEPER})
    eventually(lambda: running.is_up("web") and running.is_up("index"))
    processes = running.tree()
    running.process.terminate()
    eventually(lambda: "asked" in (tmp_path / "web.log").read_text())
    assert running.find(SLEEPER)
    (tmp_path / "go").touch()
    assert running.process.wait(20) == 0
    eventually(lambda: all_gone(processes))


def test_asked_twice_it_waits_no_longer(run, tmp_path):
    web = {"code": GENTLE, "argument": str(tmp_path / "never"), "ends_first": True, "patience": 60}
    running = run(web=web, deaf={"code": STUBBORN, "ends_first": True, "patience": 60})
    eventually(lambda: running.is_up("web") and running.is_up("deaf"))
    processes = running.tree()
    running.process.send_signal(signal.SIGINT)
    eventually(lambda: "asked" in (tmp_path / "web.log").read_text())
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(20) == 0
    assert "asked\nasked" in (tmp_path / "web.log").read_text()
    eventually(lambda: all_gone(processes))


def test_nothing_is_left_when_the_supervisor_is_killed(run):
    running = run(stubborn={"code": STUBBORN}, family={"code": PARENT, "argument": STUBBORN})
    eventually(lambda: running.is_up("stubborn") and running.is_up("family"))
    processes = running.tree()
    assert len(processes) == 4
    running.process.kill()
    eventually(lambda: all_gone(processes), seconds=10)


def test_nothing_is_left_when_the_guard_is_killed_before_the_supervisor(run):
    running = run(sleeper={"code": SLEEPER})
    eventually(lambda: running.is_up("sleeper"))
    processes = running.tree()
    for guard in [process for process in processes if "supervisor.py" in " ".join(command_of(process))]:
        guard.kill()
    running.process.kill()
    eventually(lambda: all_gone(processes))


def test_the_children_of_a_dead_child_go_before_it_comes_back(run):
    running = run(family={"code": PARENT, "argument": STUBBORN})
    orphan = eventually(lambda: running.is_up("family") and running.find(STUBBORN))
    running.find(PARENT).kill()
    eventually(lambda: all_gone([orphan]))
    eventually(lambda: running.find(STUBBORN))


def test_a_wished_child_lives_as_long_as_the_wish(run, tmp_path):
    wish = tmp_path / "wanted"
    running = run(toy={"code": SLEEPER, "wish": str(wish)}, other={"code": STUBBORN})
    eventually(lambda: running.is_up("other"))
    assert running.find(SLEEPER) is None
    wish.touch()
    toy = eventually(lambda: running.find(SLEEPER))
    wish.unlink()
    eventually(lambda: all_gone([toy]))
    assert running.find(SLEEPER) is None


def test_a_child_that_is_no_use_to_start_again_ends_everything(run):
    running = run(sleeper={"code": SLEEPER}, web={"code": "import sys; sys.exit(78)"})
    assert running.process.wait(10) == 1


def test_the_supervisor_stays_small(run):
    running = run(sleeper={"code": SLEEPER})
    eventually(lambda: running.is_up("sleeper"))
    assert psutil.Process(running.process.pid).memory_info().rss < 25e6


def test_it_raises_the_limit_of_open_files(run):
    code = "import resource; print('up', *resource.getrlimit(resource.RLIMIT_NOFILE), flush=True)"
    running = run(child={"code": code})
    eventually(lambda: running.is_up("child"))
    soft, hard = Path(running.folder / "child.log").read_text().split()[1:3]
    assert soft == hard


def test_it_needs_nothing_but_the_standard_library():
    code = f"import runpy, sys; runpy.run_path({supervisor.__file__!r}); print('django' in sys.modules)"
    said = subprocess.run([sys.executable, "-S", "-E", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
