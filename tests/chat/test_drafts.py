"""Drafts on the server: what alice types on one device stands in the box of the other; nobody else sees it."""

import pytest
from django.test import Client

from chat.models import Conversation, Draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(alice):
    return Conversation.objects.create(owner=alice, title="Hers")


def page_of(person):
    client = Client()
    client.force_login(person)
    return client


def put(client, path, text, age=0):
    return client.put(path, {"text": text, "age": age}, content_type="application/json")


def test_a_draft_is_there_on_the_other_device_and_goes_when_it_is_sent(alice, chat):
    path = f"/api/chats/{chat.pk}/draft"
    desk, phone = page_of(alice), page_of(alice)
    kept = put(desk, path, "Half a question").json()
    assert phone.get(path).json() == kept
    assert kept["text"] == "Half a question"
    boot = phone.get(f"/c/{chat.pk}/").context["boot"]
    assert boot["draft"] == kept, "it comes with the page"
    assert phone.get("/api/drafts/new").json() == {"text": "", "at": None}
    assert put(phone, path, "").json() == {"text": "", "at": None}
    assert desk.get(path).json() == {"text": "", "at": None}
    assert not Draft.objects.exists(), "nothing is left where nothing is typed"


def test_the_newest_wins_whichever_arrives_last(alice):
    path = "/api/drafts/new"
    desk, phone = page_of(alice), page_of(alice)
    newer = put(desk, path, "typed just now", age=0).json()
    assert put(phone, path, "typed on the way here", age=60_000).json() == newer
    assert put(phone, path, "", age=60_000).json() == newer, "an old send does not take it away"
    assert put(phone, path, "typed after that").json()["text"] == "typed after that"


def test_a_draft_is_its_owners_and_there_once(alice, bob, chat):
    put(page_of(alice), f"/api/chats/{chat.pk}/draft", "secret")
    put(page_of(alice), f"/api/chats/{chat.pk}/draft", "more secret")
    assert Draft.objects.count() == 1
    for method in ("get", "put"):
        answer = getattr(page_of(bob), method)(f"/api/chats/{chat.pk}/draft", {"text": "x"}, "application/json")
        assert answer.status_code == 404
    put(page_of(alice), "/api/drafts/new", "alice's")
    assert page_of(bob).get("/api/drafts/new").json()["text"] == ""
    put(page_of(bob), "/api/drafts/new", "bob's")
    assert page_of(alice).get("/api/drafts/new").json()["text"] == "alice's"


def test_a_draft_goes_with_its_chat_and_is_never_longer_than_a_question(alice, chat):
    path = f"/api/chats/{chat.pk}/draft"
    assert put(page_of(alice), path, "x" * 100_001).status_code == 422
    put(page_of(alice), path, "x" * 100_000)
    page_of(alice).delete(f"/api/chats/{chat.pk}")
    assert not Draft.objects.exists()
