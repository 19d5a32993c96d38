"""The one-time link that makes the first administrator."""

import threading

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from providers.models import Connection, Model
from tests.accounts.conftest import PASSWORD, sign_in
from webui.accounts.models import SetupLink, User

FORM = {"email": "Root@example.org", "password1": PASSWORD, "password2": PASSWORD}


def test_the_link_makes_one_administrator_signs_in_and_is_spent(client, db):
    address = f"/setup/{SetupLink.renew()}/"
    assert client.get(address).status_code == 200
    assert client.post(address, FORM)["Location"] == "/admin/"
    user = User.objects.get()
    assert (user.email, user.is_superuser, user.is_active) == ("root@example.org", True, True)
    assert client.get("/admin/").status_code == 200

    again = Client().post(address, FORM | {"email": "second@example.org"})
    assert again.status_code == 404
    assert "works once" in again.content.decode()
    assert User.objects.count() == 1


def test_it_says_what_comes_next(client, db):
    client.post(f"/setup/{SetupLink.renew()}/", FORM)
    assert "Next: connect a model server" in client.get("/admin/").content.decode()
    User.objects.all().delete()
    toy = Connection.objects.create(name="Toy", base_url="http://127.0.0.1:1/v1")
    Model.objects.create(connection=toy, name="toy", public_id="toy", for_everyone=True)
    other = Client()
    other.post(f"/setup/{SetupLink.renew()}/", FORM)
    assert "a model is connected: start a chat" in other.get("/admin/").content.decode()


@pytest.mark.parametrize("token", ["wrong", "0" * 43, "%00", "..%2f"])
def test_a_wrong_token_says_what_to_do(client, db, token):
    SetupLink.renew()
    answer = client.post(f"/setup/{token}/", FORM)
    assert answer.status_code == 404
    assert "prints a new link" in answer.content.decode() or "nothing here" in answer.content.decode()
    assert not User.objects.exists()


def test_a_new_start_replaces_the_link(client, db):
    old, new = SetupLink.renew(), SetupLink.renew()
    assert client.get(f"/setup/{old}/").status_code == 404
    assert client.get(f"/setup/{new}/").status_code == 200


def test_only_the_hash_of_the_token_is_kept(db):
    token = SetupLink.renew()
    assert token not in str(SetupLink.objects.values())


def test_after_createsuperuser_the_link_is_dead(client, db, monkeypatch):
    token = SetupLink.renew()
    monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "root@example.org")
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", verbosity=0)
    assert client.get(f"/setup/{token}/").status_code == 404
    answer = client.post(f"/setup/{token}/", FORM | {"email": "other@example.org"})
    assert answer.status_code == 404
    assert User.objects.get().email == "root@example.org"
    assert SetupLink.renew() is None
    sign_in(client, "root@example.org")
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password2": "something else"}, "password2"),
        ({"password1": "password", "password2": "password"}, "password1"),
        ({"password1": "root@example.org", "password2": "root@example.org"}, "password1"),
        ({"email": "root"}, "email"),
    ],
)
def test_a_form_that_is_wrong_does_not_spend_the_link(client, db, change, field):
    address = f"/setup/{SetupLink.renew()}/"
    answer = client.post(address, FORM | change)
    assert answer.context["form"].errors[field]
    assert not User.objects.exists()
    assert client.post(address, FORM).status_code == 302


def test_before_there_is_an_account_the_sign_in_page_tells_where_the_link_is(client, db):
    assert "terminal" in client.get("/accounts/login/").content.decode()
    first_page = client.get("/", follow=True)
    assert "terminal" in first_page.content.decode()


def test_with_an_account_the_sign_in_page_tells_nothing_of_a_link(client, root):
    assert "terminal" not in client.get("/accounts/login/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_who_send_the_form_at_once_make_one_account():
    address = f"/setup/{SetupLink.renew()}/"
    start, answers = threading.Barrier(4), []

    def send(email):
        start.wait()
        answers.append(Client().post(address, FORM | {"email": email}).status_code)
        connection.close()

    threads = [threading.Thread(target=send, args=[f"root{n}@example.org"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 404, 404, 404]
    assert User.objects.count() == 1
