"""`manage.py up` with everything: real processes on a data folder of their own."""

import json
import os
import signal
import subprocess
import sys
import urllib.request

import psutil
import pytest

from tests.servers.house import ROOT, House
from tests.servers.processes import lives
from tests.waiting import eventually


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with House(tmp_path_factory.mktemp("house") / "data", with_tables=False) as house:
        yield house


def up(house, *arguments, **environment):
    command = [sys.executable, "manage.py", "up", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=house.environment | environment, capture_output=True, text=True, timeout=120, check=False
    )


def child(house, part):
    """The living process whose command line holds `part`."""
    for process in psutil.Process(house.process.pid).children(recursive=True):
        try:
            if part in " ".join(process.cmdline()):
                return process
        except psutil.Error:
            continue
    return None


def test_the_first_page_is_the_sign_in_and_the_link_is_printed_once(house):
    with urllib.request.urlopen(f"{house.address}/accounts/login/") as page:
        assert page.status == 200
    assert house.log.read_text().count(house.setup_path()) == 1
    with urllib.request.urlopen(house.address + house.setup_path()) as page:
        assert page.status == 200


def test_every_part_reports(house):
    def states():
        with urllib.request.urlopen(f"{house.address}/readyz") as answer:
            found = answer.read().decode()
        return found if '"down"' not in found else None

    assert '"status": "ok"' in eventually(states, seconds=30)


def test_a_killed_web_process_comes_back_and_prints_no_second_link(house):
    child(house, "webui.serve").send_signal(signal.SIGKILL)
    eventually(lambda: "web ended (signal SIGKILL)" in house.log.read_text())
    eventually(house.serves, seconds=30)
    assert house.log.read_text().count("/setup/") == 1


@pytest.mark.parametrize(
    ("part", "sign", "told"),
    [("index", "chromadb", "index"), ("embedder", "knowledge.embedder", "embedder"), ("worker", "webui.celery", "")],
)
def test_each_other_part_comes_back_after_kill_9(house, part, sign, told):
    killed = eventually(lambda: child(house, sign), seconds=60)
    killed.send_signal(signal.SIGKILL)
    eventually(lambda: f"{part} ended (signal SIGKILL)" in house.log.read_text(), seconds=30)
    again = eventually(lambda: child(house, sign), seconds=60)
    assert again.pid != killed.pid
    if told:
        eventually(lambda: ready(house)[told]["state"] == "ok", seconds=60)
    assert house.serves()


def ready(house):
    with urllib.request.urlopen(f"{house.address}/readyz") as answer:
        return json.loads(answer.read())


def test_a_second_webui_on_the_same_data_folder_is_refused(house):
    refused = up(house, "--port", str(house.port + 1))
    assert refused.returncode == 1
    assert "Another webui runs on" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_port_that_is_taken_is_said(house, tmp_path):
    refused = up(house, "--port", str(house.port), WEBUI_DATA=str(tmp_path))
    assert refused.returncode == 1
    assert f"Port {house.port} on 127.0.0.1 cannot be used" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_data_folder_that_cannot_be_written_is_said(house):
    refused = up(house, WEBUI_DATA="/proc/webui")
    assert refused.returncode == 1
    assert "The data folder /proc/webui cannot be written" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WEBUI_SIGNUP", "perhaps", "WEBUI_SIGNUP"),
        ("WEBUI_DATAA", "x", "did you mean WEBUI_DATA?"),
        ("CHROMA_URL", "chroma:8000", "CHROMA_URL"),
        ("OPENAI_BASE_URL", "http://localhost:1/v1;nonsense", "nonsense"),
        ("DATABASE_URL", "mysql://localhost/webui", "DATABASE_URL: mysql:// is not served"),
    ],
)
def test_a_bad_setting_stops_the_start_with_its_name(house, tmp_path, name, value, words):
    refused = up(house, "--port", str(house.port + 2), **{"WEBUI_DATA": str(tmp_path), name: value})
    assert refused.returncode == 1
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_idle_webui_needs_little_memory(house):
    eventually(lambda: child(house, "webui.celery"), seconds=30)
    processes = [psutil.Process(house.process.pid), *psutil.Process(house.process.pid).children(recursive=True)]
    assert sum(process.memory_info().rss for process in processes) < 400e6


def test_ctrl_c_ends_everything_in_less_than_ten_seconds(house):
    processes = psutil.Process(house.process.pid).children(recursive=True)
    assert len(processes) >= 5
    os.kill(house.process.pid, signal.SIGINT)
    assert house.process.wait(10) == 0
    eventually(lambda: not any(map(lives, processes)))


def test_nothing_is_left_when_the_supervisor_is_killed_and_the_next_start_may_follow_at_once(tmp_path):
    with House(tmp_path / "data") as house:
        processes = psutil.Process(house.process.pid).children(recursive=True)
        house.process.kill()
        house.process.wait()
        house.start()
        eventually(lambda: not any(map(lives, processes)))
