"""Whether this process serves, and what each part of the house says of itself."""

import threading
import time

import pytest
from django.db import OperationalError, connection

from webui import health, worker
from webui.conf import conf

pytestmark = pytest.mark.django_db


@pytest.fixture
def beat():
    worker.beat()
    yield conf.data / "worker.beat"
    (conf.data / "worker.beat").unlink()


def test_a_serving_process_says_so_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_every_part_is_named_with_its_state(client, beat):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert {"database", "broker", "worker", "index", "embedder"} < set(answer.json())
    assert answer.json()["database"] == {"state": "ok", "detail": connection.vendor}
    assert answer.json()["worker"]["state"] == "ok"


def test_without_index_and_embedder_it_is_ready_but_degraded(client, beat, monkeypatch):
    monkeypatch.setattr(health, "_opens", lambda address: False)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["index"]["state"] == answer.json()["embedder"]["state"] == "down"


def test_without_a_database_it_is_not_ready(client, monkeypatch):
    def no_cursor():
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", no_cursor)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"]["state"] == "down"
    assert client.get("/healthz").status_code == 200


def test_a_worker_that_was_never_there_is_down(client):
    assert client.get("/readyz").json()["worker"]["state"] == "down"


def test_a_worker_that_was_not_seen_for_a_while_is_down(client, beat):
    beat.write_text(str(time.time() - 120))
    said = client.get("/readyz").json()["worker"]
    assert said["state"] == "down"
    assert "120 seconds ago" in said["detail"]


def test_a_server_that_accepts_nothing_is_noticed_within_a_second():
    begun = time.monotonic()
    assert not health._opens("http://127.0.0.1:9/v1")
    assert time.monotonic() - begun < 1.5


def test_a_process_that_is_about_to_end_wants_nothing_new(client, beat, monkeypatch):
    monkeypatch.setattr(health, "_leaving", threading.Event())
    health.leave()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "stopping")
    assert client.get("/healthz").status_code == 200
