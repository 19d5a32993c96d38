"""The same bytes are stored once and embedded once, however many libraries hold them."""

import pytest

from knowledge import documents, keywords, passage_edits, storage, tasks
from knowledge.models import Chunk, Document, Library
from tests.knowledge.test_ingest import LEAVE

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(alice):
    return Library.objects.create(owner=alice, name="Second")


@pytest.fixture
def bobs(bob):
    return Library.objects.create(owner=bob, name="Bob's")


def test_a_file_in_a_second_library_costs_no_embedding(read, second, vectors, monkeypatch):
    first = read("leave.md", LEAVE)
    paid = len(vectors.embedded)
    monkeypatch.setattr("knowledge.parsing.isolation.parse", None)
    other = read("leave.md", LEAVE, second)
    assert (other.status, other.chunks_total, other.pages) == ("ready", first.chunks_total, first.pages)
    assert len(vectors.embedded) == paid
    assert [step["step"] for step in other.steps] == ["taken", "copied", "indexed", "proved"]
    assert keywords.search([second.pk], "employee", 5)
    assert {key[0] for key in vectors.stored} == {first.library_id, second.pk}


@pytest.mark.parametrize("seen_by", ["bob alone", "bob, in a library that carol fills, too", "everybody"])
def test_bob_does_not_learn_by_the_clock_that_alice_has_the_same_file(read, library, bobs, carol, vectors, seen_by):
    """What was hers to know is done again: read, embedded, and told like the first time."""
    if seen_by == "bob, in a library that carol fills, too":
        library.owner = bobs.owner
        library.save()
        bobs.shares.create(user=carol, level="write")
    if seen_by == "everybody":
        bobs.for_everyone = "read"
        bobs.save()
    first = read("leave.md", LEAVE)
    paid = list(vectors.embedded)
    other = read("leave.md", LEAVE, bobs)
    assert vectors.embedded == paid * 2
    assert [step["step"] for step in other.steps] == [step["step"] for step in first.steps]


@pytest.mark.parametrize("shown_to", ["bob", "everybody"])
def test_what_may_be_read_there_is_taken_over(read, library, bob, bobs, vectors, shown_to):
    if shown_to == "bob":
        library.shares.create(user=bob, level="read")
    else:
        library.for_everyone = "read"
        library.save()
        bobs.for_everyone = "read"
        bobs.save()
    read("leave.md", LEAVE)
    paid = len(vectors.embedded)
    read("leave.md", LEAVE, bobs)
    assert len(vectors.embedded) == paid


def test_both_share_one_stored_file_until_the_last_is_deleted(read, second):
    first, other = read("leave.md", LEAVE), read("leave.md", LEAVE, second)
    path = storage.path_of(first.file_name)
    assert first.file_name == other.file_name == first.sha256
    first.delete()
    tasks.finish_removals()
    assert path.exists()
    other.delete()
    tasks.finish_removals()
    assert not path.exists()


@pytest.mark.parametrize("changed", ["another ending", "another model", "another reader", "edited"])
def test_what_was_made_in_another_way_is_not_taken_over(read, second, vectors, monkeypatch, changed):
    first = read("leave.md", LEAVE)
    paid = len(vectors.embedded)
    if changed == "another model":
        monkeypatch.setattr("knowledge.embedding.fingerprint", lambda dimensions=0: "another-model")
    if changed == "another reader":
        Document.objects.update(made_with="before")
    if changed == "edited":
        passage_edits.switch(first.chunks.first(), disabled=True)
    read("leave.txt" if changed == "another ending" else "leave.md", LEAVE, second)
    assert len(vectors.embedded) > paid


def test_a_half_read_document_goes_on_by_itself(add, read, second, vectors):
    read("leave.md", LEAVE)
    half = add("leave.md", LEAVE, second)
    Chunk.objects.create(document=half, ordinal=0, text="half")
    tasks.ingest_document(str(half.pk))
    half.refresh_from_db()
    assert half.status == "ready"
    assert sorted(half.chunks.values_list("ordinal", flat=True)) == list(range(half.chunks_total))


def test_a_file_that_goes_while_its_next_row_is_made_is_stored_again(add, read, second, monkeypatch):
    first = read("leave.md", LEAVE)
    row_for = documents._row_for

    def deleted_meanwhile(*given):
        first.delete()
        storage.forget(first.file_name, documents.is_needed)
        return row_for(*given)

    monkeypatch.setattr(documents, "_row_for", deleted_meanwhile)
    other = add("leave.md", LEAVE, second)
    assert storage.path_of(other.file_name).read_bytes() == LEAVE.encode()


def test_a_file_put_aside_by_a_process_that_ended_comes_back(read):
    document = read("leave.md", LEAVE)
    path = storage.path_of(document.file_name)
    path.rename(path.with_name(path.name + ".going"))
    storage.sweep_orphans([document.file_name])
    assert path.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0" * 31, "g" * 32, "0" * 63, "0" * 32 + "\n"])
def test_only_names_of_ours_lead_to_a_path(name):
    with pytest.raises(ValueError, match="hexadecimal"):
        storage.path_of(name)
