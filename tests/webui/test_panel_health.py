"""The health page: each part in words, what to do when it is bad, quick whatever hangs, and as JSON for a monitor."""

import socket
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from knowledge.models import Document, Library
from providers.models import Connection, Model
from tests.servers.processes import free_port
from webui import worker
from webui.accounts.models import ApiKey
from webui.backup.models import Run
from webui.conf import conf
from webui.panel import health, health_probes
from webui.panel.health_probes import Disk

pytestmark = pytest.mark.django_db


@pytest.fixture
def beat():
    worker.beat()
    yield conf.data / "worker.beat"
    (conf.data / "worker.beat").unlink()


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch):
    """Other tests may have started both, for all that come after."""
    for name in ("chroma_url", "embedder_url"):
        monkeypatch.setitem(conf.__dict__, name, f"http://127.0.0.1:{free_port()}")


@pytest.fixture
def panel(client, root):
    client.force_login(root)
    return client


def parts(panel):
    return panel.get("/admin/health/?format=json").json()["parts"]


def test_alice_finds_no_such_page(client, alice):
    client.force_login(alice)
    assert client.get("/admin/health/").status_code == 404
    assert client.get("/api/health").status_code == 404


def test_root_sees_every_part_with_its_state_in_words(panel, beat):
    page = panel.get("/admin/health/").content.decode()
    kind = "SQLite 3." if connection.vendor == "sqlite" else "PostgreSQL 1"
    for words in ("Workers and their queue", "A worker lives and takes what comes.", "Database", kind, "Redis"):
        assert words in page
    assert "not used" in page  # Redis, in words and not in a colour alone


def test_every_part_that_is_bad_says_what_to_do(panel):
    found = parts(panel)
    bad = {key: part for key, part in found.items() if part["state"] in ("warn", "down")}
    assert {"worker", "index", "embedder", "connections"} <= set(bad)
    assert all(part["advice"] and part["detail"] for part in bad.values()), bad


def test_a_monitor_reads_it_with_a_key_of_an_administrator(client, root, alice, beat):
    _key, text = ApiKey.issue(root, "monitor")
    answer = client.get("/api/health", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"  # neither Chroma nor the embedder runs
    assert answer.json()["parts"]["worker"]["state"] == "ok"
    _key, hers = ApiKey.issue(alice, "hers")
    assert client.get("/api/health", headers={"Authorization": f"Bearer {hers}"}).status_code == 404


def test_servers_that_hang_do_not_hold_up_the_page(panel, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never says a word
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setitem(conf.__dict__, "chroma_url", address)
        monkeypatch.setitem(conf.__dict__, "embedder_url", address)
        Connection.objects.create(name="Lab", base_url=f"{address}/v1", checked_at=timezone.now())
        monkeypatch.setattr(health_probes, "TOGETHER", 0.2)
        found = health.report()
        waiting = {thread.name for thread in threading.enumerate()}
        assert {"look at chroma", "look at embedder"} <= waiting  # left behind, not waited for
    states = {vital.key: vital.state for section in found for vital in section.vitals}
    assert states["index"] == "down"
    assert states["embedder"] == "down"


def test_a_disk_that_is_nearly_full_is_a_warning(panel, monkeypatch):
    monkeypatch.setattr(health, "disk", lambda _folder: Disk(total=100 * 1024**3, free=4 * 1024**3))
    said = parts(panel)["disk"]
    assert said["state"] == "warn"
    assert "4.0\xa0GB are left (4 %)" in said["detail"]


def test_a_document_that_waits_too_long_is_a_warning(panel, alice, beat):
    library = Library.objects.create(owner=alice, name="Hers")
    document = Document.objects.create(library=library, name="a.txt")
    Document.objects.filter(pk=document.pk).update(created_at=timezone.now() - timedelta(hours=1))
    said = parts(panel)["worker"]
    assert (said["state"], said["figures"]["waiting"]) == ("warn", 1)
    assert 3590 < said["figures"]["oldest"] < 3700


def test_a_dead_connection_is_told_by_what_was_last_seen(panel):
    Connection.objects.create(
        name="Lab", base_url="http://127.0.0.1:9/v1", problem="down", problem_code="unreachable",
        checked_at=timezone.now(),
    )  # fmt: skip
    works = Connection.objects.create(name="Works", base_url="http://127.0.0.1:8/v1", checked_at=timezone.now())
    Model.objects.create(connection=works, name="qwen", public_id="qwen")
    states = {part["name"]: part for part in parts(panel).values()}
    assert states["Lab"]["state"] == "down"
    assert states["Works"]["detail"] == "It offers 1 model."


def test_a_part_that_cannot_be_looked_at_does_not_break_the_page(panel, monkeypatch):
    def broken(_found):
        raise OSError("no such device")

    monkeypatch.setattr(health.health_storage, "folder", broken)
    assert parts(panel)["broken"]["state"] == "down"


def test_a_table_that_is_missing_does_not_break_the_page(panel, monkeypatch):
    def missing():
        raise OperationalError("no such table")

    monkeypatch.setattr(health.health_models, "connections", missing)
    monkeypatch.setattr(health.embedding, "endpoint", missing)
    states = {key: part["state"] for key, part in parts(panel).items()}
    assert states["connections"] == states["embedder"] == "down"
    assert states["database"] == "ok"


def test_passages_without_a_vector_are_told(panel, alice, monkeypatch):
    library = Library.objects.create(owner=alice, name="Hers")
    Document.objects.create(library=library, name="a.txt", status="ready", chunks_total=12)
    told = {"/api/v2/version": "1.0.0", "count": 9}

    def ask(url):
        if url.endswith("/count"):
            return told["count"]
        return "1.0.0" if url.endswith("version") else [{"name": "library-x-y", "id": "1"}, {"name": "everything-y"}]

    monkeypatch.setattr(health, "document", ask)
    said = parts(panel)["index"]
    assert (said["state"], said["figures"]["vectors"], said["figures"]["passages"]) == ("warn", 9, 12)
    told["count"] = 12
    assert parts(panel)["index"]["state"] == "ok"


def test_root_reads_when_a_restore_was_last_proven_or_why_not(panel, monkeypatch):
    assert parts(panel)["backup"]["state"] == "idle", "none are made by themselves"
    monkeypatch.setitem(conf.__dict__, "backup_folder", "/backups")
    proven = Run.objects.create(started_at=timezone.now() - timedelta(hours=6), archive="webui-1.tar.gz")
    proven.prove(rows=10, files=2, seconds=3.0)
    assert parts(panel)["backup"]["state"] == "ok"
    assert "Last proven restore: 6" in parts(panel)["backup"]["detail"]
    Run.objects.create().fail("Nobody can sign in at the restored place.")
    bad = parts(panel)["backup"]
    assert bad["state"] == "down"
    assert "Nobody can sign in at the restored place. Last proven restore: 6" in bad["detail"]
    Run.objects.filter(state="failed").delete()
    Run.objects.update(started_at=timezone.now() - timedelta(days=4))
    assert parts(panel)["backup"]["state"] == "warn"
