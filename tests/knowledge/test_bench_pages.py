"""The bench as a browser without script sees it; found by words alone, which needs no server."""

import pytest

from knowledge.models import Document, Library
from tests.knowledge.libraries import document_in, library_of
from tests.knowledge.test_library_pages import text_of

pytestmark = pytest.mark.django_db

LEAVE = "Employees receive 25 days of paid holiday a year. Unused days expire at the end of March."
KITCHEN = "The kitchen on the third floor is cleaned every Friday afternoon by the person on duty."


@pytest.fixture(autouse=True)
def _built_assets(monkeypatch):
    from webui import assets

    monkeypatch.setattr(assets, "entry", lambda name: assets.Entry(script=f"{name}.js", imports=(), css=None))


@pytest.fixture
def as_alice(client, alice, rung):
    client.force_login(alice)
    return client


@pytest.fixture
def handbook(alice):
    library = library_of(alice)
    document_in(library, LEAVE, name="leave.txt", vectors=False)
    document_in(library, KITCHEN, name="kitchen.txt", vectors=False)
    return library


def bench(client, library, **query):
    return client.get(f"/knowledge/{library.pk}/search/", query)


def test_alice_sees_what_her_question_finds_and_how(as_alice, handbook):
    page = text_of(bench(as_alice, handbook, q="Who cleans the kitchen?"))
    assert "1 of 1 passages is sent" in page
    assert KITCHEN in page
    assert "question to vector" in page
    assert "by words" in page


def test_the_page_teaches_before_anything_is_asked(as_alice, handbook):
    assert "See what a question finds, and why" in text_of(bench(as_alice, handbook))


def test_alice_asks_why_and_gets_the_step_and_the_button_that_helps(as_alice, handbook):
    Document.objects.get(name="leave.txt").chunks.update(disabled=True)
    answer = bench(as_alice, handbook, q="Who cleans the kitchen?", document="leave.txt", phrase="25 days")
    assert "The passage is switched off." in text_of(answer)
    document = Document.objects.get(name="leave.txt")
    assert f'action="/knowledge/{handbook.pk}/documents/{document.pk}/passages/"' in answer.content.decode()
    as_alice.post(
        f"/knowledge/{handbook.pk}/documents/{document.pk}/passages/", {"chunk": document.chunks.get().pk, "do": "on"}
    )
    assert not document.chunks.get().disabled


def test_two_libraries_are_asked_at_once(as_alice, alice, handbook):
    other = library_of(alice, "Rooms")
    document_in(other, "The kitchen is on the third floor.", name="rooms.txt", vectors=False)
    page = text_of(bench(as_alice, handbook, q="kitchen third floor", **{"with": str(other.pk)}))
    assert "rooms.txt" in page
    assert "kitchen.txt" in page


def test_a_document_is_read_again_by_those_who_may_write(as_alice, client, bob, handbook, rung):
    document = Document.objects.get(name="leave.txt")
    as_alice.post(f"/knowledge/{handbook.pk}/documents/{document.pk}/again/")
    document.refresh_from_db()
    assert document.status == Document.Status.QUEUED
    Document.objects.update(status=Document.Status.READY)
    Library.objects.update(for_everyone="read")
    client.force_login(bob)
    assert client.post(f"/knowledge/{handbook.pk}/documents/{document.pk}/again/").status_code == 404
    assert "25 days" in text_of(bench(client, handbook, q="paid holiday"))


def test_a_stranger_finds_no_bench(client, carol, handbook):
    client.force_login(carol)
    assert bench(client, handbook, q="kitchen").status_code == 404
