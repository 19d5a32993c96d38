"""A person's own page, and the language that comes along."""

from django.test import Client

from tests.accounts.conftest import browser_of, sign_in


def language_of(client, address="/accounts/login/"):
    return client.get(address).headers["Content-Language"]


def test_alice_changes_her_name(alice):
    client = browser_of(alice)
    answer = client.post("/account/", {"name": "Alice Liddell", "language": ""}, follow=True)
    assert "Saved." in answer.content.decode()
    alice.refresh_from_db()
    assert alice.display_name == "Alice Liddell"


def test_alice_cannot_change_her_e_mail_or_her_rights_there(alice):
    form = {"name": "A", "language": "", "email": "root@example.org", "is_superuser": "on"}
    browser_of(alice).post("/account/", form)
    alice.refresh_from_db()
    assert (alice.email, alice.is_superuser) == ("alice@example.org", False)


def test_a_visitor_has_no_such_page(client, db):
    assert client.get("/account/")["Location"] == "/accounts/login/?next=/account/"
    assert client.post("/account/keys/", {"name": "x", "days": "0"}).status_code == 302


def test_the_switch_changes_the_language_of_this_browser_for_a_visitor(client, db):
    assert language_of(client) == "en"
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/accounts/login/"})
    assert language_of(client) == "zh-hans"


def test_alices_language_comes_along_to_a_new_browser(alice):
    client = Client()
    sign_in(client, alice.email)
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    new = Client(headers={"accept-language": "en"})
    assert language_of(new) == "en"
    sign_in(new, alice.email)
    assert language_of(new, "/account/") == "zh-hans"


def test_alice_chooses_her_language_on_her_page(alice):
    client = browser_of(alice)
    client.post("/account/", {"name": "", "language": "zh-hans"})
    assert language_of(client, "/account/") == "zh-hans"
    client.post("/account/", {"name": "", "language": "en"})
    assert language_of(client, "/account/") == "en"


def test_an_unknown_language_is_not_kept(alice):
    client = browser_of(alice)
    client.post("/i18n/setlang/", {"language": "tlh", "next": "/"})
    assert client.post("/account/", {"name": "", "language": "tlh"}).status_code == 200
    alice.refresh_from_db()
    assert alice.language == ""


def test_the_switch_takes_a_post_and_leads_nowhere_else(client, db):
    assert client.get("/i18n/setlang/?language=zh-hans").status_code == 405
    answer = client.post("/i18n/setlang/", {"language": "en", "next": "https://evil.example/"})
    assert answer["Location"] == "/"
