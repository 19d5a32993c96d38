"""What a request is told when the database is away or a disk is full: what failed, whose side it is, what to do."""

import errno

import pytest
import redis
from django.db import InterfaceError, OperationalError
from django.test import Client

from webui.unserved import trouble_of

AWAY = OperationalError("connection to server at 127.0.0.1 failed: Connection refused")
LOCKED = OperationalError("database is locked")
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def visits(monkeypatch, client):
    """The answer to a request that ends with this problem, as the given kind of reader gets it."""

    def visit(problem, address="/accounts/login/", **headers):
        def fail(*_):
            raise problem

        monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", fail)
        return Client(raise_request_exception=False, headers=headers).get(address)

    return visit


@pytest.mark.parametrize(
    "problem", [AWAY, LOCKED, InterfaceError("connection already closed"), redis.ConnectionError()]
)
def test_who_is_away_for_a_moment_is_asked_again(visits, problem):
    answer = visits(problem)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    page = answer.content.decode()
    assert "The server cannot reach its data right now" in page
    assert "try again in a few seconds" in page


@pytest.mark.parametrize("problem", [FULL, OperationalError("database or disk is full")])
def test_a_full_disk_is_said_and_whose_it_is(visits, problem):
    answer = visits(problem)
    assert answer.status_code == 507
    assert "The disk of this server is full" in answer.content.decode()


def test_a_fault_of_ours_is_none_that_passes(visits):
    for problem in (ValueError("x"), OperationalError("no such table: chat_message"), OSError(errno.EACCES, "no")):
        answer = visits(problem)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (500, None)
        assert "Something broke on this server" in answer.content.decode()
    assert trouble_of(None).status == 500


def test_programs_read_it_in_their_own_shape(visits):
    ours = visits(AWAY, "/api/chats")
    assert (ours.status_code, ours["Retry-After"], ours.json()["code"]) == (503, "5", "unavailable")
    assert ours.json()["detail"].startswith("The server cannot reach its data right now.")
    openai = visits(AWAY, "/v1/models")
    assert (openai.status_code, openai["Retry-After"], openai.json()["error"]["code"]) == (503, "5", "unavailable")
    assert openai.json()["error"]["type"] == "server_error"
    ollama = visits(AWAY, "/ollama/api/tags")
    assert (ollama.status_code, list(ollama.json())) == (503, ["error"])


def test_alice_reads_it_in_her_language(visits):
    assert "服务器暂时无法访问数据" in visits(AWAY, accept_language="zh-hans").content.decode()
