"""The administration's pages of limits and usage: what root sets holds, and what is shown is what was counted."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from providers import counting, meters
from providers.allowances import allowance
from providers.models import NO_LIMIT, Connection, Limit, Model, Usage

pytestmark = pytest.mark.django_db
MEGABYTE = 1024 * 1024


@pytest.fixture
def panel(root):
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def team(alice, bob):
    team = Group.objects.create(name="Accounting")
    team.user_set.add(alice, bob)
    return team


def text(answer):
    return " ".join(answer.content.decode().split())


def used(person, model, prompt, completion, purpose="answer", days_ago=0, key=0):
    day = meters.today() - timedelta(days=days_ago)
    return Usage.objects.create(
        user=person,
        day=day,
        model_name=model,
        purpose=purpose,
        key=key,
        prompt_tokens=prompt,
        completion_tokens=completion,
        answers=1,
    )


def test_what_root_sets_for_everyone_a_group_and_a_person_holds(panel, alice, bob, carol, team):
    panel.post("/admin/limits/", {"tokens_day": "1000", "storage": "5"})
    panel.post(f"/admin/groups/{team.pk}/limits/", {"tokens_day": "2000", "answers_at_once": "3"})
    panel.post(f"/admin/people/{bob.pk}/limits/", {"tokens_day_free": "on", "tokens_minute": "50"})
    assert (allowance(carol.pk).tokens_day, allowance(carol.pk).storage) == (1000, 5 * MEGABYTE)
    assert (allowance(alice.pk).tokens_day, allowance(alice.pk).answers_at_once) == (2000, 3)
    assert (allowance(bob.pk).tokens_day, allowance(bob.pk).tokens_minute) == (None, 50)
    page = text(panel.get("/admin/limits/"))
    assert "Accounting" in page
    assert "2,000" in page
    assert "bob" in page


def test_an_emptied_form_leaves_no_row_behind(panel, bob):
    path = f"/admin/people/{bob.pk}/limits/"
    panel.post(path, {"tokens_day": "0"})
    assert Limit.objects.get().tokens_day == 0, "nothing at all is a limit too"
    panel.post(path, {})
    assert not Limit.objects.exists()


def test_a_form_comes_back_as_it_was_saved(panel, bob):
    path = f"/admin/people/{bob.pk}/limits/"
    panel.post(path, {"storage": "7", "tokens_minute_free": "on"})
    row = Limit.objects.get()
    assert (row.storage, row.tokens_minute) == (7 * MEGABYTE, NO_LIMIT)
    form = panel.get(path).context["form"]
    shown = [form[name].value() for name in ("storage", "tokens_minute", "tokens_minute_free")]
    assert shown == [7, None, True]


def test_a_number_and_the_tick_contradict_each_other(panel, bob):
    answer = panel.post(f"/admin/people/{bob.pk}/limits/", {"tokens_day": "5", "tokens_day_free": "on"})
    assert "not both" in text(answer)
    assert "Write a whole number" in text(panel.post("/admin/limits/", {"tokens_day": "many"}))
    assert not Limit.objects.exists()


def test_root_sees_whose_rule_each_limit_of_a_person_is(panel, alice, team):
    Limit.objects.create(for_everyone=True, tokens_day=10, storage=2 * MEGABYTE)
    Limit.objects.create(group=team, tokens_day=20)
    Limit.objects.create(user=alice, tokens_minute=5)
    for path in (f"/admin/people/{alice.pk}/sees/", f"/admin/people/{alice.pk}/limits/"):
        page = text(panel.get(path))
        assert '20 <span class="muted small">By the group “Accounting”.' in page
        assert '5 <span class="muted small">Set for this person.' in page
        assert "As for everyone." in page
        assert "no limit" in page


def test_one_is_found_by_group_or_address(panel, alice, team):
    assert panel.get("/admin/limits/", {"group": team.pk})["Location"] == f"/admin/groups/{team.pk}/limits/"
    assert panel.get("/admin/limits/", {"person": "ALICE@example.org"})["Location"].endswith(f"{alice.pk}/limits/")
    assert "Nobody has the address" in text(panel.get("/admin/limits/", {"person": "x@y.org"}, follow=True))


def test_the_page_of_usage_sums_by_day_model_and_person_and_keeps_helpers_apart(panel, alice, bob):
    used(alice, "qwen", 100, 20)
    used(alice, "llama", 5, 5, days_ago=3)
    used(bob, "qwen", 1000, 200)
    used(bob, "qwen", 7, 3, purpose="title")
    used(bob, "qwen", 10**6, 1, days_ago=40)
    report = panel.get("/admin/usage/").context["report"]
    assert (report.asked.prompt, report.asked.completion, report.asked.answers) == (1105, 225, 3)
    assert (report.helpers.tokens, report.helpers.answers) == (10, 1)
    assert [(one.name, one.sums.tokens) for one in report.models] == [("qwen", 1320), ("llama", 10)]
    assert [(one.key, one.sums.tokens) for one in report.people] == [(str(bob.pk), 1200), (str(alice.pk), 130)]
    assert [(one.asked.tokens, one.helpers.tokens) for one in report.days][-4:] == [(10, 0), (0, 0), (0, 0), (1320, 10)]
    hers = panel.get("/admin/usage/", {"person": alice.pk, "model": "qwen", "days": "7"}).context["report"]
    assert (hers.asked.tokens, len(hers.days)) == (120, 7)


def test_what_was_counted_a_moment_ago_is_there(panel, alice):
    counting.count(alice.pk, "qwen", "answer", prompt=5, completion=2)
    assert panel.get("/admin/usage/").context["report"].asked.tokens == 7


def test_prices_become_costs(panel, alice):
    lab = Connection.objects.create(name="Lab", base_url="http://gpu/v1")
    Model.objects.create(connection=lab, name="q", public_id="qwen", price_in=Decimal("2"), price_out=Decimal("8"))
    used(alice, "qwen", 500_000, 250_000)
    used(alice, "free", 500_000, 0)
    answer = panel.get("/admin/usage/")
    assert answer.context["report"].asked.cost == 3
    assert "3.00" in text(answer)


def test_the_csv_has_every_count_and_no_formula(panel, alice, bob):
    used(alice, "=cmd()", 100, 20, key=4)
    used(bob, "qwen", 7, 3, purpose="title", days_ago=40)
    answer = panel.get("/admin/usage/csv/", {"days": "90"})
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [(row["person"], row["model"], row["purpose"], row["prompt_tokens"]) for row in rows] == [
        ("bob@example.org", "qwen", "title", "7"),
        ("alice@example.org", "'=cmd()", "answer", "100"),
    ]
    assert rows[1]["api_key"] == "4"
