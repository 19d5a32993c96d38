"""Passages that somebody changes or switches off."""

import json

import pytest
from asgiref.sync import async_to_sync

from knowledge import embedding, index, keywords, passage_edits, tasks
from knowledge.embedding import EmbeddingUnavailable
from knowledge.models import Chunk, Document
from knowledge.retrieval import find_passages
from tests.knowledge.test_ingest import LEAVE
from tests.knowledge.test_sharing import as_

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _built_assets(monkeypatch):
    from webui import assets

    monkeypatch.setattr(assets, "entry", lambda name: assets.Entry(script=f"{name}.js", imports=(), css=None))


@pytest.fixture
def document(read, vectors, monkeypatch):
    replaced = []
    monkeypatch.setattr(index, "replace_chunk", lambda chunk: replaced.append(chunk.pk))
    vectors.replaced = replaced
    return read("leave.md", LEAVE)


def words_of(library):
    return lambda text: [pk for pk, _score in keywords.search([library.pk], text, 9)]


def test_a_changed_passage_is_embedded_by_itself_and_found_by_its_new_words(document, library, vectors):
    found = words_of(library)
    chunk = document.chunks.order_by("ordinal").first()
    paid = len(vectors.embedded)
    passage_edits.edit(chunk, "Sabbaticals take six months.")
    assert len(vectors.embedded) == paid + 1
    assert vectors.replaced == [chunk.pk]
    assert chunk.pk in found("sabbaticals")
    assert chunk.pk not in found("employee")
    assert Document.objects.get(pk=document.pk).edited
    passage_edits.edit(Chunk.objects.get(pk=chunk.pk), chunk.as_read[0])
    again = Chunk.objects.get(pk=chunk.pk)
    assert (again.text, again.original) == (chunk.text, None)
    assert chunk.pk not in found("sabbaticals")
    assert not Document.objects.get(pk=document.pk).edited


def test_a_passage_that_is_switched_off_answers_nothing(document, library, alice, monkeypatch):
    async def away(*_args):
        raise EmbeddingUnavailable("It is found by its words here.")

    monkeypatch.setattr(embedding, "embed_query", away)
    chunk = document.chunks.order_by("ordinal").first()
    word = chunk.text

    def found():
        return [one.chunk_id for one in async_to_sync(find_passages)(word, alice, [library.pk])]

    assert chunk.pk in found()
    passage_edits.switch(chunk, disabled=True)
    assert chunk.pk not in found()
    passage_edits.switch(chunk, disabled=False)
    assert chunk.pk in found()


def read_again(document):
    Document.objects.update(status="failed")
    document.refresh_from_db()
    document.retry()
    tasks.ingest_document(str(document.pk))
    document.refresh_from_db()
    assert document.status == "ready"


def test_changes_are_kept_when_the_same_text_is_read_again(document):
    first, second = document.chunks.order_by("ordinal")[:2]
    passage_edits.edit(first, "Sabbaticals take six months.")
    passage_edits.switch(second, disabled=True)
    read_again(document)
    texts = list(document.chunks.order_by("ordinal"))
    assert texts[0].text == "Sabbaticals take six months."
    assert texts[1].disabled


def test_changes_go_along_when_the_passages_are_cut_anew_and_lost_ones_are_said(document):
    first, second = document.chunks.order_by("ordinal")[:2]
    passage_edits.edit(first, "Sabbaticals take six months.")
    passage_edits.switch(second, disabled=True)
    # As if it had been cut otherwise before: the second one's text is nowhere now.
    Chunk.objects.filter(pk=second.pk).update(text="cut otherwise")
    read_again(document)
    rows = list(document.chunks.order_by("ordinal"))
    assert rows[0].text == "Sabbaticals take six months."
    assert not any(row.disabled for row in rows)
    assert [step["lost"] for step in document.steps if step["step"] == "lost"] == [1]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 5000])
def test_a_passage_that_cannot_be_is_refused(document, text):
    with pytest.raises(passage_edits.EditRefused):
        passage_edits.edit(document.chunks.first(), text)


def test_what_is_down_changes_nothing(document, vectors, alice):
    chunk = document.chunks.first()
    vectors.embedder_down = "The embedding model cannot be reached."
    address = f"/api/documents/{document.pk}/chunks/{chunk.pk}"
    client = as_(alice)
    answer = client.patch(address, json.dumps({"text": "new"}), content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (503, "The embedding model cannot be reached.")
    assert Chunk.objects.get(pk=chunk.pk).text == chunk.text


def test_alice_changes_passages_over_the_api_and_on_the_page(document, alice):
    client = as_(alice)
    [first, *_rest] = client.get(f"/api/documents/{document.pk}/chunks").json()["chunks"]
    address = f"/api/documents/{document.pk}/chunks/{first['id']}"
    changed = client.patch(
        address, json.dumps({"text": "New text.", "disabled": True}), content_type="application/json"
    )
    assert {name: changed.json()[name] for name in ("text", "disabled", "edited", "as_read")} == {
        "text": "New text.", "disabled": True, "edited": True, "as_read": first["text"],
    }  # fmt: skip
    page = f"/knowledge/{document.library_id}/documents/{document.pk}/passages/"
    shown = client.get(page).content.decode()
    assert "New text." in shown
    assert "switched off" in shown
    client.post(page, {"chunk": first["id"], "do": "on", "page": "1"})
    client.post(page, {"chunk": first["id"], "do": "back", "page": "1"})
    row = Chunk.objects.get(pk=first["id"])
    assert (row.disabled, row.text) == (False, first["text"])
    text = client.get(f"/knowledge/{document.library_id}/documents/{document.pk}/").content.decode()
    assert "Twenty-seven" in text or first["text"][:20] in text
