"""What a worker does besides its tasks."""

import pytest
from django.core.management import CommandError

from webui import worker


@pytest.fixture(autouse=True)
def one_connection(monkeypatch):
    """The jobs run in the test's own thread here, whose transaction must go on."""
    monkeypatch.setattr("django.db.close_old_connections", lambda: None)


@pytest.fixture
def index(monkeypatch):
    """What `rebuild_index` answers, call by call: None when it went well, or the reason why not."""
    answers = []

    def call_command(name):
        assert name == "rebuild_index"
        if reason := answers.pop(0):
            raise CommandError(reason)

    monkeypatch.setattr("django.core.management.call_command", call_command)
    monkeypatch.setattr(worker, "SWEEP", 0)
    return answers


@pytest.fixture
def ready_document(alice):
    from knowledge.models import Document, Library

    library = Library.objects.create(owner=alice, name="Handbook")
    return Document.objects.create(library=library, name="a.txt", status=Document.Status.READY)


def test_the_index_is_looked_at_until_chroma_answers(index, ready_document):
    index[:] = ["Chroma does not answer.", "Chroma does not answer.", None]
    worker._repair_index_once()
    assert index == []


@pytest.mark.django_db
def test_without_documents_chroma_is_not_asked(index):
    index[:] = ["must not be asked"]
    worker._repair_index_once()
    assert index == ["must not be asked"]


def test_one_failure_does_not_end_the_thread(caplog):
    def broken():
        raise RuntimeError("no database")

    assert worker._guarded(broken) is None
    assert "broken failed" in caplog.text


def test_a_beat_is_seen(settings):
    worker.beat()
    assert worker.seconds_since_beat() < 5
    (worker.conf.data / "worker.beat").unlink()
    assert worker.seconds_since_beat() is None


@pytest.mark.django_db
def test_what_nobody_needs_goes_within_the_hour(alice, monkeypatch):
    from datetime import timedelta

    from django.utils import timezone

    from chat.models import Attachment
    from providers.models import Reservation

    class Enough(Exception):
        pass

    def rest(seconds):
        assert seconds == 3600
        raise Enough

    long_ago = timezone.now() - timedelta(days=2)
    for name in ("never sent", "just now"):
        Attachment.objects.create(owner=alice, name=name, kind="image", size=1, state="ready")
    Attachment.objects.filter(name="never sent").update(created_at=long_ago)
    for moment in (long_ago, timezone.now()):
        Reservation.objects.create(user=alice, tokens=5, until=moment)
    monkeypatch.setattr(worker.time, "sleep", rest)
    with pytest.raises(Enough):
        worker._tidy_for_ever()
    assert [one.name for one in Attachment.objects.all()] == ["just now"]
    assert Reservation.objects.count() == 1
