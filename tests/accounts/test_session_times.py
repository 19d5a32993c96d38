"""A sign-in ends when it is not used, and at last; open tabs with it."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.accounts.conftest import PASSWORD, browser_of
from tests.chat.conftest import tab  # noqa: F401  a fixture
from webui.accounts.session_times import BEGAN

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def near(moment, expected):
    return abs(moment - timezone.now() - expected) < timedelta(minutes=2)


def row():
    return Session.objects.get()


def move_end(**lasting):
    Session.objects.update(expire_date=timezone.now() + timedelta(**lasting))


def is_in(client):
    return client.get("/account/sessions/").status_code == 200


def signed_in(person, **fields):
    client = Client()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD, **fields})
    return client


def began(client, ago):
    session = client.session
    session[BEGAN] = time.time() - ago.total_seconds()
    session.save()


def test_a_sign_in_that_is_not_used_ends_and_use_is_noted_now_and_then(alice):
    browser = browser_of(alice)
    assert near(row().expire_date, 168 * HOUR)
    move_end(hours=167)
    before = row().expire_date
    assert is_in(browser)
    assert row().expire_date == before, "a use an hour after the last is not worth a write"
    move_end(hours=100)
    assert is_in(browser)
    assert near(row().expire_date, 168 * HOUR)
    move_end(seconds=-1)
    assert not is_in(browser)
    assert browser.get("/api/chats").status_code == 401


def test_after_thirty_days_alice_signs_in_again_however_much_she_was_there(alice):
    browser = browser_of(alice)
    began(browser, 29 * DAY + 12 * HOUR)
    assert near(row().expire_date, 12 * HOUR)
    move_end(hours=1)
    assert is_in(browser)
    assert near(row().expire_date, 12 * HOUR), "use moves the end no further than that"
    began(browser, 31 * DAY)
    assert not is_in(browser)


def test_without_staying_signed_in_the_cookie_ends_with_the_browser_and_both_times_are_short(alice):
    browser = signed_in(alice)
    assert not browser.cookies["sessionid"]["max-age"]
    assert near(row().expire_date, 12 * HOUR)
    began(browser, 23 * HOUR)
    assert near(row().expire_date, HOUR)


def test_who_stays_signed_in_keeps_the_cookie_until_the_last_day(alice):
    browser = signed_in(alice, remember="on")
    assert abs(int(browser.cookies["sessionid"]["max-age"]) - 30 * 24 * 3600) < 60
    assert near(row().expire_date, 168 * HOUR)


def test_use_brings_no_ended_session_back(alice):
    browser = browser_of(alice)
    move_end(hours=1)
    session = browser.session
    assert session["began"]
    Session.objects.all().delete()
    session.note_use()
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_an_open_tab_is_closed_when_its_sign_in_has_run_out(alice, tab, monkeypatch):  # noqa: F811
    monkeypatch.setattr("chat.presence.LOOK", 0.05)
    page = await tab(alice)
    await Session.objects.aupdate(expire_date=timezone.now() - HOUR)
    assert (await page.socket.receive_output(5)) == {"type": "websocket.close", "code": 4401}
