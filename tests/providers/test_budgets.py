"""Limits of everyone, groups and people; claims that never exceed them by more than one answer."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from providers import budgets, counting, meters
from providers.allowances import allowance
from providers.budgets import OverBudget, Wish
from providers.models import NO_LIMIT, Limit, Meter, Reservation, Usage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_same_minute(monkeypatch):
    monkeypatch.setattr(meters, "_minute", lambda: 29_000_000)


def everyone(**values):
    return Limit.objects.create(for_everyone=True, **values)


class HerKey:
    """A key with limits of its own."""

    def __init__(self, pk=7, tokens_minute=None, tokens_day=None, answers_at_once=None):
        self.pk, self.tokens_minute, self.tokens_day, self.answers_at_once = (
            pk,
            tokens_minute,
            tokens_day,
            answers_at_once,
        )


def test_without_limits_nothing_is_claimed_and_nothing_is_asked(alice, django_assert_num_queries):
    budgets.claim(alice, estimate=10)  # the rules are read once
    with django_assert_num_queries(0):
        assert budgets.claim(alice, estimate=10**9) is None
        budgets.settle(None, 1, 2)
    assert not Reservation.objects.exists()


@pytest.mark.parametrize(
    ("default", "groups", "own", "expected"),
    [
        (None, [], None, None),
        (100, [], None, 100),
        (100, [50], None, 50),  # a group may be given less than everybody else
        (100, [50, 200], None, 200),
        (100, [50, NO_LIMIT, 200], None, None),
        (100, [None, 200], None, 200),
        (100, [None], None, 100),
        (100, [200], 10, 10),
        (100, [200], NO_LIMIT, None),
        (NO_LIMIT, [5], None, 5),
        (100, [NO_LIMIT], 0, 0),
    ],
)
def test_a_value_comes_from_the_person_else_the_best_group_else_everyone(alice, bob, default, groups, own, expected):
    everyone(tokens_day=default)
    for number, value in enumerate(groups):
        group = Group.objects.create(name=f"g{number}")
        alice.groups.add(group)
        Limit.objects.create(group=group, tokens_day=value)
    if own is not None:
        Limit.objects.create(user=alice, tokens_day=own)
    other = Group.objects.create(name="not hers")
    Limit.objects.create(group=other, tokens_day=10**6)
    assert allowance(alice.pk).tokens_day == expected
    assert allowance(bob.pk).tokens_day == (None if default in (None, NO_LIMIT) else default)


def test_each_value_is_inherited_by_itself(alice):
    everyone(tokens_day=100, storage=5)
    Limit.objects.create(user=alice, tokens_day=NO_LIMIT, answers_at_once=2)
    found = allowance(alice.pk)
    assert (found.tokens_minute, found.tokens_day, found.answers_at_once, found.storage) == (None, None, 2, 5)


def test_a_changed_limit_counts_at_once_here(alice):
    limit = everyone(tokens_day=0)
    with pytest.raises(OverBudget):
        budgets.claim(alice, estimate=1)
    limit.delete()
    assert budgets.claim(alice, estimate=1) is None


def test_what_was_used_counts_and_what_runs_is_held(alice):
    everyone(tokens_day=1000)
    first = budgets.claim(alice, estimate=600)
    assert budgets.standing(alice)["tokens_day"]["reserved"] == 600
    budgets.settle(first, 300, 200)
    told = budgets.standing(alice)["tokens_day"]
    assert (told["limit"], told["used"], told["reserved"]) == (1000, 500, 0)
    assert timezone.datetime.fromisoformat(told["renews_at"]) > timezone.now()
    budgets.settle(budgets.claim(alice, estimate=400), 100, 700)  # one answer more than was left
    with pytest.raises(OverBudget) as refusal:
        budgets.claim(alice, estimate=1)
    assert "1,000 tokens for today are used up. They renew in" in str(refusal.value)
    assert refusal.value.retry_after > 0
    with override("zh-hans"):
        assert "1,000" in str(refusal.value)


def test_another_day_and_another_minute_begin_with_nothing(alice, monkeypatch):
    everyone(tokens_day=100, tokens_minute=100)
    budgets.settle(budgets.claim(alice, estimate=50), 50, 100)
    with pytest.raises(OverBudget):
        budgets.claim(alice, estimate=50)
    monkeypatch.setattr(meters, "_minute", lambda: 29_000_001)
    with pytest.raises(OverBudget) as refusal:
        budgets.claim(alice, estimate=50)
    assert refusal.value.kind == "tokens_day"
    tomorrow = meters.today() + timedelta(days=1)
    monkeypatch.setattr(meters, "today", lambda: tomorrow)
    assert budgets.claim(alice, estimate=50)


def test_a_minute_that_is_used_up_says_in_how_many_seconds_it_renews(alice):
    everyone(tokens_minute=100)
    budgets.settle(budgets.claim(alice, estimate=50), 50, 60)
    with pytest.raises(OverBudget) as refusal:
        budgets.claim(alice, estimate=1)
    assert refusal.value.kind == "tokens_minute"
    assert "for this minute are used up" in str(refusal.value)


def test_answers_at_once(alice, bob):
    everyone(answers_at_once=2)
    running = [budgets.claim(alice, estimate=1) for _ in range(2)]
    with pytest.raises(OverBudget) as refusal:
        budgets.claim(alice, estimate=1)
    assert "2 answers at once" in str(refusal.value)
    assert budgets.claim(bob, estimate=1)
    budgets.settle(running[0], 1, 1)
    assert budgets.claim(alice, estimate=1)


def test_a_send_to_three_models_gets_all_its_claims_or_none(alice):
    everyone(answers_at_once=2)
    wish = Wish(user_id=alice.pk, estimate=1)
    refused, granted = budgets.claim_all([[wish, wish, wish], [wish, wish]])
    assert isinstance(refused, OverBudget)
    assert len(granted) == 2
    assert Reservation.objects.count() == 2


def test_a_process_that_died_holds_nothing_for_long(alice):
    everyone(answers_at_once=1)
    lost = budgets.claim(alice, estimate=1)
    Reservation.objects.update(until=timezone.now() - timedelta(seconds=1))
    again = budgets.claim(alice, estimate=1)
    assert again
    budgets.settle(lost, 0, 0)
    budgets.tend()  # what is still open in this process is renewed
    assert Reservation.objects.get(pk=again.id).until > timezone.now() + timedelta(seconds=15)


def test_one_answer_may_grow_beyond_what_is_left_and_no_other(alice):
    everyone(tokens_day=1000)
    first, second = (budgets.claim(alice, estimate=500) for _ in range(2))
    budgets.grow(first, 1000)
    assert first.uncovered
    with pytest.raises(OverBudget) as refusal:
        budgets.grow(second, 1000)
    assert str(refusal.value).startswith("The answer ends here. What is left of your 1,000 tokens for today is held by")
    budgets.grow(first, 10**6)  # is not asked again
    budgets.settle(first, 0, 5000)
    with pytest.raises(OverBudget):
        budgets.claim(alice, estimate=1)


def test_a_key_with_limits_of_its_own_has_both(alice):
    everyone(tokens_day=1000)
    key = HerKey(tokens_day=100)
    budgets.settle(budgets.claim(alice, estimate=50, key=key), 50, 60)
    with pytest.raises(OverBudget) as refusal:
        budgets.claim(alice, estimate=50, key=key)
    assert "of this API key" in str(refusal.value)
    assert budgets.standing(alice, key)["tokens_day"]["limit"] == 100
    without = budgets.claim(alice, estimate=50)
    assert without
    assert budgets.standing(alice)["tokens_day"]["used"] == 110
    budgets.settle(without, 900, 0)
    with pytest.raises(OverBudget) as refusal:
        budgets.claim(alice, estimate=50, key=HerKey(pk=8, tokens_day=10**6))
    assert refusal.value.of_key is False


def test_a_meter_begins_with_what_was_counted_today(alice):
    counting.count(alice.pk, "qwen", "answer", prompt=80, completion=10)
    counting.count(alice.pk, "qwen", "title", prompt=500, completion=10)  # asked for by the server, not by her
    everyone(tokens_day=100)
    assert budgets.standing(alice)["tokens_day"]["used"] == 90
    budgets.settle(budgets.claim(alice, estimate=1), 10, 0)
    with pytest.raises(OverBudget):
        budgets.claim(alice, estimate=1)


def test_counts_of_a_day_are_one_row_for_each_purpose(alice, bob):
    for _ in range(3):
        counting.count(alice.pk, "qwen", "answer", prompt=5, completion=2)
    counting.count(alice.pk, "qwen", "title", prompt=1, completion=1)
    counting.store()
    counting.count(alice.pk, "qwen", "answer", prompt=5, completion=2)
    counting.count(bob.pk, "qwen", "answer", prompt=5, completion=2)
    bob.delete()
    counting.store()  # who is gone keeps nobody else's counts from being stored
    rows = Usage.objects.order_by("purpose").values_list("purpose", "prompt_tokens", "completion_tokens", "answers")
    assert list(rows) == [("answer", 20, 8, 4), ("title", 1, 1, 1)]


def test_counts_that_cannot_be_stored_are_kept(alice, monkeypatch):
    counting.count(alice.pk, "qwen", "answer", prompt=5, completion=2)

    def away(_rows):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(counting, "_add", away)
        with pytest.raises(RuntimeError):
            counting.store()
    counting.store()
    assert Usage.objects.get().answers == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_exceed_a_limit_by_one_answer_at_most(alice):
    everyone(tokens_day=10_000)
    needs, outcomes = 900, []

    def ask():
        claim, written = None, 300
        try:
            claim = budgets.claim(alice, estimate=written)
            while written < needs:
                budgets.grow(claim, 200)
                written += 200
            outcomes.append("answered")
        except OverBudget:
            outcomes.append("refused")
        finally:
            budgets.settle(claim, 0, written)
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used = Meter.objects.get().day_tokens
    assert len(outcomes) == 50
    assert "refused" in outcomes
    assert 9_000 <= used <= 10_000 + needs
