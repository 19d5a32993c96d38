"""The table of rights, tried: each address by each role, by every method there is."""

import json
import re
from collections import Counter

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests.safety.matrix import ADMINISTRATION, MAY, MESSAGES, PUBLIC, TASKS, cells
from tests.safety.world import address, body_of, people_around

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
DJANGO_ADMIN = "admin/django/"
# Nothing of this kind is in the world that is tried: the right is there, the thing is not.
ABSENT = {
    "account/sessions/<int:session_number>/end/",
    "account/identities/<int:identity_id>/disconnection/",
    "import/<uuid:import_id>/",
    "api/libraries/<uuidstr:library_id>/jobs/<int:job_number>",
    "ollama/<path:rest>",
    "ollama/api/blobs/<digest>",
    "ollama/api/chat",
    "ollama/api/embed",
    "ollama/api/embeddings",
    "ollama/api/generate",
    "ollama/api/show",
    "tools/<uuid:server_id>/sign-in/",
    "tools/sign-in/done/",
}


@pytest.fixture(autouse=True)
def kept_open(monkeypatch):
    """Views on the event loop end by closing old connections; this one holds the test's database."""
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


def routes():
    def walk(patterns, prefix):
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            yield from [route] if isinstance(pattern, URLPattern) else walk(pattern.url_patterns, route)

    return sorted(set(walk(get_resolver().url_patterns, "")))


def is_public(route):
    return route in PUBLIC or any(
        route.startswith(name)
        for name in ("accounts/", "^accounts/", "invitation/", "pictures/", "s/", "setup/", "static/")
    )


def test_every_address_names_its_object_and_verb_or_is_public():
    named = {route for _thing, _verb, _method, route in cells()}
    strangers = [r for r in routes() if r not in named and not r.startswith(ADMINISTRATION) and not is_public(r)]
    assert strangers == []
    assert [route for route in named if route not in routes()] == []


def test_every_object_and_verb_has_its_roles():
    used = {(thing, verb) for thing, verb, _method, _route in cells()} | {("administration", "manage")}
    assert used == MAY.keys()
    assert set(MESSAGES.values()) <= MAY.keys()


def test_every_socket_message_and_every_task_is_named():
    from chat.commands import _KINDS
    from webui.celery import app

    app.loader.import_default_modules()
    assert set(_KINDS) == MESSAGES.keys()
    assert {name for name in app.tasks if not name.startswith("celery.")} == TASKS.keys()


def tried(client, method, route, world, headers=None):
    """The answer's status; whatever it changed is taken back."""
    path = address(route, world)
    body = body_of(route, world)
    form = not route.startswith(("api/", "v1/", "ollama/"))
    with transaction.atomic():
        sent = {"data": body} if form else {"data": json.dumps(body), "content_type": "application/json"}
        if method == "GET":
            answer = client.get(path, headers=headers)
        elif form and method == "POST":
            answer = client.post(path, headers=headers, **sent)
        else:
            answer = client.generic(method, path, json.dumps(body), content_type="application/json", headers=headers)
        transaction.set_rollback(True)
    to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    return 401 if to_sign_in else answer.status_code


@pytest.mark.parametrize("role", "NPOXRWA")
def test_each_role_reaches_what_it_may_and_nothing_else(role, alice, bob, carol, root):
    world = people_around(alice, bob, carol, root)
    client = world.client(role)
    wrong, counted = [], Counter()
    for thing, verb, method, route in cells():
        status = tried(client, method, route, world.ids)
        may = role in MAY[thing, verb]
        counted["may" if may else "refused"] += 1
        reached = status not in (401, 403, 404) or (may and route in ABSENT and status == 404)
        if reached != may or status >= 500:
            wrong.append((thing, verb, method, route, status))
    assert not wrong, "\n".join(map(str, wrong))
    assert sum(counted.values()) == len(cells())


@pytest.mark.parametrize("role", "NX")
def test_the_administration_is_there_for_administrators_alone(role, alice, bob, carol, root):
    world = people_around(alice, bob, carol, root)
    client = world.client(role)
    below = [route for route in routes() if route.startswith(ADMINISTRATION) and not route.startswith(DJANGO_ADMIN)]
    assert len(below) > 60
    for route in below:
        for method in ("GET", "POST"):
            assert tried(client, method, route, world.ids) in (401, 403, 404, 405), f"{role}: {method} {route}"


def test_a_method_that_is_not_in_the_table_is_not_answered(alice, bob, carol, root):
    world = people_around(alice, bob, carol, root)
    listed = {(method, route) for _thing, _verb, method, route in cells()}
    wrong = []
    for route in sorted({route for _method, route in listed}):
        for method in METHODS:
            if (method, route) in listed:
                continue
            status = tried(world.client("O"), method, route, world.ids)
            if status not in (404, 405) and not (method == "POST" and _is_page(route, listed)):
                wrong.append((method, route, status))
    assert not wrong, "\n".join(map(str, wrong))


def _is_page(route, listed):
    """A page that is only read answers a POST as it answers a GET: nothing is taken from it."""
    return ("GET", route) in listed and not re.match("api/|v1/|ollama/", route)


@pytest.mark.parametrize("role", "XRW")
def test_a_key_opens_no_more_than_its_owner(role, alice, bob, carol, root):
    world = people_around(alice, bob, carol, root)
    headers = {"Authorization": f"Bearer {world.key(role)}"}
    wrong = []
    for thing, verb, method, route in cells():
        status = tried(Client(), method, route, world.ids, headers)
        if status not in (401, 403, 404) and role not in MAY[thing, verb]:
            wrong.append((thing, verb, method, route, status))
    assert not wrong, "\n".join(map(str, wrong))
