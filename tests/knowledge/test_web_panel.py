"""Root sets up web search in the administration: switch, key, address, test."""

import pytest
from django.urls import reverse

from knowledge.models import WebSearchSettings
from knowledge.web import fetch, search
from knowledge.web.addresses import Exceptions
from knowledge.web.search import available
from tests.servers.pages import LocalWeb
from tests.servers.tavily import KEY, Tavily, result

PAGE = (
    "<html><body><article><h1>Engines</h1><p>" + "A search engine finds pages by their words. " * 20 + "</p></article>"
)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    for name in ("SECONDS", "SECONDS_TO_FIND"):
        monkeypatch.setattr(search, name, getattr(search, name) * 5)


@pytest.fixture
def panel(client, root):
    client.force_login(root)
    address = reverse("panel_search")

    def post(**fields):
        return client.post(address, {"enabled": "on", "base_url": "", "results": "5", "key": "", **fields}, follow=True)

    post.get = lambda: client.get(address)
    return post


@pytest.fixture
def tavily():
    with Tavily() as server:
        yield server


def text(response):
    return " ".join(response.content.decode().split())


def row():
    return WebSearchSettings.objects.get(pk=1)


def test_only_an_administrator_sees_the_page(client, alice):
    address = reverse("panel_search")
    assert "/accounts/login/" in client.get(address).url
    client.force_login(alice)
    assert client.get(address).status_code == 404
    assert client.post(address, {"key": "tvly-stolen"}).status_code == 404
    assert not WebSearchSettings.objects.exists()


def test_a_key_is_stored_encrypted_and_never_shown_again(panel):
    page = text(panel(key=KEY))
    assert "Saved." in page
    assert f"····{KEY[-4:]}" in page
    assert KEY not in page
    assert KEY not in text(panel.get())
    assert KEY not in row().encrypted_key
    assert row().api_key == KEY
    assert available()


def test_an_empty_key_field_keeps_the_key_and_the_box_removes_it(panel):
    panel(key=KEY)
    panel(results="7")
    assert (row().api_key, row().results) == (KEY, 7)
    assert "from your account" in text(panel(remove_key="on")).lower()
    assert row().api_key == ""
    assert not available()


def test_a_short_key_does_not_show_half_of_itself(panel):
    page = text(panel(key="abcd1234"))
    assert "A key is stored." in page
    assert "1234" not in page


def test_the_switch_turns_it_off(panel):
    panel(key=KEY)
    panel(enabled="")
    assert not available()


def test_a_key_is_not_sent_to_an_address_it_was_not_entered_for(panel, tavily):
    panel(key=KEY)
    page = text(panel(base_url=tavily.address, test=""))
    assert "enter the key again" in page
    assert tavily.requests == []
    assert row().base_url == ""


@pytest.mark.parametrize("address", ["ftp://x.example", "javascript:alert(1)", "tavily", "http://user:word@x.example"])
def test_an_address_must_be_one(panel, address):
    assert 'class="errorlist"' in text(panel(base_url=address, key=KEY))
    assert not WebSearchSettings.objects.exists()


@pytest.mark.parametrize("number", ["0", "11", "-1", "many", ""])
def test_the_number_of_pages_is_bounded(panel, number):
    assert 'class="errorlist"' in text(panel(results=number))


def test_the_test_shows_hits_hosts_and_how_each_page_was_read(panel, tavily, monkeypatch):
    monkeypatch.setattr(fetch, "exceptions", lambda: Exceptions.of(["127.0.0.1"]))
    with LocalWeb() as web:
        tavily.results = [
            result(web.add("/engine", PAGE), "Engines"),
            result("http://10.0.0.1/", "Inside", "An excerpt of the engine about search engines."),
            result("javascript:alert(1)", "<b>Script</b>"),
        ]
        page = text(panel(key=KEY, base_url=tavily.address, test="", question="What is a search engine?"))
    assert "Tavily works (pages: 3, passages: " in page
    assert f'<span class="mono muted">127.0.0.1:{web.port}</span>' in page
    assert "excerpt only" in page
    assert "left out" in page
    assert "javascript:" not in page
    assert "<b>Script" not in page
    assert tavily.searches[0]["query"] == "What is a search engine?"


@pytest.mark.parametrize(
    ("mood", "sentence"),
    [
        ("plan_limit", "limit is used up"),
        ("garbage", "cannot be read"),
        ("broken", "status 500"),
        ("no_results", "found nothing"),
    ],
)
def test_the_test_says_what_failed(panel, tavily, mood, sentence):
    tavily.mood = mood
    assert sentence in text(panel(key=KEY, base_url=tavily.address, test=""))


def test_the_test_says_that_the_key_is_wrong(panel, tavily):
    page = text(panel(key="tvly-wrong-0123456789", base_url=tavily.address, test=""))
    assert "does not accept the API key" in page
    assert "tvly-wrong" not in page


def test_the_test_works_before_the_switch_is_on(panel, tavily):
    page = text(panel(enabled="", key=KEY, base_url=tavily.address, test=""))
    assert "found nothing" in page
    assert not available()


def test_a_key_that_cannot_be_read_any_more_is_said(panel):
    panel(key=KEY)
    WebSearchSettings.objects.update(encrypted_key="gAAAAABnonsense")
    assert "enter it again" in text(panel.get())
    assert "cannot be read any more" in text(panel(test=""))
    assert not available()


@pytest.mark.parametrize("address", ["http://tavily:8080", "https://search.example.org/api/", "http://[::1]:9"])
def test_a_server_of_ones_own_needs_no_public_name(panel, address):
    panel(base_url=address)
    assert row().base_url == address.rstrip("/")
