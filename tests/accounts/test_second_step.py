"""A second step when signing in: codes of an app, recovery codes, who must have one, and what is asked again."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import CommandError, call_command
from django.test import Client

from chat import presence
from chat.models import Conversation, Message
from providers.models import Connection
from tests.accounts.conftest import browser_of, sign_in
from webui.accounts import second_factor
from webui.accounts.rules import Required, SignInRules
from webui.audit.models import Entry


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def set_up(browser):
    """The app's secret."""
    page = browser.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    return secret


def is_signed_in(client):
    return client.get("/account/").status_code == 200


@pytest.fixture
def secret(alice):
    return set_up(browser_of(alice))


def test_alices_password_alone_signs_her_in_no_more(client, alice, secret):
    assert sign_in(client, alice.email)["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "not right" in wrong.content.decode()
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert is_signed_in(client)
    assert Entry.objects.get(action="sign-in").after == {"with": ["password", "totp"]}
    assert Entry.objects.filter(action="second factor failed").count() == 1


def test_a_recovery_code_works_once(client, alice, secret):
    codes = browser_of(alice).get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10
    sign_in(client, alice.email)
    client.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert is_signed_in(client)
    other = Client()
    sign_in(other, alice.email)
    other.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert not is_signed_in(other)


def test_the_secret_is_stored_encrypted(alice, secret):
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert "gAAAA" in stored


def test_her_page_offers_what_there_is(alice, secret):
    page = browser_of(alice).get("/accounts/2fa/").content.decode()
    assert "in use" in page
    assert "10 codes are left" in page
    for path in ("totp/deactivate/", "recovery-codes/generate/", "webauthn/add/", "webauthn/"):
        assert browser_of(alice).get(f"/accounts/2fa/{path}").status_code == 200, path


@pytest.mark.django_db(transaction=True)  # the app is counted as set up when that is committed
def test_where_it_is_required_nothing_else_opens_before_it_is_set_up(client, alice):
    SignInRules(second_factor=Required.EVERYONE).save()
    sign_in(client, alice.email)
    assert client.get("/")["Location"] == "/accounts/2fa/"
    assert client.get("/api/chats").status_code == 403
    assert client.post("/account/keys/", {"name": "x", "days": 30}).status_code == 403
    set_up(client)
    assert is_signed_in(client)


def test_nor_does_a_socket_open(alice):
    browser = browser_of(alice)
    scope = {"headers": [(b"cookie", f"sessionid={browser.cookies['sessionid'].value}".encode())]}
    assert presence.visitor(scope)[0] == alice
    session = browser.session
    session[second_factor.DUE] = True
    session.save()
    assert presence.visitor(scope) is None


def test_the_rule_cannot_shut_out_who_sets_it(root):
    office = browser_of(root)
    answer = office.post("/admin/signing-in/", {"second_factor": "administrators", "passwords": "on"})
    assert "Set up a second step for yourself first" in answer.content.decode()
    set_up(office)
    assert office.post("/admin/signing-in/", {"second_factor": "administrators", "passwords": "on"}).status_code == 302
    assert is_signed_in(office)


def test_a_stricter_rule_ends_the_sessions_of_those_without(root, alice):
    office, hers = browser_of(root), browser_of(alice)
    set_up(office)
    office.post("/admin/signing-in/", {"second_factor": "everyone", "passwords": "on"})
    assert not is_signed_in(hers)
    assert is_signed_in(office)


def test_an_administrator_takes_a_lost_second_step_away(root, alice, secret, client):
    hers = browser_of(alice)
    browser_of(root).post(f"/admin/people/{alice.pk}/reset-second-step/")
    assert not Authenticator.objects.exists()
    assert not is_signed_in(hers)
    assert Entry.objects.filter(action="second factors reset", name=alice.email).exists()
    sign_in(client, alice.email)
    assert is_signed_in(client)


def grown_old(browser):
    session = browser.session
    records = session["account_authentication_methods"]
    records[-1]["at"] = time.time() - 3600
    session["account_authentication_methods"] = records
    session.save()
    return browser


@pytest.mark.parametrize("decision", ["make-administrator", "disable", "reset-second-step"])
def test_roles_want_a_sign_in_of_a_moment_ago(root, alice, decision):
    office = grown_old(browser_of(root))
    page = f"/admin/people/{alice.pk}/"
    answer = office.post(f"{page}{decision}/", headers={"Referer": f"http://testserver{page}"})
    assert answer["Location"] == f"/accounts/reauthenticate/?next=%2Fadmin%2Fpeople%2F{alice.pk}%2F"
    alice.refresh_from_db()
    assert alice.is_active
    assert not alice.is_superuser
    again = office.post(answer["Location"], {"password": "correct horse battery", "next": page})
    assert again["Location"] == page
    office.post(f"{page}{decision}/")
    alice.refresh_from_db()
    assert decision == "reset-second-step" or alice.is_superuser or not alice.is_active


def test_keys_too_and_a_wrong_password_does_not_do(alice):
    hers = grown_old(browser_of(alice))
    hers.post("/account/keys/", {"name": "x", "days": 30, "scopes": ["api"]})
    assert not alice.api_keys.exists()
    hers.post("/accounts/reauthenticate/", {"password": "wrong"})
    hers.post("/account/keys/", {"name": "x", "days": 30, "scopes": ["api"]})
    assert not alice.api_keys.exists()


def test_a_connection_s_key_too_and_its_name_does_not(root):
    row = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:1/v1", enabled=False)
    office = grown_old(browser_of(root))
    fields = {"name": "Laboratory", "base_url": row.base_url, "first_timeout": 300, "idle_timeout": 60}
    answer = office.post(f"/admin/connections/{row.pk}/", fields | {"key": "sk-new"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    row.refresh_from_db()
    assert (row.name, bool(row.encrypted_key)) == ("Lab", False)
    office.post(f"/admin/connections/{row.pk}/", fields)
    row.refresh_from_db()
    assert row.name == "Laboratory"


def test_who_just_signed_in_is_not_asked_again(client, alice):
    sign_in(client, alice.email)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200
    client.post("/account/keys/", {"name": "x", "days": 30, "scopes": ["api"]})
    assert alice.api_keys.exists()


def test_the_only_administrator_who_lost_everything_is_helped_on_the_machine(root, client, capsys):
    set_up(browser_of(root))
    call_command("reset_second_step", "Root@example.org")
    assert "password alone" in capsys.readouterr().out
    sign_in(client, root.email)
    assert is_signed_in(client)
    entry = Entry.objects.get(action="second factors reset")
    assert (entry.actor, entry.name) == ("manage.py reset_second_step", root.email)
    call_command("reset_second_step", root.email)
    assert "had no second step" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no account"):
        call_command("reset_second_step", "nobody@example.org")


@pytest.mark.parametrize(
    "path",
    ["/c/{}/", "/api/chats/{}", "/api/chats/{}/export", "/admin/django/chat/conversation/", "/admin/django/chat/"],
)
def test_an_administrator_reads_nobodys_chats(root, alice, path):
    chat = Conversation.objects.create(owner=alice, title="hers")
    Message.objects.create(conversation=chat, role="user", text="between us")
    answer = browser_of(root).get(path.format(chat.pk))
    assert answer.status_code == 404
    assert b"between us" not in answer.content
