"""The end of a web process: its server in earnest, before a tiny application."""

import http.client
import os
import signal
import subprocess
import sys

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.servers.house import ROOT
from tests.servers.processes import free_port
from tests.waiting import eventually

LONG = 600  # seconds: nobody waits for it


class Web:
    def __init__(self, folder):
        self.folder, self.port, self.log = folder, free_port(), folder / "log"
        command = [sys.executable, "-m", "tests.servers.soft_end", str(self.port), str(folder), str(LONG)]
        environment = {**os.environ, "WEBUI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "webui.settings"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        eventually(lambda: "up" in self.said, seconds=60)

    @property
    def said(self):
        return self.log.read_text()

    @property
    def drained(self):
        """For how many seconds the work was told to end, each time."""
        file = self.folder / "drained"
        return [int(seconds) for seconds in file.read_text().split()] if file.exists() else []

    def tell(self, name):
        (self.folder / name).touch()

    def ask_to_stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def is_closed(self):
        try:
            self.connection().connect()
        except ConnectionRefusedError:
            return True
        return False


@pytest.fixture
def web(tmp_path):
    started = []

    def start():
        started.append(Web(tmp_path))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def test_what_runs_is_finished_and_what_is_new_is_refused(web):
    house = web()
    eventually((house.folder / "started").exists, seconds=30)
    kept, upgraded, slow = house.connection(), house.connection(), house.connection()
    for connection in (kept, upgraded):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"here"
    slow.request("GET", "/slow")
    house.tell("busy")
    house.ask_to_stop()
    eventually(house.is_closed, seconds=30)
    eventually(lambda: "Waiting for 2 answers; press Ctrl-C again to stop now." in house.said, seconds=30)

    # Who keeps a connection is answered once more, and told to go.
    kept.request("GET", "/")
    answer = kept.getresponse()
    assert (answer.read(), answer.headers["Connection"]) == (b"leaving", "close")
    # A socket through such a connection is told to come again.
    with connect("ws://localhost/", sock=upgraded.sock) as late, pytest.raises(ConnectionClosed) as end:
        late.recv(timeout=30)
    assert end.value.rcvd.code == 1012

    house.tell("done")
    eventually(lambda: house.drained == [LONG], seconds=30)
    assert house.process.poll() is None, "a request still runs"
    assert not (house.folder / "closed").exists(), "and may need what the answers needed"
    house.tell("go")
    answer = slow.getresponse()
    assert (answer.read(), answer.headers["Connection"]) == (b"leaving", "close")
    assert house.process.wait(60) == 0
    assert (house.folder / "closed").exists()
    assert "ended" in house.said
    assert "Traceback" not in house.said


def test_with_nothing_to_wait_for_it_ends_at_once_even_when_something_fails(web):
    house = web()
    house.tell("broken")
    with connect(f"ws://127.0.0.1:{house.port}/") as idle:
        half = house.connection()
        half.connect()
        house.ask_to_stop()
        assert house.process.wait(60) == 0
        with pytest.raises(ConnectionClosed):
            idle.recv(timeout=30)
    assert "Waiting" not in house.said
    assert "RuntimeError: the pretended work failed" in house.said
    assert house.drained == [LONG]


def test_after_a_second_ctrl_c_it_stores_and_does_not_wait(web):
    house = web()
    house.tell("busy")
    house.ask_to_stop(signal.SIGINT)
    eventually(lambda: house.drained, seconds=30)
    house.ask_to_stop(signal.SIGINT)
    assert house.process.wait(60) == 0
    assert house.drained == [LONG, 0]
