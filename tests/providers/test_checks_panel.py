"""The seven checks from the button to the printed page: in the background, with progress, cancel and a result."""

from datetime import timedelta

import pytest
from django.utils import timezone

from providers import counting
from providers.checks import asking, jobs
from providers.models import CheckRun, Connection, Model, Usage
from tests.servers.openai_server import OpenAIServer
from tests.waiting import eventually

START = {"at_once": 2, "long_seconds": 15, "questions": 2}


class Clever(OpenAIServer):
    """Answers what the checks ask; `broken_after` requests it fails."""

    broken_after = 10**6

    async def _normal(self, writer, body):
        if len(self.asked) > self.broken_after or not body["messages"]:
            await self._failed(writer, body)
            return
        text = body["messages"][-1]["content"]
        right = {"Nightingale": "Nightingale", "夜莺厅": "夜莺厅", "how many": "Harbour, 42", "grass?": "GREEN"}
        self.say(*next((answer for mark, answer in right.items() if mark in text), "ok then. " * 9).split(" "))
        await super()._normal(writer, body)


@pytest.fixture
def server():
    with Clever() as server:
        yield server
        server.release.set()


@pytest.fixture
def model(server, transactional_db, monkeypatch):
    monkeypatch.setattr(jobs, "BEAT", 0.05)
    monkeypatch.setattr(asking, "LOOK", 0.02)
    connection = Connection.objects.create(name="Lab", base_url=server.base_url)
    model = Model.objects.create(connection=connection, name="qwen", public_id="qwen", window=8192)
    yield model
    server.release.set()
    CheckRun.objects.update(cancel_wished=True)
    eventually(lambda: not jobs.is_working(connection.pk), 30)


@pytest.fixture
def panel(client, root, model):
    client.force_login(root)
    return client


def at(model, rest="") -> str:
    return f"/admin/models/{model.pk}/checks/{rest}"


def begun(panel, model, **load) -> CheckRun:
    answer = panel.post(at(model), START | load)
    assert answer.status_code == 302, answer.content
    return CheckRun.objects.get(pk=answer.headers["Location"].split("/")[-2])


def quick_run(model, **fields) -> CheckRun:
    """Made to its end, without the fifteen seconds of the shortest long run."""
    run = jobs.start(CheckRun(model=model, long_seconds=0, questions=2, at_once=2, **fields))
    eventually(lambda: not CheckRun.objects.get(pk=run.pk).is_active, 30)
    return CheckRun.objects.get(pk=run.pk)


def test_alice_finds_no_such_page(client, alice, model):
    client.force_login(alice)
    assert client.get(at(model)).status_code == 404
    assert client.post(at(model), START).status_code == 404
    assert not CheckRun.objects.exists()


def test_a_run_ends_with_seven_results_a_plot_and_its_own_count(panel, model, root):
    run = quick_run(model, started_by=root)
    assert run.state == "done"
    outcomes = {row["check"]: row["outcome"] for row in run.results}
    assert len(outcomes) == 7
    assert outcomes["question"] == outcomes["turns"] == outcomes["latency"] == outcomes["recovery"] == "passed"
    page = panel.get(at(model, f"{run.pk}/")).content.decode()
    assert "Right in English and in Chinese." in page
    assert page.count('class="check-plot"') == 3
    assert "data-still" in page
    counted = Usage.objects.get(user=root, purpose="check")
    assert counted.prompt_tokens == run.prompt_tokens > 0
    assert counting.waiting(root.pk, [Usage.Purpose.ANSWER]) == 0


def test_the_page_shows_how_far_it_is_and_a_run_can_be_cancelled(panel, server, model):
    server.scenario = "hang"
    run = begun(panel, model)
    eventually(lambda: CheckRun.objects.get(pk=run.pk).step == "question")
    part = panel.get(at(model, f"{run.pk}/?part")).content.decode()
    assert "under way" in part
    assert "data-still" not in part
    assert begun(panel, model).pk == run.pk  # pressed twice, made once
    panel.post(at(model, f"{run.pk}/cancel/"))
    eventually(lambda: CheckRun.objects.get(pk=run.pk).state == "cancelled")
    assert "cancelled" in panel.get(at(model, f"{run.pk}/")).content.decode()


def test_a_server_that_breaks_is_told_in_words(panel, server, model):
    server.broken_after = 11  # in the latency
    run = quick_run(model)
    outcomes = {row["check"]: row["outcome"] for row in run.results}
    assert outcomes["turns"] == "passed"
    assert {outcomes[name] for name in ("long_run", "at_once", "recovery")} == {"failed"}
    page = panel.get(at(model, f"{run.pk}/")).content.decode()
    assert "After 0 answers it failed: The model server" in page


def test_a_run_is_compared_with_the_one_before(panel, model):
    first, second = quick_run(model), quick_run(model)
    slow = {"outcome": "failed", "said": "slow", "figures": {"median_ms": 10**6}}
    was = [row | slow if row["check"] == "latency" else row for row in first.results]
    CheckRun.objects.filter(pk=first.pk).update(results=was)
    page = panel.get(at(model, f"{second.pk}/")).content.decode()
    assert "(failed)" in page
    assert "−100 %" in page
    assert "better" in page
    assert "(failed)" not in panel.get(at(model, f"{second.pk}/?with=none")).content.decode()
    assert panel.get(at(model)).content.decode().count("checks-marks") == 2


def test_the_load_is_capped(panel, model):
    assert "At most 8" in panel.get(at(model)).content.decode()
    assert panel.post(at(model), START | {"at_once": 50}).status_code == 200
    assert not CheckRun.objects.exists()


def test_a_run_whose_process_died_says_so(panel, model):
    silent_since = timezone.now() - timedelta(minutes=5)
    run = CheckRun.objects.create(model=model, state="running", beat_at=silent_since)
    page = panel.get(at(model, f"{run.pk}/")).content.decode()
    assert "interrupted" in page
    assert "The chat server ended meanwhile" in page
