"""Parts of the administration: each opens its pages and no others, whatever the address; roles stay administrators'."""

import re

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import resolve

from tests.safety.test_matrix import DJANGO_ADMIN, routes
from webui.audit.models import Entry
from webui.panel import base, parts

pytestmark = pytest.mark.django_db

# By the address, independent of the names that the program goes by. What is not here is an administrator's alone.
OPEN = {
    "people": (
        "admin/people/", "admin/people/new/", "admin/people/<int:pk>/", "admin/people/<int:pk>/sees/",
        "admin/people/<int:pk>/<slug:decision>/",
    ),
    "models": (
        "admin/connections/*", "admin/models/*", "admin/ollama/*", "admin/access/*", "admin/usage/*",
        "admin/images/*", "admin/voice/*",
    ),
    "knowledge": ("admin/retrieval/*", "admin/search/*"),
    "system": ("admin/health/", "admin/banners/*"),
    "audit": ("admin/audit/*",),
}  # fmt: skip


SAMPLES = {"int": "1", "uuid": "00000000-0000-0000-0000-000000000001", "slug": "approve", "str": "drop"}


def example(route):
    return "/" + re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], route)


def is_open(part, route):
    return any(route.startswith(name[:-1]) if name.endswith("*") else route == name for name in OPEN[part])


def refused(person, path):
    request = RequestFactory().get(path)
    request.user, request.resolver_match = person, resolve(path)
    try:
        return base._refusal(request, person)
    except Http404:
        return "no such page"


@pytest.mark.parametrize("part", sorted(parts.PARTS))
def test_each_part_opens_its_pages_and_no_others(part, bob):
    bob.entrust([part])
    below = [one for one in routes() if one.startswith("admin/") and not one.startswith(DJANGO_ADMIN)]
    wrong = [
        route for route in below if (refused(bob, example(route)) is None) != is_open(part, route) and route != "admin/"
    ]
    assert not wrong
    assert refused(bob, "/admin/")["Location"] == f"/{OPEN[part][0].removesuffix('*')}"
    assert refused(bob, "/admin/django/") == refused(bob, "/admin/reading/") == "no such page"
    bob.entrust([])
    assert {refused(bob, example(route)) for route in below} == {"no such page"}


def test_bob_lets_people_in_and_touches_nobody_who_administers(client, alice, bob, carol, root):
    bob.entrust(["people"])
    carol.entrust(["audit"])
    client.force_login(bob)
    page = client.get(f"/admin/people/{alice.pk}/").content.decode()
    assert "Disable the account" in page
    assert "Make an administrator" not in page
    assert "Make a password link" not in page
    assert client.post(f"/admin/people/{alice.pk}/disable/").status_code == 302
    alice.refresh_from_db()
    assert not alice.is_active
    for person in (root, carol, bob):
        for decision in ("disable", "sign-out", "make-administrator", "remove-administrator"):
            assert client.post(f"/admin/people/{person.pk}/{decision}/").status_code == 404, decision
    for path in ("make-administrator", "reset-second-step", "password-link", "parts", "limits"):
        assert client.post(f"/admin/people/{alice.pk}/{path}/", {"part": "people"}).status_code == 404, path
    alice.refresh_from_db()
    assert not alice.administers


def test_root_entrusts_a_part_which_is_written_down_and_taken_away_at_once(client, alice, root):
    client.force_login(root)
    client.post(f"/admin/people/{alice.pk}/parts/", {"part": ["audit", "everything"]})
    alice.refresh_from_db()
    assert alice.parts == ["audit"]
    assert Entry.objects.get(action="changed", kind="user").after == {"parts": ["audit"]}
    client.force_login(alice)
    assert client.get("/admin/")["Location"] == "/admin/audit/"
    page = client.get("/admin/audit/").content.decode()
    assert "/admin/connections/" not in page
    assert "/admin/groups/" not in page
    alice.entrust([])
    assert client.get("/admin/audit/").status_code == 404
