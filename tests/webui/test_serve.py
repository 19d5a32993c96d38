"""The web process by itself: the database is brought up to date, whoever else starts at the same moment."""

import os
import signal
import subprocess
import sys

import pytest

from tests.servers.house import ROOT
from tests.servers.postgres import Missing, postgres
from tests.servers.processes import free_port
from tests.waiting import eventually


def serve(folder, port, **environment):
    log = folder / f"web-{port}.log"
    command = [sys.executable, "-m", "webui.serve", "--port", str(port), "--greet"]
    with log.open("w") as output:
        environment = os.environ | {"WEBUI_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "webui.settings"} | environment
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output), log


@pytest.mark.postgres
def test_two_first_starts_on_one_postgresql_do_not_clash(tmp_path):
    try:
        with postgres() as url:
            started = [serve(tmp_path, free_port(), DATABASE_URL=url) for _ in range(2)]
            try:
                for process, log in started:
                    eventually(lambda log=log: "webui is ready" in log.read_text(), seconds=60)
                    assert process.poll() is None
                    assert "Traceback" not in log.read_text()
            finally:
                for process, _log in started:
                    process.send_signal(signal.SIGTERM)
                    process.wait(20)
    except Missing as reason:
        pytest.skip(str(reason))


def test_a_database_that_is_away_is_said_and_no_use_to_try_for_ever(tmp_path, monkeypatch):
    from django.db import OperationalError, connection

    from webui import serve as web

    def refuse():
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    with pytest.raises(SystemExit, match=r"see DATABASE_URL. It said: connection refused"):
        web._wait_for_database(patience=0)
