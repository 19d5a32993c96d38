"""People whom a proxy or a directory vouches for."""

import pytest
from django.test import Client

from tests.accounts.conftest import browser_of, sign_in
from webui import proxies
from webui.accounts import directory, proxy_sign_in
from webui.accounts.models import User
from webui.conf import conf

NAMED = {"X-Auth-Email": "erin@example.org"}


@pytest.fixture
def behind_a_proxy(settings, monkeypatch, root):
    """behind_a_proxy(signup="open"): requests from 10.0.0.2 are believed."""

    def choose(**more):
        changed = {"trusted_proxies": ("10.0.0.0/8",), "email_header": "X-Auth-Email", **more}
        for module in (proxies, proxy_sign_in):
            monkeypatch.setattr(module, "conf", conf.model_copy(update=changed))
        place = settings.MIDDLEWARE.index("django.contrib.messages.middleware.MessageMiddleware")
        ours = "webui.accounts.proxy_sign_in.ProxySignInMiddleware"
        settings.MIDDLEWARE = [*settings.MIDDLEWARE[:place], ours, *settings.MIDDLEWARE[place:]]

    return choose


def who(client, **headers):
    answer = client.get("/account/", headers=headers)
    return answer.context["user"].email if answer.status_code == 200 else answer["Location"]


def test_the_named_proxys_word_signs_in_and_nobody_elses_does(behind_a_proxy):
    behind_a_proxy(signup="open")
    assert who(Client(REMOTE_ADDR="203.0.113.5"), **NAMED).startswith("/accounts/login/")
    assert not User.objects.filter(email="erin@example.org").exists()
    assert who(Client(REMOTE_ADDR="10.0.0.2"), **NAMED) == "erin@example.org"
    assert not User.objects.get(email="erin@example.org").has_usable_password()


def test_an_underscore_in_the_name_is_no_way_around_it(behind_a_proxy):
    behind_a_proxy(signup="open")
    client = Client(REMOTE_ADDR="203.0.113.5", HTTP_X_AUTH_EMAIL="root@example.org")
    assert who(client).startswith("/accounts/login/")


def test_the_session_follows_whom_the_proxy_names(behind_a_proxy, alice):
    behind_a_proxy(signup="open")
    client = Client(REMOTE_ADDR="10.0.0.2")
    assert who(client, **NAMED) == "erin@example.org"
    assert who(client, **{"X-Auth-Email": "Alice@example.org"}) == alice.email
    assert who(client).startswith("/accounts/login/")


def test_newcomers_wait_or_stay_out_as_the_server_says(behind_a_proxy):
    behind_a_proxy(signup="pending")
    assert who(Client(REMOTE_ADDR="10.0.0.2"), **NAMED) == "/accounts/waiting/"
    assert User.objects.get(email="erin@example.org").is_pending
    User.objects.filter(email="erin@example.org").delete()
    behind_a_proxy(signup="closed")
    who(Client(REMOTE_ADDR="10.0.0.2"), **NAMED)
    assert not User.objects.filter(email="erin@example.org").exists()


def test_a_disabled_person_stays_out_and_nonsense_is_nobody(behind_a_proxy, disabled):
    behind_a_proxy(signup="open")
    assert who(Client(REMOTE_ADDR="10.0.0.2"), **{"X-Auth-Email": disabled.email}) == "/accounts/inactive/"
    assert who(Client(REMOTE_ADDR="10.0.0.2"), **{"X-Auth-Email": "not an address"}) == "/accounts/waiting/"


def test_who_signed_in_by_password_is_left_alone_without_the_header(behind_a_proxy, alice):
    behind_a_proxy()
    assert who(browser_of(alice)) == alice.email


@pytest.fixture
def ldap(settings, monkeypatch, root):
    """ldap(signup="open"): a directory that knows erin, and bob twice."""
    ldap3 = pytest.importorskip("ldap3")
    server = ldap3.Server("mock")
    people = {
        "cn=searcher,dc=corp": {"userPassword": "search"},
        "cn=erin,dc=corp": {"mail": "Erin@example.org", "cn": "Erin", "userPassword": "in the directory"},
        "cn=boss,dc=corp": {"mail": "root@example.org", "cn": "Boss", "userPassword": "in the directory"},
        "cn=bob1,dc=corp": {"mail": "bob@example.org", "cn": "Bob", "userPassword": "in the directory"},
        "cn=bob2,dc=corp": {"mail": "bob@example.org", "cn": "Bob", "userPassword": "in the directory"},
    }

    def connection(dn, password):
        made = ldap3.Connection(server, user=dn, password=password, client_strategy=ldap3.MOCK_SYNC)
        for name, attributes in people.items():
            made.strategy.add_entry(name, {"objectClass": "person", **attributes})
        return made

    def choose(**more):
        changed = {
            "ldap_base": "dc=corp",
            "ldap_bind_dn": "cn=searcher,dc=corp",
            "ldap_bind_password": "search",
            **more,
        }
        monkeypatch.setattr(directory, "conf", conf.model_copy(update=changed))
        monkeypatch.setattr(directory, "connection", connection)
        settings.AUTHENTICATION_BACKENDS = [
            *settings.AUTHENTICATION_BACKENDS,
            "webui.accounts.directory.DirectoryBackend",
        ]

    return choose


def test_erin_signs_in_with_the_password_of_the_directory(client, ldap):
    ldap(signup="open")
    assert "not right" in sign_in(client, "erin@example.org", "a wrong password").content.decode()
    sign_in(client, "erin@example.org", "in the directory")
    erin = User.objects.get(email="erin@example.org")
    assert who(client) == erin.email
    assert (erin.name, erin.has_usable_password()) == ("Erin", False)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("erin@example.org", ""),
        ("*", "in the directory"),
        ("erin@example.org)(cn=*", "in the directory"),
        ("bob@example.org", "in the directory"),  # two of them: nobody knows which
        ("root@example.org", "in the directory"),  # an administrator's account keeps to its own password
    ],
)
def test_nobody_else_comes_in_by_the_directory(ldap, email, password):
    ldap(signup="open")
    assert directory.DirectoryBackend().authenticate(None, email=email, password=password) is None


def test_a_newcomer_of_the_directory_waits_where_people_wait(client, ldap):
    ldap(signup="pending")
    assert sign_in(client, "erin@example.org", "in the directory")["Location"] == "/accounts/waiting/"


def test_a_dead_directory_is_a_wrong_password_and_the_others_still_come_in(client, settings, monkeypatch, alice):
    pytest.importorskip("ldap3")
    monkeypatch.setattr(directory, "conf", conf.model_copy(update={"ldap_url": "ldap://127.0.0.1:9"}))
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "webui.accounts.directory.DirectoryBackend",
    ]
    assert "not right" in sign_in(client, "erin@example.org", "in the directory").content.decode()
    sign_in(client, alice.email)
    assert who(client) == alice.email
