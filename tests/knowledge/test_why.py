"""Why a passage was not found: each planted cause gets its own verdict, and a remedy that fits."""

import pytest

from knowledge import embedding, index
from knowledge.explaining import bench
from knowledge.explaining.why import why
from knowledge.models import Chunk, Document, Library, RetrievalSettings
from knowledge.parsing import sentences
from knowledge.radar import deciding
from tests.knowledge.libraries import document_in, library_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chroma_server", "embedder")]

LEAVE = "Employees receive 25 days of paid holiday a year. Unused days expire at the end of March."
EXPENSES = "Travel costs are refunded within two weeks when the receipts are sent to accounting."
KITCHEN = "The kitchen on the third floor is cleaned every Friday afternoon by the person on duty."
ROOMS = [f"Room {number} has a coffee machine and {number} chairs, and a view of the park." for number in range(70)]
HOLIDAYS = "How many days of paid holiday do I get?"
COFFEE = "Which rooms have a coffee machine?"


@pytest.fixture
def library(alice):
    library = library_of(alice)
    document_in(library, KITCHEN, name="kitchen.txt")
    return library


def verdict(question, user, library, **about):
    about.setdefault("named", "leave.txt")
    return why(bench.search(question, user, [library.pk]), user, [library], **about)


def test_what_is_sent_is_called_found(alice, library):
    document_in(library, LEAVE, name="leave.txt")
    told = verdict(HOLIDAYS, alice, library, phrase="25 days")
    assert (told.step, told.is_found) == ("found", True)
    assert "passage 1" in told.text
    assert told.passed[-1] == "The phrase stands in passage 1."


def test_a_document_that_is_nowhere(alice, library):
    told = verdict(HOLIDAYS, alice, library)
    assert told.step == "absent"
    assert told.remedies[0].url == f"/knowledge/{library.pk}/"


def test_a_document_in_another_library_of_hers(alice, library):
    other = library_of(alice, "Staff")
    document_in(other, LEAVE, name="leave.txt")
    told = verdict(HOLIDAYS, alice, library)
    assert told.step == "absent"
    assert "another one" in told.text
    assert f"with={other.pk}" in told.remedies[0].url


def test_a_document_in_a_library_that_bob_may_not_read_does_not_exist_for_him(alice, bob, library):
    document_in(library, LEAVE, name="leave.txt")
    told = verdict(HOLIDAYS, bob, library_of(bob))
    assert (told.step, "another one" in told.text) == ("absent", False)


def test_a_document_that_is_being_read(alice, library):
    document = document_in(library, LEAVE, name="leave.txt")
    Document.objects.filter(pk=document.pk).update(status="processing", stage="embedding", chunks_done=1)
    told = verdict(HOLIDAYS, alice, library)
    assert (told.step, told.remedies[0].url) == ("reading", f"/knowledge/{library.pk}/?state=moving")


def test_a_document_that_failed_says_of_what(alice, bob, library):
    document = document_in(library, name="leave.txt")
    Document.objects.filter(pk=document.pk).update(status="failed", error=sentences.ENCRYPTED)
    told = verdict(HOLIDAYS, alice, library)
    assert told.step == "failed"
    assert "password" in told.text
    assert told.remedies[0].post == {"again": "yes"}
    Library.objects.filter(pk=library.pk).update(for_everyone="read")
    assert not any(remedy.is_button for remedy in verdict(HOLIDAYS, bob, library).remedies)


def test_a_document_that_was_superseded(alice, bob, library):
    new = document_in(library, LEAVE.replace("25", "28"), name="holiday rules.txt")
    old = document_in(library, LEAVE, name="leave.txt")
    deciding.supersede(old, new)
    told = verdict(HOLIDAYS, alice, library)
    assert told.step == "superseded"
    assert "“holiday rules.txt”" in told.text
    shown, again = told.remedies
    assert shown.url == f"/knowledge/{library.pk}/documents/{new.pk}/"
    assert (again.url, again.is_button) == (f"/knowledge/{library.pk}/documents/{old.pk}/supersession/", True)
    Library.objects.filter(pk=library.pk).update(for_everyone="read")
    assert [one.is_button for one in verdict(HOLIDAYS, bob, library).remedies] == [False]


def test_a_page_that_is_a_picture(alice, library):
    document = document_in(library, "Only the title page has text.", name="leave.pdf")
    Document.objects.filter(pk=document.pk).update(facts={"without_text": 3}, pages=4)
    told = verdict(HOLIDAYS, alice, library, named="leave.pdf", phrase="25 days of paid holiday")
    assert told.step == "picture"
    assert told.text.startswith("3 of its 4 pages are pictures")
    assert told.remedies[0].post == {"ocr": "yes"}


