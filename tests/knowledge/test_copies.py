"""The same bytes are stored once and embedded once, however many libraries hold them."""

import pytest

from knowledge import documents, keywords, passage_edits, storage, tasks
from knowledge.models import Chunk, Document, Library
from tests.knowledge.test_ingest import LEAVE

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(bob):
    return Library.objects.create(owner=bob, name="Bob's")


def test_a_file_in_a_second_library_costs_no_embedding(read, second, vectors, monkeypatch):
    first = read("leave.md", LEAVE)
    paid = len(vectors.embedded)
    monkeypatch.setattr("knowledge.parsing.isolation.parse", None)
    other = read("leave.md", LEAVE, second)
    assert (other.status, other.chunks_total, other.pages) == ("ready", first.chunks_total, first.pages)
    assert len(vectors.embedded) == paid
    assert [step["step"] for step in other.steps] == ["taken", "cut", "indexed", "proved"], "alice has it: not said"
    assert keywords.search([second.pk], "employee", 5)
    assert {key[0] for key in vectors.stored} == {first.library_id, second.pk}


def test_it_is_said_when_both_libraries_are_alices(read, alice, vectors):
    read("leave.md", LEAVE)
    other = read("leave.md", LEAVE, Library.objects.create(owner=alice, name="Second"))
    assert [step["step"] for step in other.steps] == ["taken", "copied", "indexed", "proved"]


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
