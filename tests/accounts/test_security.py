"""The headers on every answer, and the pages for what goes wrong."""

import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import path

from tests.accounts.conftest import browser_of
from webui import urls as project
from webui.accounts.models import ApiKey
from webui.security import POLICY

ANSWERS = ["/healthz", "/accounts/login/", "/", "/no/such/page", "/api/chats", "/v1/models", "/admin/", "/setup/wrong/"]


def broken(request):
    raise RuntimeError("the reason that nobody outside may read")


def sandboxed(request):
    return HttpResponse("x", headers={"Content-Security-Policy": "sandbox", "Cache-Control": "max-age=60"})


handler500 = "webui.unserved.server_error"
urlpatterns = [path("broken/", broken), path("sandboxed/", sandboxed), *project.urlpatterns]


@pytest.mark.parametrize("address", ANSWERS)
def test_every_answer_carries_the_guards(client, db, address):
    headers = client.get(address).headers
    csp = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert csp["default-src"] == "'none'"
    assert csp["script-src"] == "'self'"
    assert csp["style-src"] == "'self'"
    assert csp["connect-src"] == "'self' ws://testserver"
    assert csp["base-uri"] == csp["frame-ancestors"] == "'none'"
    assert csp.keys() == POLICY.keys()
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Cookie" in headers["Vary"]
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize("address", ANSWERS)
def test_no_other_site_may_read_an_answer(client, db, address):
    elsewhere = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    for answer in (client.get(address, headers=elsewhere), client.options(address, headers=elsewhere)):
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize("address", ANSWERS)
def test_every_answer_says_what_it_is_and_in_which_letters(client, db, address):
    kind = client.get(address)["Content-Type"].lower()
    assert kind.startswith("application/json") or kind.endswith("charset=utf-8")


def test_what_opens_something_is_made_of_at_least_128_random_bits(alice):
    from chat.models.share import new_token

    session = browser_of(alice).session.session_key
    assert len(ApiKey.issue(alice)[1].removeprefix("sk-webui-")) * 6 >= 256
    assert len(new_token()) * 6 >= 128
    assert len(session) * 5 >= 128


@pytest.mark.django_db(transaction=True)
async def test_the_guards_are_there_on_the_event_loop_too():
    answer = await AsyncClient().get("/healthz")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_personal_pages_are_kept_by_no_cache(alice):
    answer = browser_of(alice).get("/account/")
    assert "no-store" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


def test_static_files_may_be_cached_and_carry_the_guards(client, db):
    answer = client.get("/static/ninja/swagger-ui.css")
    assert answer.status_code == 200
    assert "no-store" not in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    answer.close()


@pytest.mark.urls(__name__)
def test_a_view_that_is_stricter_keeps_its_own_policy(client, db):
    answer = client.get("/sandboxed/")
    assert answer["Content-Security-Policy"] == "sandbox"
    assert answer["Cache-Control"] == "max-age=60"


def test_an_unknown_host_is_refused_in_plain_words(client, db):
    answer = client.get("/accounts/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer["Content-Security-Policy"]
    assert "evil.example" not in answer.content.decode()


@pytest.mark.urls(__name__)
def test_a_fault_of_ours_says_so_and_nothing_more(db, caplog):
    answer = Client(raise_request_exception=False).get("/broken/")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "fault of the server" in page
    assert "nobody outside" not in page
    assert "Content-Security-Policy" in answer
    assert "nobody outside" in caplog.text


def test_a_page_that_is_not_there_says_so(client, alice):
    assert "There is nothing here" in client.get("/no/such/page").content.decode()
    assert "There is nothing here" in browser_of(alice).get("/admin/").content.decode()


def test_too_many_requests_are_told_to_wait(client, db, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "1/m/ip"}
    client.post("/accounts/login/", {})
    answer = client.post("/accounts/login/", {})
    assert answer.status_code == 429
    assert "Wait a few minutes" in answer.content.decode()


def test_no_template_has_an_inline_script_or_style():
    folder = Path(__file__).parents[2] / "templates"
    # The frame for drawings has a policy of its own, and nothing of the site in it.
    for file in set(folder.rglob("*.html")) - {folder / "chat" / "sandbox.html"}:
        text = file.read_text()
        assert not re.search(r"<script(?![^>]*(src=|application/json))", text), file
        assert not re.search(r"<style|\sstyle=\"|\son[a-z]+=\"", text), file
        assert not re.search(r"(src|href)=\"(https?:)?//", text), file
