"""Signing up, under each of the three rules."""

import pytest

from tests.accounts.conftest import PASSWORD, browser_of, sign_in
from webui.accounts.models import User

ERIN = {"name": "Erin", "email": "Erin@example.org", "password1": PASSWORD, "password2": PASSWORD}


def test_where_sign_up_is_open_erin_is_signed_in_at_once(client, root, signup_is):
    signup_is("open")
    assert client.post("/accounts/signup/", ERIN)["Location"] == "/"
    erin = User.objects.get(email="erin@example.org")
    assert (erin.is_active, erin.is_superuser, erin.name) == (True, False, "Erin")
    assert client.get("/account/").status_code == 200


def test_where_sign_up_is_pending_erin_waits_for_an_administrator(client, root, signup_is):
    signup_is("pending")
    assert client.post("/accounts/signup/", ERIN)["Location"] == "/accounts/waiting/"
    erin = User.objects.get(email="erin@example.org")
    assert erin.is_pending
    assert client.get("/account/").status_code == 302
    assert sign_in(client, "erin@example.org")["Location"] == "/accounts/waiting/"

    browser_of(root).post(f"/admin/people/{erin.pk}/approve/")
    sign_in(client, "erin@example.org")
    assert client.get("/account/").status_code == 200


def test_where_sign_up_is_closed_the_page_says_so_and_the_form_is_refused(client, root, signup_is):
    signup_is("closed")
    page = client.get("/accounts/signup/")
    assert page.status_code == 200
    assert "made by its administrators" in page.content.decode()
    assert "<form" not in page.content.decode().partition("<main")[2]
    assert client.post("/accounts/signup/", ERIN).status_code == 403
    assert not User.objects.filter(email="erin@example.org").exists()


@pytest.mark.parametrize("mode", ["open", "pending"])
def test_nobody_can_make_themselves_administrator_or_active_by_extra_fields(client, root, signup_is, mode):
    signup_is(mode)
    client.post("/accounts/signup/", ERIN | {"is_superuser": "on", "is_active": "on", "approved_at": "2020-01-01"})
    erin = User.objects.get(email="erin@example.org")
    assert not erin.is_superuser
    assert erin.is_active is (mode == "open")


@pytest.mark.parametrize("mode", ["open", "pending"])
def test_nobody_signs_up_before_the_first_administrator(client, db, signup_is, mode):
    signup_is(mode)
    assert client.post("/accounts/signup/", ERIN).status_code == 403
    assert "server was started" in client.get("/accounts/signup/").content.decode()
    assert not User.objects.exists()


def test_where_people_wait_a_taken_address_is_answered_like_a_new_one(client, root, alice, signup_is):
    signup_is("pending")
    answer = client.post("/accounts/signup/", ERIN | {"email": alice.email})
    assert answer["Location"] == "/accounts/waiting/"
    alice.refresh_from_db()
    assert alice.is_active
    assert alice.name == ""
    assert alice.check_password(PASSWORD)
    assert User.objects.filter(email__iexact=alice.email).count() == 1


def test_where_sign_up_is_open_a_taken_address_is_told(client, root, alice, signup_is):
    signup_is("open")
    answer = client.post("/accounts/signup/", ERIN | {"email": alice.email.upper()})
    assert "already an account" in answer.content.decode()


def test_two_who_sign_up_with_one_address_at_once_make_one_account(client, root, signup_is, monkeypatch):
    from webui.accounts.forms import SignupForm

    signup_is("pending")
    User.objects.create_user("erin@example.org", "another phrase here", is_active=False)
    monkeypatch.setattr(SignupForm, "validate_unique_email", lambda self, value: value)  # as it was a moment ago
    assert client.post("/accounts/signup/", ERIN)["Location"] == "/accounts/waiting/"
    assert User.objects.filter(email="erin@example.org").count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password2": "something else"}, "password2"),
        ({"password1": "password", "password2": "password"}, "password1"),
        ({"email": "not an address"}, "email"),
    ],
)
def test_what_is_wrong_with_the_form_is_said_at_the_field(client, root, signup_is, change, field):
    signup_is("pending")
    answer = client.post("/accounts/signup/", ERIN | change)
    assert answer.context["form"].errors[field]
    assert 'class="error"' in answer.content.decode()
    assert not User.objects.filter(name="Erin").exists()
