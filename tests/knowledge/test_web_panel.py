"""Root sets up web search in the administration: switch, key, address, test."""

import pytest
from django.urls import reverse

from knowledge.models import SearchEngine, WebSearchSettings
from knowledge.passages import SearchError
from knowledge.web import fetch
from knowledge.web.addresses import Exceptions
from knowledge.web.configuration import available, configured
from knowledge.web.configuration import seconds as search_seconds
from tests.servers.pages import LocalWeb
from tests.servers.tavily import KEY, Tavily, result

PAGE = (
    "<html><body><article><h1>Engines</h1><p>" + "A search engine finds pages by their words. " * 20 + "</p></article>"
)


SETTINGS = {"enabled": "on", "results": "5", "seconds": "30", "rule": "everyone", "heeds_robots": "on"}


@pytest.fixture
def panel(client, root):
    client.force_login(root)
    WebSearchSettings.objects.create(pk=1, seconds=30)  # six are for people, not for a machine with other work
    engine = SearchEngine.objects.create(kind="tavily")
    address = reverse("panel_search_engine", args=[engine.pk])

    def post(**fields):
        return client.post(address, {"enabled": "on", "base_url": "", "key": "", **fields}, follow=True)

    post.get = lambda: client.get(address)
    return post


@pytest.fixture
def settings_page(client, root):
    client.force_login(root)
    address = reverse("panel_search")

    def post(**fields):
        return client.post(address, {**SETTINGS, **fields}, follow=True)

    post.get = lambda: client.get(address)
    return post


@pytest.fixture
def tavily():
    with Tavily() as server:
        yield server


def text(response):
    return " ".join(response.content.decode().split())


def row():
    return SearchEngine.objects.get()


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
    assert KEY not in page
    assert f"····{KEY[-4:]}" in text(panel.get())
    assert KEY not in text(panel.get())
    assert KEY not in row().encrypted_key
    assert row().api_key == KEY
    assert configured().ready


def test_an_empty_key_field_keeps_the_key_and_the_box_removes_it(panel):
    panel(key=KEY)
    panel(name="Ours")
    assert (row().api_key, row().name) == (KEY, "Ours")
    panel(remove_key="on")
    assert "from your account" in text(panel.get()).lower()
    assert row().api_key == ""
    assert not configured().ready


def test_a_short_key_does_not_show_half_of_itself(panel):
    panel(key="abcd1234")
    page = text(panel.get())
    assert "A key is stored." in page
    assert "1234" not in page


def test_the_switches_turn_it_off(panel, settings_page):
    panel(key=KEY)
    panel(enabled="")
    assert not configured().ready
    panel()
    assert configured().ready
    settings_page(enabled="")
    assert not configured().ready


def test_a_key_is_not_sent_to_an_address_it_was_not_entered_for(panel, tavily):
    panel(key=KEY)
    page = text(panel(base_url=tavily.address, test=""))
    assert "enter the key again" in page
    assert tavily.requests == []
    assert row().base_url == ""


@pytest.mark.parametrize("address", ["ftp://x.example", "javascript:alert(1)", "tavily", "http://user:word@x.example"])
def test_an_address_must_be_one(panel, address):
    assert 'class="errorlist"' in text(panel(base_url=address, key=KEY))
    assert row().api_key == ""


@pytest.mark.parametrize(("given", "kept"), [("9", 9), ("1", 6), ("31", 6), ("", 6), ("soon", 6)])
def test_root_says_how_long_a_search_may_take(settings_page, given, kept):
    settings_page(seconds=given)
    assert search_seconds() == kept


@pytest.mark.parametrize("number", ["0", "11", "-1", "many", ""])
def test_the_number_of_pages_is_bounded(settings_page, number):
    assert 'class="errorlist"' in text(settings_page(results=number))


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
    assert not configured().ready


def test_a_key_that_cannot_be_read_any_more_is_said(panel):
    panel(key=KEY)
    SearchEngine.objects.update(encrypted_key="gAAAAABnonsense")
    assert "enter it again" in text(panel.get())
    assert "cannot be read any more" in text(panel(test=""))
    assert not configured().ready


@pytest.mark.parametrize("address", ["http://tavily:8080", "https://search.example.org/api/", "http://[::1]:9"])
def test_a_server_of_ones_own_needs_no_public_name(panel, address):
    panel(base_url=address)
    assert row().base_url == address.rstrip("/")


