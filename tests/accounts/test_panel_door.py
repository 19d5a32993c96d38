"""The administration's door, on every address behind it: the resolver is walked, so a new page cannot be forgotten."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.accounts.conftest import browser_of, sign_in

# What stands in an address where the pattern has a parameter; the door is before any look at it.
SAMPLES = {
    "int": "1",
    "str": "x",
    "slug": "approve",
    "path": "accounts/user/1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def addresses(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + getattr(pattern.pattern, "_route", "")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith("admin/"):
            address = "/" + route
            for name, converter in pattern.pattern.converters.items():
                kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
                address = address.replace(f"<{kind}:{name}>", SAMPLES[kind]).replace(f"<{name}>", SAMPLES["str"])
            yield address


def every_address():
    return sorted({*addresses(get_resolver().url_patterns), "/admin/django/there/is/no/such/table/"})


def test_the_walk_finds_the_panels_pages(db):
    found = every_address()
    assert {"/admin/", "/admin/people/", "/admin/people/1/approve/", "/admin/django/", "/admin/django/login/"} <= {
        *found
    }
    assert not [address for address in found if "<" in address]
    assert len(found) > 20


@pytest.mark.parametrize("method", ["get", "post"])
def test_to_a_signed_in_person_no_page_of_the_panel_exists(alice, method):
    client = browser_of(alice)
    assert {address: getattr(client, method)(address).status_code for address in every_address()} == dict.fromkeys(
        every_address(), 404
    )


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_visitor_is_led_to_the_sign_in_page(db, method):
    for address in every_address():
        answer = getattr(Client(), method)(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/accounts/login/?next=/admin/"), address


def test_wendy_who_waits_is_no_more_than_a_visitor(pending):
    client = Client()
    sign_in(client, pending.email)
    client.force_login(pending)  # even with a session from better days
    for address in every_address():
        assert client.get(address).status_code == 302, address


def test_an_administrator_opens_the_pages(root):
    client = browser_of(root)
    for address in ("/admin/", "/admin/people/", "/admin/people/new/", f"/admin/people/{root.pk}/", "/admin/django/"):
        assert client.get(address).status_code == 200, address
    assert client.get("/admin/django/login/")["Location"] == "/admin/"


def test_a_disabled_administrator_is_out(root, alice):
    alice.make_administrator()
    client = browser_of(alice)
    assert client.get("/admin/").status_code == 200
    alice.disable()
    assert client.get("/admin/").status_code == 302


def test_djangos_admin_shows_people_but_neither_adds_nor_deletes_them(root, alice):
    client = browser_of(root)
    assert client.get("/admin/django/accounts/user/").status_code == 200
    assert client.get("/admin/django/accounts/user/add/").status_code == 403
    assert client.post(f"/admin/django/accounts/user/{root.pk}/delete/", {"post": "yes"}).status_code == 403
    page = f"/admin/django/accounts/user/{root.pk}/change/"
    assert client.get(page).status_code == 200
    client.post(page, {"name": "Root", "language": "", "is_superuser": "", "is_active": ""})
    root.refresh_from_db()
    assert (root.name, root.is_superuser, root.is_active) == ("Root", True, True)


def test_djangos_admin_shows_connections_without_their_keys(root):
    from providers.models import Connection

    connection = Connection(name="Basement", base_url="http://10.0.0.9/v1")
    connection.api_key = "sk-of-the-basement"
    connection.save()
    client = browser_of(root)
    page = client.get(f"/admin/django/providers/connection/{connection.pk}/change/").content.decode()
    assert "Basement" in page
    assert "sk-of-the-basement" not in page
    assert connection.encrypted_key not in page


def test_djangos_admin_offers_no_second_e_mail_address(root):
    assert browser_of(root).get("/admin/django/account/emailaddress/").status_code == 404
