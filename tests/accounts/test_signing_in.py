"""Signing in and out, changing the password, and what somebody who guesses finds out."""

import pytest
from django.core import signing
from django.test import Client

from tests.accounts.conftest import PASSWORD, sign_in

WRONG = "a wrong password"


def is_signed_in(client):
    return client.get("/account/").status_code == 200


def test_alice_signs_in_with_her_e_mail_however_she_writes_it(client, alice):
    answer = sign_in(client, "Alice@Example.ORG")
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert is_signed_in(client)


def test_alice_comes_to_the_page_she_wanted(client, alice):
    assert client.get("/account/")["Location"] == "/accounts/login/?next=/account/"
    answer = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD, "next": "/account/"})
    assert answer["Location"] == "/account/"


def test_nobody_is_sent_to_another_site_after_signing_in(client, alice):
    answer = client.post(
        "/accounts/login/", {"login": alice.email, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer["Location"] == "/"


def test_the_session_id_is_new_after_signing_in(client, alice):
    client.post("/accounts/login/", {"login": alice.email, "password": WRONG})
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    client.cookies["sessionid"] = session.session_key
    sign_in(client, alice.email)
    assert client.cookies["sessionid"].value != session.session_key
    assert is_signed_in(client)


def test_a_stranger_cannot_tell_an_unknown_person_from_a_wrong_password(client, alice, disabled, pending):
    def what_it_says(email):
        answer = sign_in(client, email, WRONG)
        form = answer.context["form"]
        return answer.status_code, form.non_field_errors(), form.fields.keys()

    unknown = what_it_says("nobody@example.org")
    assert "not right" in str(unknown)
    assert what_it_says(alice.email) == unknown
    assert what_it_says(disabled.email) == unknown
    assert what_it_says(pending.email) == unknown


def test_wendy_who_waits_hears_so_after_her_right_password(client, pending):
    answer = sign_in(client, pending.email)
    assert answer["Location"] == "/accounts/waiting/"
    assert "approve your account" in client.get("/accounts/waiting/").content.decode()
    assert not is_signed_in(client)


def test_dave_who_is_disabled_hears_so_after_his_right_password(client, disabled):
    answer = sign_in(client, disabled.email)
    assert answer["Location"] == "/accounts/inactive/"
    assert "disabled" in client.get("/accounts/inactive/").content.decode()
    assert not is_signed_in(client)


def test_signing_out_takes_a_post(client, alice):
    sign_in(client, alice.email)
    assert client.get("/accounts/logout/").status_code == 200
    assert is_signed_in(client)
    assert client.post("/accounts/logout/").status_code == 302
    assert not is_signed_in(client)


def test_a_copied_cookie_opens_nothing_after_signing_out(client, alice):
    sign_in(client, alice.email)
    copy = Client()
    copy.cookies.load(dict(client.cookies.items()))
    assert is_signed_in(copy)
    client.post("/accounts/logout/")
    assert not is_signed_in(copy)


def test_a_sign_in_form_without_the_csrf_token_is_refused_in_plain_words(alice):
    answer = sign_in(Client(enforce_csrf_checks=True), alice.email)
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.content.decode()


def test_after_five_wrong_tries_from_one_address_the_sixth_is_not_looked_at(client, alice):
    for _ in range(5):
        assert "not right" in sign_in(client, alice.email, WRONG).content.decode()
    answer = sign_in(client, alice.email)
    assert "Too many failed tries" in answer.content.decode()
    assert not is_signed_in(client)


def test_guessing_at_an_unknown_account_is_limited_alike(client, alice):
    for _ in range(5):
        sign_in(client, "nobody@example.org", WRONG)
    assert "Too many failed tries" in sign_in(client, "nobody@example.org", WRONG).content.decode()


def test_a_stranger_elsewhere_does_not_shut_alice_out(client, alice):
    for _ in range(6):
        sign_in(Client(REMOTE_ADDR="203.0.113.5"), alice.email, WRONG)
    sign_in(client, alice.email)
    assert is_signed_in(client)


def test_one_address_cannot_try_many_accounts(client, alice):
    for n in range(20):
        assert "not right" in sign_in(client, f"person{n}@example.org", WRONG).content.decode()
    assert "Too many failed tries" in sign_in(client, "person20@example.org", WRONG).content.decode()


def test_many_addresses_together_cannot_try_one_account_for_ever_but_alices_own_browser_can(alice, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_anywhere": "8/h/key"}
    own = Client()
    sign_in(own, alice.email)
    own.post("/accounts/logout/")
    for n in range(8):
        sign_in(Client(REMOTE_ADDR=f"203.0.113.{n}"), alice.email, WRONG)
    fresh = Client(REMOTE_ADDR="203.0.113.200")
    assert "Too many failed tries" in sign_in(fresh, alice.email).content.decode()
    sign_in(own, alice.email)
    assert is_signed_in(own)


def test_a_made_up_device_cookie_opens_no_second_count(client, alice):
    for n in range(6):
        client.cookies["device"] = signing.dumps({alice.email: f"made up {n}"}, key="not the key", salt="guess")
        answer = sign_in(client, alice.email, WRONG)
    assert "Too many failed tries" in answer.content.decode()


def test_right_passwords_are_not_counted(client, alice):
    for _ in range(12):
        sign_in(client, alice.email)
        assert is_signed_in(client)
        client.post("/accounts/logout/")


def test_right_passwords_in_new_browsers_are_not_counted_either(alice, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed_anywhere": "3/h/key"}
    for _ in range(5):
        browser = Client()
        sign_in(browser, alice.email)
        assert is_signed_in(browser)


def change_password(client, old, new="a completely new phrase"):
    return client.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new})


def test_changing_the_password_signs_alices_other_browsers_out(alice):
    here, elsewhere = Client(), Client()
    sign_in(here, alice.email)
    sign_in(elsewhere, alice.email)
    answer = change_password(here, PASSWORD)
    assert answer["Location"] == "/account/"
    assert "All other browsers are signed out" in here.get("/account/").content.decode()
    assert not is_signed_in(elsewhere)
    assert sign_in(elsewhere, alice.email, "a completely new phrase").status_code == 302
    assert is_signed_in(elsewhere)


def test_changing_the_password_asks_for_the_old_one(client, alice):
    sign_in(client, alice.email)
    answer = change_password(client, WRONG)
    assert "not your current password" in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


@pytest.mark.parametrize("weak", ["password1", "short", "alice@example.org"])
def test_a_weak_new_password_is_refused_with_a_reason(client, alice, weak):
    sign_in(client, alice.email)
    answer = change_password(client, PASSWORD, weak)
    assert answer.status_code == 200
    assert answer.context["form"].errors["password1"]


def test_a_password_of_a_hundred_characters_works(client, alice):
    sign_in(client, alice.email)
    long = "长密码 and a long one " * 6
    change_password(client, PASSWORD, long)
    other = Client()
    sign_in(other, alice.email, long)
    assert is_signed_in(other)


def test_the_forgotten_password_page_promises_no_mail(client, db):
    page = client.get("/accounts/password/reset/").content.decode()
    assert "sends no mail" in page
    assert "administrator" in page
