"""The embedded broker: a folder. A real worker hears a task soon after it was sent."""

import os
import subprocess
import sys
import time

import pytest

from tests.servers.fresh import put_database
from tests.servers.house import ROOT
from tests.waiting import eventually

PROBE = """
import sys, time
from pathlib import Path
from webui.celery import app

@app.task(name="tests.note")
def note(path):
    Path(path).write_text(str(time.time()))

if __name__ == "__main__":
    app.worker_main(["worker", "-P", "threads", "-c", "2", "-l", "info", "--without-gossip", "--without-mingle"])
"""
SEND = """
import sys, time
from webui.celery import app
for path in sys.argv[1:]:
    print(time.time(), flush=True)
    app.send_task("tests.note", [path])
    time.sleep(0.3)
"""


@pytest.fixture
def worker(tmp_path):
    """A worker on a data folder of its own, and how to run Python there."""
    environment = {**os.environ, "WEBUI_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment["DJANGO_SETTINGS_MODULE"] = "webui.settings"
    put_database(tmp_path / "webui.sqlite3")
    (tmp_path / "probe.py").write_text(PROBE)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, tmp_path / "probe.py"], env=environment, stdout=log, stderr=log)
    eventually(lambda: " ready." in (tmp_path / "log").read_text(), seconds=30)
    yield environment
    process.terminate()
    process.wait(20)


def test_a_task_starts_soon_after_it_was_sent(worker, tmp_path):
    targets = [tmp_path / f"note-{number}" for number in range(5)]
    sent = subprocess.run(
        [sys.executable, "-c", SEND, *targets], env=worker, capture_output=True, text=True, check=True
    ).stdout.split()
    eventually(lambda: all(target.exists() and target.read_text() for target in targets))
    waits = sorted(float(target.read_text()) - float(begun) for target, begun in zip(targets, sent, strict=True))
    assert waits[2] < 0.5, waits


def test_a_worker_says_that_it_lives(worker, tmp_path):
    seen = eventually(lambda: (tmp_path / "worker.beat").exists() and (tmp_path / "worker.beat").read_text())
    assert time.time() - float(seen) < 30