def test_a_phrase_that_was_read_otherwise_is_shown_as_it_was_read(alice, library):
    document_in(library, KITCHEN, LEAVE.replace("holiday", "h0lld4y"), name="leave.txt")
    told = verdict(HOLIDAYS, alice, library, phrase="25 days of paid holiday a year")
    assert told.step == "phrase"
    assert "h0lld4y" in told.shown


def test_a_phrase_that_runs_over_two_passages_is_found_in_them(alice, library):
    document_in(library, "Employees receive 25 days of paid", "of paid holiday a year.", name="leave.txt", gap=1)
    told = verdict(HOLIDAYS, alice, library, phrase="25 days of paid holiday a year")
    assert told.passed[-1].startswith(("The phrase stands in passage 1", "number"))
    assert told.step != "phrase"


def test_a_passage_that_is_switched_off(alice, library):
    document = document_in(library, LEAVE, name="leave.txt")
    chunk = document.chunks.get()
    Chunk.objects.filter(pk=chunk.pk).update(disabled=True)
    told = verdict(HOLIDAYS, alice, library, phrase="25 days")
    assert (told.step, told.remedies[0].post) == ("off", {"chunk": str(chunk.pk), "do": "on"})


def test_a_passage_without_a_vector_of_the_present_model(alice, library):
    document = document_in(library, LEAVE, name="leave.txt", vectors=False)
    told = verdict("Vacation entitlement?", alice, library)
    assert (told.step, told.remedies[0].url) == ("no-vector", f"/knowledge/{library.pk}/documents/{document.pk}/again/")


def test_vectors_that_the_index_has_lost(alice, library):
    document_in(library, LEAVE, name="leave.txt")
    index.remove_document(Document.objects.get(name="leave.txt"))
    assert verdict("Vacation entitlement?", alice, library).step == "index"


def test_a_passage_that_is_too_far_down_both_lists(alice, library):
    document_in(library, *ROOMS)
    document_in(library, LEAVE, name="leave.txt")
    told = verdict(COFFEE, alice, library)
    assert told.step == "outside"
    assert "by meaning" in told.text
    assert "not named by words" in told.text
    assert any("coffee" in remedy.text for remedy in told.remedies)


def test_a_passage_below_the_floor_says_by_how_much(alice, library):
    document_in(library, LEAVE, name="leave.txt")
    told = verdict("Who cleans the kitchen on the third floor?", alice, library)
    assert told.step == "floor"
    assert "would have been enough" in told.text
    assert told.passed[-1].startswith("number 2 by meaning")


def test_a_passage_that_better_ones_left_no_room_for(alice, library):
    document_in(library, *ROOMS, name="rooms.txt")
    seen = bench.search(COFFEE, alice, [library.pk])
    last = next(one for one in seen.candidates if one.fate == "no-room")
    told = verdict(COFFEE, alice, library, named="rooms.txt", chunk_id=last.chunk_id)
    assert told.step == "room"
    assert "at most 12 passages" in told.text


def test_a_passage_that_the_reranker_pushed_out(alice, library, monkeypatch):
    document_in(library, *ROOMS, name="rooms.txt")
    before = bench.search(COFFEE, alice, [library.pk]).candidates[0]

    async def backwards(_reranker, _question, texts):
        return [float(number) for number in range(len(texts))]

    monkeypatch.setattr("knowledge.reranking.scored", backwards)
    RetrievalSettings(pk=1, reranker="remote", rerank_url="http://127.0.0.1:1", rerank_model="upside-down").save()
    told = verdict(COFFEE, alice, library, named="rooms.txt", chunk_id=before.chunk_id)
    assert told.step == "reranker"
    assert "upside-down" in told.text
    assert "from place 1 to 20" in told.text


def test_without_the_model_the_words_alone_were_not_enough(alice, library, monkeypatch):
    document_in(library, LEAVE, name="leave.txt")

    async def down(*_args):
        raise embedding.EmbeddingUnavailable("The embedding model cannot be reached.")

    monkeypatch.setattr(embedding, "embed_query", down)
    told = verdict("Vacation entitlement?", alice, library)
    assert told.step == "down"
    assert "cannot be reached" in told.text


def test_two_documents_of_one_name_are_told_apart_by_her(alice, library):
    for name in ("leave 2024.txt", "leave 2025.txt"):
        document_in(library, LEAVE, name=name)
    told = verdict(HOLIDAYS, alice, library, named="leave")
    assert (told.step, {one.name for one in told.choose}) == ("choose", {"leave 2024.txt", "leave 2025.txt"})
    assert verdict(HOLIDAYS, alice, library, named=str(told.choose[0].pk)).step == "found"
