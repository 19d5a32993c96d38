"""Each page there is, for whoever cannot see it, cannot use a mouse, or has a narrow screen."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.db import connection
from django.test import Client
from playwright.sync_api import expect

from tests.browser.every_page import PAGES, address, furnish
from tests.browser.page_faults import CONTRAST, FAULTS, RULES
from tests.servers.ollama_library import MODELS
from tests.servers.ollama_server import OllamaServer
from tests.test_doors import routes, world  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db(transaction=True)

AXE = AXE_FILE_PATH.read_text()
NOT_OURS = ("api/", "v1/", "ollama/", "admin/django/", "^accounts/")
# Pages that one only comes to in the middle of something; looked at where that is tried.
ON_THE_WAY = {
    "accounts/2fa/webauthn/reauthenticate/": "for who has nothing but a passkey",
    "accounts/2fa/authenticate/": "between the password and the code",
    "sandbox/": "an empty frame without a word",
    "admin/connections/nearby/": "a piece of the page of connections",
}


@pytest.fixture
def ids(world, bob, root):  # noqa: F811
    with OllamaServer(models=MODELS) as ollama:
        yield furnish(world, bob, ollama)


@pytest.fixture
def people(world, bob, root):  # noqa: F811
    return {"nobody": None, "alice": world["alice"], "bob": bob, "root": root}


def test_no_page_is_missing_from_the_walk(ids, people):
    clients = {name: Client() for name in people}
    for name, person in people.items():
        if person:
            clients[name].force_login(person)
    # In a thread without the loop of the browser, beside which no asynchronous page can be asked for.
    with ThreadPoolExecutor(1) as elsewhere:
        missing = elsewhere.submit(_not_walked, clients, ids).result()
    assert not missing, f"Not in tests/browser/every_page.py: {missing}"


def _not_walked(clients, ids):
    walked = {route for pages in PAGES.values() for route in pages}
    missing = []
    for route, _names in routes():
        if route in walked or route in ON_THE_WAY or route.startswith(NOT_OURS):
            continue
        for name, client in clients.items():
            answer = client.get(address(route, ids))
            page = not answer.streaming and answer.content.lstrip()[:9].lower() == b"<!doctype"
            if answer.status_code == 200 and page:
                missing.append(f"{route} ({name})")
    connection.close()
    return missing


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_whole_for_eyes_ears_and_keys(visit, ids, people, name):
    page = visit(people[name], "about:blank", reduced_motion="reduce", color_scheme="light")
    found = {}
    for route in PAGES[name]:
        path = address(route, ids)
        answer = page.goto(path)
        if answer.status != 200 or not page.url.split("?")[0].endswith(path.split("?")[0]):
            found[route] = [f"answered {answer.status} at {page.url}"]
        elif faults := looked_at(page):
            found[route] = faults
    assert not found, "\n".join(f"/{route}\n    " + "\n    ".join(faults) for route, faults in found.items())


def looked_at(page):
    expect(page.locator("main")).to_be_visible()
    page.evaluate(AXE)
    faults = page.evaluate(RULES)
    page.keyboard.press("Tab")
    faults += page.evaluate(FAULTS, "ring")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    faults += page.evaluate(CONTRAST)
    page.emulate_media(forced_colors="active", color_scheme="light", reduced_motion="reduce")
    faults += page.evaluate(FAULTS, "outline")
    page.emulate_media(forced_colors="none", color_scheme="light", reduced_motion="reduce")
    size = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 740})
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > 360:
        faults.append(f"{wide} px wide on a screen of 360")
    page.set_viewport_size(size)
    return faults


def test_the_very_first_page_is_whole(visit, transactional_db):
    from webui.accounts.models import SetupLink

    page = visit(None, f"/setup/{SetupLink.renew()}/", reduced_motion="reduce", color_scheme="light")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert not looked_at(page)
