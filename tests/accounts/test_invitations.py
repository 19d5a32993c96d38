"""Invitations, what is told of a sign-up, and mail that confirms an address or brings a new password."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.accounts.conftest import PASSWORD, browser_of, sign_in
from tests.servers.sockets import SocketServer, response
from webui.accounts import invitations
from webui.accounts.hooks import sending
from webui.accounts.hooks.models import SignUpHook
from webui.accounts.invitations import Invitation, InvitationSpent
from webui.accounts.models import User
from webui.audit.models import Entry
from webui.crypto import encrypt


def invite(root, **bounds):
    row, token = Invitation.issue(root, timezone.now() + timedelta(days=1), **bounds)
    return row, f"/invitation/{token}/"


def come(client, address, email="erin@example.org"):
    return client.post(address, {"name": "Erin", "email": email, "password1": PASSWORD, "password2": PASSWORD})


def is_signed_in(client):
    return client.get("/account/").status_code == 200


def test_the_panel_shows_the_link_once_and_erin_comes_in_with_it(client, root):
    group = Group.objects.create(name="Readers")
    office = browser_of(root)
    page = office.post("/admin/invitations/", {"note": "new team", "most_uses": 1, "days": 7, "groups": [group.pk]})
    link = page.context["link"]
    assert link.startswith("http://testserver/invitation/")
    assert len(link.split("/")[-2]) >= 43  # 256 bits
    assert link not in office.get("/admin/invitations/").content.decode()
    assert link.split("/")[-2] not in str(list(Invitation.objects.values())) + str(list(Entry.objects.values()))
    assert come(client, link).status_code == 302
    assert is_signed_in(client)
    erin = User.objects.get(email="erin@example.org")
    assert (list(erin.groups.all()), erin.is_superuser, erin.is_pending) == ([group], False, False)


def test_it_lets_in_so_many_and_no_more(root):
    row, address = invite(root, most_uses=2)
    for number in range(3):
        come(Client(), address, f"p{number}@example.org")
    assert User.objects.filter(email__startswith="p").count() == 2
    assert Client().get(address).status_code == 404
    with pytest.raises(InvitationSpent):
        row.accept("late@example.org", PASSWORD)


def test_it_ends_with_its_time_and_when_it_is_revoked(client, root, monkeypatch):
    row, address = invite(root)
    later = timezone.now() + timedelta(days=2)
    with monkeypatch.context() as patch:
        patch.setattr(invitations.timezone, "now", lambda: later)
        assert client.get(address).status_code == 404
    assert client.get(address).status_code == 200
    browser_of(root).post(f"/admin/invitations/{row.pk}/revocation/")
    assert come(client, address).status_code == 404
    assert client.get("/invitation/no-such-token/").status_code == 404


def test_an_address_that_has_an_account_uses_nothing_up(client, root, alice):
    row, address = invite(root)
    assert "already an account" in come(client, address, alice.email).content.decode()
    row.refresh_from_db()
    assert row.uses == 0


def test_an_invitation_can_make_an_administrator_and_it_is_written_down(client, root):
    _row, address = invite(root, makes_administrators=True)
    come(client, address)
    assert User.objects.get(email="erin@example.org").is_superuser
    assert Entry.objects.get(kind="user", action="created").after["is_superuser"] is True


@pytest.fixture
def listener():
    async def answer(request, writer):
        writer.write(response(b"{}", "500 Oops" if request.path == "/broken" else "200 OK", "application/json"))

    with SocketServer(answer) as server:
        yield server


def hook_to(listener, kind, path="/"):
    address = encrypt(f"{listener.address}{path}")
    return SignUpHook.objects.create(name="Ops", kind=kind, encrypted_url=address, encrypted_secret=encrypt("shared"))


def test_a_server_is_told_with_a_signature(listener, pending):
    assert sending.tell(hook_to(listener, "json"), pending) == ""
    request = listener.requests[0]
    said = json.loads(request.body)
    assert (said["event"], said["person"]["email"], said["person"]["state"]) == ("signup", pending.email, "pending")
    signed = request.headers["x-webui-timestamp"].encode() + b"." + request.body
    wanted = hmac.new(b"shared", signed, hashlib.sha256).hexdigest()
    assert request.headers["x-webui-signature"] == f"sha256={wanted}"


@pytest.mark.parametrize(("kind", "within"), [("google_chat", "text"), ("teams", "attachments")])
def test_chats_are_told_in_their_own_form(listener, pending, kind, within):
    assert sending.tell(hook_to(listener, kind), pending) == ""
    assert pending.email in json.dumps(json.loads(listener.requests[0].body)[within])
    assert "x-webui-signature" not in listener.requests[0].headers


def test_a_sign_up_tells_from_a_task_and_never_fails_by_it(
    client, root, listener, signup_is, monkeypatch, django_capture_on_commit_callbacks
):
    from webui.accounts import tasks

    signup_is("pending")
    hook_to(listener, "json", "/broken")
    rung = []
    monkeypatch.setattr(tasks.tell_of_sign_up, "apply_async", lambda args, **_: rung.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/signup/", {"email": "w@example.org", "password1": PASSWORD, "password2": PASSWORD})
    assert rung == [(User.objects.get(email="w@example.org").pk,)]
    tasks.tell_of_sign_up(*rung[0])
    assert "500" in SignUpHook.objects.get().problem

    def away(args, **_):
        raise OSError("no broker")

    monkeypatch.setattr(tasks.tell_of_sign_up, "apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/signup/", {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.filter(email="x@example.org").exists()


def test_the_panel_tries_a_hook_and_shows_neither_address_nor_secret(root, listener):
    office = browser_of(root)
    body = {"name": "Ops", "kind": "json", "url": f"{listener.address}/?token=unseen-word", "secret": "very-shared"}
    page = office.post("/admin/signing-in/hooks/new/", body | {"enabled": "on", "test": "1"}, follow=True)
    assert "The test was taken" in page.content.decode()
    assert json.loads(listener.requests[0].body)["test"] is True
    everything = page.content.decode() + str(list(SignUpHook.objects.values())) + str(list(Entry.objects.values()))
    assert "unseen-word" not in everything
    assert "very-shared" not in everything
    row = SignUpHook.objects.get()
    SignUpHook.objects.update(encrypted_url=encrypt("http://169.254.169.254/"))
    page = office.post(f"/admin/signing-in/hooks/{row.pk}/", {"name": "Ops", "kind": "json", "test": "1"}, follow=True)
    assert "never called" in page.content.decode()
    office.post(f"/admin/signing-in/hooks/{row.pk}/remove/")
    assert not SignUpHook.objects.exists()


def test_where_mail_is_sent_a_new_password_comes_by_it_and_strangers_learn_nothing(client, alice, monkeypatch):
    from webui.accounts import views

    monkeypatch.setattr(views, "conf", views.conf.model_copy(update={"smtp_url": "smtp://mail.example.org"}))
    answers = [client.post("/accounts/password/reset/", {"email": who}) for who in (alice.email, "no@example.org")]
    assert [answer["Location"] for answer in answers] == ["/accounts/password/reset/done/"] * 2
    assert client.get("/accounts/password/reset/done/").status_code == 200
    assert [message.to for message in mail.outbox] == [[alice.email]]
    link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word)
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "a brand new phrase", "password2": "a brand new phrase"})
    assert sign_in(Client(), alice.email, "a brand new phrase").status_code == 302


def test_where_addresses_are_confirmed_the_link_of_the_mail_does_it(client, root, signup_is, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    signup_is("open")
    answer = client.post("/accounts/signup/", {"email": "w@example.org", "password1": PASSWORD, "password2": PASSWORD})
    assert answer["Location"] == "/accounts/confirm-email/"
    assert "Look into your mail" in client.get(answer["Location"]).content.decode()
    assert not is_signed_in(client)
    link = next(word for word in mail.outbox[0].body.split() if "/confirm-email/" in word)
    assert "Is w@example.org yours?" in client.get(link).content.decode()
    client.post(link)
    fresh = Client()
    sign_in(fresh, "w@example.org")
    assert is_signed_in(fresh)
    assert "does not work any more" in fresh.get("/accounts/confirm-email/nonsense/").content.decode()
