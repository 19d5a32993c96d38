"""Signing in with another house's account: who comes in, as whom, and every way in which the proof may not hold."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests.accounts.conftest import browser_of, sign_in
from tests.servers.oidc import Oidc
from webui.accounts.models import User
from webui.accounts.oidc.models import Identity, SignInProvider
from webui.accounts.rules import SignInRules
from webui.audit.models import Entry
from webui.crypto import encrypt


@pytest.fixture
def house():
    with Oidc() as server:
        yield server


@pytest.fixture
def provider(house, root):
    return SignInProvider.objects.create(
        name="Work",
        discovery_url=house.address,
        client_id=house.client,
        encrypted_secret=encrypt(house.secret),
        newcomers="let_in",
    )


def come(client, provider, house, query=""):
    there = client.get(f"/accounts/oidc/{provider.pk}/{query}")
    back = house.approve(there["Location"])
    return client.get(back.replace("http://testserver", ""), follow=True)


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def is_signed_in(client):
    return client.get("/account/").status_code == 200


def test_erin_comes_in_and_comes_back_as_herself(provider, house):
    for _ in range(2):
        client = Client()
        come(client, provider, house)
        assert is_signed_in(client)
    erin = User.objects.get(email="erin@example.org")
    assert (erin.name, erin.has_usable_password()) == ("Erin", False)
    assert Identity.objects.get().subject == "u-1"
    house.person["email"] = "erin.new@example.org"
    come(Client(), provider, house)
    assert User.objects.filter(email__startswith="erin").count() == 1


def test_the_way_there_has_state_nonce_and_pkce_and_no_secret(client, provider, house):
    asked = parse_qs(urlsplit(client.get(f"/accounts/oidc/{provider.pk}/")["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 32
    assert len(asked["nonce"][0]) >= 32
    assert house.secret not in str(asked)


@pytest.mark.parametrize(
    "fault",
    ["nonce", "audience", "signature", "expired", "iss", "azp", "unsigned", "shared key", "unknown key", "token"],
)
def test_a_proof_that_does_not_hold_signs_nobody_in(client, provider, house, fault):
    house.fault = fault
    answer = come(client, provider, house)
    assert "Work" in said(answer)
    assert not is_signed_in(client)
    assert not Identity.objects.exists()
    assert Entry.objects.filter(action="sign-in failed", name="Work").exists()


def test_a_state_that_was_not_given_out_here_is_refused(client, provider, house):
    there = client.get(f"/accounts/oidc/{provider.pk}/")
    back = house.approve(there["Location"]).replace("http://testserver", "")
    stranger = Client()
    assert "another window" in said(stranger.get(back, follow=True))
    assert not is_signed_in(stranger)
    client.get(back)
    assert "another window" in said(client.get(back, follow=True))  # once


def test_a_dead_provider_and_one_that_says_it_is_another_are_sentences(client, provider, house):
    house.fault = "issuer"
    assert "somebody else" in said(client.get(f"/accounts/oidc/{provider.pk}/", follow=True))
    SignInProvider.objects.update(discovery_url="http://127.0.0.1:9")
    assert "cannot be reached" in said(client.get(f"/accounts/oidc/{provider.pk}/", follow=True))
    SignInProvider.objects.update(discovery_url="http://169.254.169.254/latest")
    assert "never called" in said(client.get(f"/accounts/oidc/{provider.pk}/", follow=True))


def test_an_address_alone_never_opens_an_account_that_is_there(client, provider, house, alice):
    house.person |= {"email": alice.email}
    assert "Sign in to it, then connect" in said(come(client, provider, house))
    assert not is_signed_in(client)
    hers = browser_of(alice)
    assert "is connected" in said(come(hers, provider, house))
    other = Client()
    come(other, provider, house)
    assert other.get("/account/").context["user"] == alice


def test_nobody_takes_over_what_is_connected_to_somebody_else(provider, house, alice, bob):
    come(browser_of(alice), provider, house)
    assert "somebody else here" in said(come(browser_of(bob), provider, house))
    assert Identity.objects.get().user == alice


def test_domains_pending_and_refused_newcomers(client, provider, house):
    provider.domains = "corp.example"
    provider.save()
    assert "certain e-mail addresses" in said(come(client, provider, house))
    house.person |= {"email": "erin@corp.example", "email_verified": False}
    assert "certain e-mail addresses" in said(come(client, provider, house))
    house.person["email_verified"] = True
    provider.newcomers = "refused"
    provider.save()
    assert "no account here for you" in said(come(client, provider, house))
    provider.newcomers = "pending"
    provider.save()
    come(client, provider, house)
    assert not is_signed_in(client)
    assert User.objects.get(email="erin@corp.example").is_pending


def test_groups_follow_the_claim_and_others_are_left_alone(client, provider, house):
    editors, staff, own = (Group.objects.create(name=name) for name in ("Editors", "Staff", "Own"))
    provider.groups_claim, provider.group_map = "groups", {"ed": "Editors", "st": "Staff"}
    provider.save()
    house.person["groups"] = ["ed", "unknown"]
    come(client, provider, house)
    erin = User.objects.get(email="erin@example.org")
    erin.groups.add(own)
    assert set(erin.groups.all()) == {editors, own}
    house.person["groups"] = ["st"]
    come(Client(), provider, house)
    assert set(erin.groups.all()) == {staff, own}


def test_nobody_is_led_to_another_site_afterwards(client, provider, house):
    come(client, provider, house, "?next=https://evil.example/")
    assert is_signed_in(client)


def test_a_disabled_erin_stays_out(client, provider, house):
    come(Client(), provider, house)
    User.objects.get(email="erin@example.org").disable()
    come(client, provider, house)
    assert not is_signed_in(client)


def test_the_panel_keeps_the_secret_to_itself(root, house):
    office = browser_of(root)
    body = {"name": "Work", "discovery_url": house.address, "client_id": "webui", "secret": "top-secret-1"}
    body |= {"scopes": "openid email", "newcomers": "pending", "groups": "", "enabled": "on"}
    page = office.post("/admin/signing-in/providers/new/", body, follow=True)
    assert "The provider answers" in page.content.decode()
    row = SignInProvider.objects.get()
    assert row.secret == "top-secret-1"
    assert "top-secret" not in page.content.decode() + row.encrypted_secret + str(list(Entry.objects.values()))
    office.post(f"/admin/signing-in/providers/{row.pk}/", body | {"secret": "", "groups": "ed = Nobodies"})
    office.post(f"/admin/signing-in/providers/{row.pk}/", body | {"secret": ""})
    assert SignInProvider.objects.get().secret == "top-secret-1"
    office.post(f"/admin/signing-in/providers/{row.pk}/remove/")
    assert not SignInProvider.objects.exists()


def test_without_passwords_ordinary_people_come_through_the_provider_and_administrators_still_can(
    client, root, alice, provider
):
    office = browser_of(root)
    assert office.post("/admin/signing-in/", {"second_factor": "nobody"}).status_code == 302
    assert not SignInRules.now().passwords
    assert "Passwords are not used here" in sign_in(client, alice.email).content.decode()
    assert not is_signed_in(client)
    sign_in(client, root.email)
    assert is_signed_in(client)


def test_passwords_stay_while_there_is_no_other_way(root):
    answer = browser_of(root).post("/admin/signing-in/", {"second_factor": "nobody"})
    assert "Add a sign-in provider first" in answer.content.decode()
    assert SignInRules.now().passwords


def test_the_only_way_in_is_not_cut_off(provider, house):
    client = Client()
    come(client, provider, house)
    pk = Identity.objects.get().pk
    answer = client.post(f"/account/identities/{pk}/disconnection/", follow=True)
    assert "only way" in said(answer)
    assert Identity.objects.exists()


def test_after_the_provider_the_second_step_is_asked_as_after_a_password(client, provider, house):
    from tests.accounts.test_second_step import code_of, set_up

    first = Client()
    come(first, provider, house)
    secret = set_up(first)
    come(client, provider, house)
    assert not is_signed_in(client)
    assert client.get("/api/chats").status_code == 401
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert is_signed_in(client)


def test_who_comes_by_the_provider_and_must_have_a_second_step_sets_one_up_first(client, provider, house):
    SignInRules(second_factor="everyone").save()
    come(client, provider, house)
    assert client.get("/account/")["Location"] == "/accounts/2fa/"
    assert client.get("/api/chats").status_code == 403