def test_a_new_engine_is_added_with_what_its_kind_asks_for(client, root):
    client.force_login(root)
    address = reverse("panel_search_add") + "?kind=google"
    assert "Search engine ID" in text(client.get(address))
    assert 'class="errorlist"' in text(client.post(address, {"enabled": "on", "key": KEY}))
    client.post(address, {"enabled": "on", "key": KEY, "option_cx": "mine"})
    assert (row().kind, row().options, row().api_key) == ("google", {"cx": "mine"}, KEY)
    assert client.get(reverse("panel_search_add") + "?kind=nonsense").status_code == 404


def test_an_engine_of_any_kind_is_described_in_the_panel(client, root):
    client.force_login(root)
    address = reverse("panel_search_add") + "?kind=json"
    given = {"enabled": "on", "base_url": "http://engine:8080/find?q={query}", "option_results": "data.items"}
    client.post(address, {**given, "option_url": "link", "option_method": "GET"})
    assert row().base_url == "http://engine:8080/find?q={query}"
    assert row().options == {"results": "data.items", "url": "link", "method": "GET"}
    assert configured().ready


def test_without_any_key_one_click_sets_up_what_needs_none_and_tries_it(client, root, monkeypatch, settings_page):
    asked = []

    async def search(engine, query, *, limit, seconds):
        asked.append(engine.name)
        raise SearchError(f"{engine.name} got no answer.")

    for engine in ("keyless.KeylessEngine", "wikipedia.WikipediaEngine"):
        monkeypatch.setattr(f"knowledge.web.vendors.{engine}.search", search)
    monkeypatch.setattr("knowledge.web.engines.find_spec", lambda name: name)
    assert reverse("panel_search_without_key") in text(settings_page.get())
    page = text(client.post(reverse("panel_search_without_key")))
    assert list(SearchEngine.objects.values_list("kind", flat=True)) == ["ddgs", "wikipedia"]
    assert asked == ["DDGS", "Wikipedia"]
    assert "DDGS got no answer. Wikipedia got no answer." in page
    assert configured().ready
    client.post(reverse("panel_search_without_key"))
    assert SearchEngine.objects.count() == 2
    assert reverse("panel_search_without_key") not in text(settings_page.get())


def test_what_is_not_installed_is_said_and_not_set_up(client, root, monkeypatch, settings_page):
    monkeypatch.setattr("knowledge.web.engines.find_spec", lambda name: None)
    SearchEngine.objects.create(kind="ddgs")
    assert "pip install ddgs" in text(settings_page.get())
    assert not configured().ready


def test_the_order_is_changed_and_an_engine_removed(client, root, settings_page):
    for position, kind in enumerate(("wikipedia", "brave", "exa")):
        SearchEngine.objects.create(kind=kind, position=position)
    last = SearchEngine.objects.get(kind="exa")
    client.post(reverse("panel_search_move", args=[last.pk]), {"up": ""})
    client.post(reverse("panel_search_move", args=[last.pk]), {"up": ""})
    client.post(reverse("panel_search_move", args=[last.pk]), {"up": ""})
    assert [row.kind for row in SearchEngine.objects.all()] == ["exa", "wikipedia", "brave"]
    client.post(reverse("panel_search_move", args=[last.pk]), {"down": ""})
    assert [row.kind for row in SearchEngine.objects.all()] == ["wikipedia", "exa", "brave"]
    assert "Exa is removed" in text(client.post(reverse("panel_search_remove", args=[last.pk]), follow=True))
    assert not SearchEngine.objects.filter(kind="exa").exists()


def test_a_search_over_all_engines_says_what_became_of_each(client, root, tavily):
    client.force_login(root)
    SearchEngine.objects.create(kind="brave", position=0)
    broken = SearchEngine(kind="tavily", base_url=tavily.address, position=1)
    broken.api_key = KEY
    broken.save()
    tavily.mood = "broken"
    page = text(client.post(reverse("panel_search_test"), {"question": "trains"}))
    assert "Brave has no key yet" in page
    assert "status 500" in page


def test_sites_are_listed_by_name(settings_page):
    settings_page(allowed_domains="https://www.Example.org/page *.铁路.中国\n", denied_domains="bad.example")
    stored = WebSearchSettings.objects.get(pk=1)
    assert stored.allowed_domains.split()[0] == "www.example.org"
    assert stored.denied_domains == "bad.example"
    assert "no names of sites: a@b" in text(settings_page(allowed_domains="a@b"))


def test_only_the_groups_root_chose_may_search(settings_page, panel, alice, bob, root):
    from django.contrib.auth.models import Group

    panel(key=KEY)
    team = Group.objects.create(name="Press")
    team.user_set.add(alice)
    assert available(bob)
    settings_page(rule="groups", groups=[str(team.pk)])
    assert available(alice)
    assert not available(bob)
    assert available(root)
