"""A real server (daphne, its own process), a scripted model server and a real browser."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from django.core.management import call_command
from playwright.sync_api import expect, sync_playwright

from tests.servers.openai_server import OpenAIServer
from tests.waiting import eventually

# Playwright's sync API keeps a loop in this thread, where Django would refuse the ORM.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# The first answer of a fresh server loads the model clients.
expect.set_options(timeout=20_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def assets():
    call_command("build_assets", verbosity=0)


@pytest.fixture(scope="session")
def asgi_server(django_db_setup, assets, tmp_path_factory):
    """The address of the site, served from the test database."""
    from django.db import connection

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "DATABASE_URL": f"sqlite://{connection.settings_dict['NAME']}"}
    log = (tmp_path_factory.mktemp("server") / "daphne.log").open("w")
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "webui.asgi:application"]
    process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    eventually(lambda: _answers(f"{address}/healthz"), seconds=60)
    yield address
    process.terminate()
    process.wait(10)
    log.close()


def _answers(address):
    try:
        return urllib.request.urlopen(address, timeout=5).status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def browser(asgi_server):
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium-headless-shell")
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def model_server():
    with OpenAIServer() as server:
        yield server
        server.release.set()


@pytest.fixture
def model(transactional_db, model_server):
    """A model that everybody may use, served by `model_server`."""
    from providers.models import Connection, Model

    connection = Connection.objects.create(name="Lab", base_url=model_server.base_url)
    return Model.objects.create(connection=connection, name="qwen", public_id="qwen", for_everyone=True)


@pytest.fixture
def settled(transactional_db):
    """No answer is still being written when the database is emptied."""
    yield
    from chat.models import Message

    running = Message.objects.filter(state=Message.State.RUNNING)
    eventually(lambda: not running.exists(), seconds=20)


@pytest.fixture
def visit(browser, asgi_server, settled):
    """visit(alice, "/") opens a page as that person; options go to the browser context."""
    contexts = []

    def open_page(user, path="/", **options):
        context = browser.new_context(
            base_url=asgi_server, **{"locale": "en-GB", "service_workers": "block", **options}
        )
        contexts.append(context)
        if user:
            sign_in(context, user, asgi_server)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
        page.goto(path)
        return page

    yield open_page
    pages = [page for context in contexts for page in context.pages]
    refused = [text for page in pages for text in unsafe(getattr(page, "complaints", ()))]
    for context in contexts:
        context.close()
    assert not refused, f"the browser refused what a page of ours wanted to do: {refused}"


def unsafe(complaints):
    """Text that was to become markup or a script past `static/src/trusted.ts`."""
    return [text for text in complaints if "Trusted" in text]


def sign_in(context, user, address):
    """The session cookie, without the form: that has a test of its own."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])


def ask(page, text):
    """Writes a question and sends it with Enter."""
    box = page.get_by_role("textbox", name="Your question")
    box.fill(text)
    box.press("Enter")
