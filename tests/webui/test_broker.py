"""The embedded broker: a folder. A real worker hears a task soon after it was sent."""

import os
import re
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


OF_TOMORROW = """
import sys
from webui.celery import app
app.send_task("knowledge.of_tomorrow", ["x"])
app.send_task("knowledge.take_in", [1, "another argument"], {"named": True})
app.send_task("knowledge.ingest_document", ["00000000-0000-0000-0000-000000000000"])
app.send_task("knowledge.take_in", [999])
app.send_task("tests.note", [sys.argv[1]])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("broker")


@pytest.fixture(scope="module")
def worker(folder):
    """A worker on a data folder of its own, and how to run Python there."""
    environment = {**os.environ, "WEBUI_DATA": str(folder), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
    environment["DJANGO_SETTINGS_MODULE"] = "webui.settings"
    put_database(folder / "webui.sqlite3")
    (folder / "probe.py").write_text(PROBE)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, folder / "probe.py"], env=environment, stdout=log, stderr=log)
    eventually(lambda: " ready." in (folder / "log").read_text(), seconds=30)
    yield environment
    process.terminate()
    process.wait(20)


def test_a_task_starts_soon_after_it_was_sent(worker, folder):
    targets = [folder / f"note-{number}" for number in range(5)]
    sent = subprocess.run(
        [sys.executable, "-c", SEND, *targets], env=worker, capture_output=True, text=True, check=True
    ).stdout.split()
    eventually(lambda: all(target.exists() and target.read_text() for target in targets))
    waits = sorted(float(target.read_text()) - float(begun) for target, begun in zip(targets, sent, strict=True))
    assert waits[2] < 0.5, waits


def test_tasks_of_another_release_and_for_nobody_do_not_keep_a_worker(worker, folder):
    """What is to be done stands in rows, so nothing is lost with a bell that cannot be heard."""
    target = folder / "after"
    subprocess.run([sys.executable, "-c", OF_TOMORROW, target], env=worker, capture_output=True, check=True)
    eventually(lambda: target.exists() and target.read_text(), seconds=30)
    told = (
        "unregistered task of type 'knowledge.of_tomorrow'",
        r"TypeError: take_in\(\)",
        r"ingest_document\[\S+ succeeded",
    )
    eventually(lambda: all(re.search(words, (folder / "log").read_text()) for words in told))


def test_a_worker_says_that_it_lives(worker, folder):
    seen = eventually(lambda: (folder / "worker.beat").exists() and (folder / "worker.beat").read_text())
    assert time.time() - float(seen) < 30
