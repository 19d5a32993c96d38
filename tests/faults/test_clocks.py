"""Clocks that are set an hour on or back, and machines that sleep: who lives is not taken for dead, nor the reverse."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chat import heartbeat
from chat.models import Conversation, Message, Process
from knowledge.models import Document, GoldenWatch, IntakeJob, Library
from knowledge.models.queue import LONGEST_PAUSE

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Clocks:
    """The clock on the wall, which may be set, and the one that only goes on."""

    def __init__(self, monkeypatch):
        self.wall, self.passed = timezone.now(), 1000.0
        monkeypatch.setattr("django.utils.timezone.now", lambda: self.wall)
        monkeypatch.setattr("chat.heartbeat.time.monotonic", lambda: self.passed)
        monkeypatch.setattr(heartbeat, "_watched", {})
        monkeypatch.setattr(heartbeat, "_looked", 0.0)

    def go_on(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.passed += seconds


@pytest.fixture
def clocks(monkeypatch):
    return Clocks(monkeypatch)


class Writer:
    """A process that writes an answer for alice, and beats like any."""

    def __init__(self, alice):
        self.row = Process.objects.create(pk=heartbeat.uuid.uuid4(), beat_at=timezone.now())
        chat = Conversation.objects.create(owner=alice)
        self.reply = Message.objects.create(
            conversation=chat, role="assistant", state="running", text="kept", writer=self.row.pk
        )

    def beat(self):
        Process.objects.filter(pk=self.row.pk).update(beat_at=timezone.now())

    @property
    def state(self):
        self.reply.refresh_from_db()
        return self.reply.state


def seconds_go_by(clocks, count, *living):
    for _second in range(count):
        clocks.go_on(1)
        heartbeat.reap()
        for writer in living:
            writer.beat()


@pytest.mark.parametrize("jump", [HOUR, -HOUR, timedelta(days=365 * 12), timedelta(0)])
def test_whoever_writes_goes_on_and_whoever_died_is_ended_whatever_the_clock_says(alice, clocks, jump):
    alive, dead = Writer(alice), Writer(alice)
    seconds_go_by(clocks, 3, alive, dead)
    clocks.wall += jump
    seconds_go_by(clocks, 12, alive)
    assert (alive.state, dead.state) == ("running", "interrupted")
    assert dead.reply.error_code == "interrupted"


def test_a_machine_that_slept_or_a_database_that_was_away_kills_nobody(alice, clocks):
    alive = Writer(alice)
    seconds_go_by(clocks, 3, alive)
    clocks.go_on(3600)  # nobody looked, and nobody could beat
    seconds_go_by(clocks, 2)
    alive.beat()
    seconds_go_by(clocks, 5, alive)
    assert alive.state == "running"


def test_two_machines_whose_clocks_disagree_do_not_end_each_others_answers(alice, clocks):
    alive = Writer(alice)
    for _second in range(20):
        clocks.go_on(1)
        heartbeat.reap()
        Process.objects.filter(pk=alive.row.pk).update(beat_at=timezone.now() - timedelta(minutes=5))
    assert alive.state == "running"


def test_an_answer_of_an_older_release_that_names_no_process_ends(alice, clocks):
    lost = Writer(alice)
    Message.objects.update(writer=None)
    seconds_go_by(clocks, 5)
    assert lost.state == "interrupted"


def test_what_workers_held_is_taken_up_again_when_the_clock_was_set_back(alice, clocks):
    library = Library.objects.create(owner=alice, name="Handbook")
    held = Document.objects.create(library=library, name="held.txt", sha256="1" * 64)
    waits = Document.objects.create(library=library, name="waits.txt", sha256="2" * 64, status="queued")
    job = IntakeJob.objects.create(library=library, user=alice, kind="archive", name="papers.zip")
    GoldenWatch.objects.create(library=library)
    assert Document.objects.claim(held.pk)
    assert IntakeJob.objects.claim(job.pk)
    assert GoldenWatch.take(library.pk)
    Document.objects.filter(pk=waits.pk).update(retry_at=timezone.now() + LONGEST_PAUSE)
    assert not Document.objects.waiting().exists()
    assert not IntakeJob.objects.waiting().exists()
    assert GoldenWatch.take(library.pk) is None
    clocks.wall -= HOUR
    assert set(Document.objects.waiting()) == {held, waits}
    assert Document.objects.claim(held.pk)
    assert IntakeJob.objects.claim(job.pk)
    assert GoldenWatch.take(library.pk)
    assert set(Document.objects.waiting()) == {waits}, "its new lease is one of now"
