"""From stored bytes to "ready": in one go, with parts down, deleted in the middle, twice at once, poisoned."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from knowledge import ingest, keywords, removal, storage, tasks
from knowledge.models import MOST_ATTEMPTS, MOST_WAITS, Chunk, Document, DocumentGone, Removal
from knowledge.parsing import ParseError, isolation, sentences
from tests.knowledge.files import pdf, policy_pdf

pytestmark = pytest.mark.django_db

LEAVE = "# Leave\n\nEvery employee has 27 days of leave.\n\n# Travel\n\nTrains are booked by the office.\n"


def again(document):
    return Document.objects.get(pk=document.pk)


def let_the_lease_end(document):
    Document.objects.filter(pk=document.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_text_file_becomes_ready_and_is_found(read, vectors, library):
    document = read("leave.txt", "Every employee has 27 days of leave.")
    assert (document.status, document.error, document.stage) == ("ready", "", "")
    [chunk] = document.chunks.all()
    assert chunk.text == "Every employee has 27 days of leave."
    assert vectors.embedded == ["leave\nEvery employee has 27 days of leave."]
    assert list(vectors.stored) == [(library.pk, document.pk, 0)]
    assert [pk for pk, _score in keywords.search([library.pk], "employee leave", 5)] == [chunk.pk]
    assert (document.fraction, document.chunks_total) == (1.0, 1)


def test_the_policy_manual_is_cited_by_page_and_heading(read):
    document = read("policy.pdf", policy_pdf())
    assert (document.status, document.pages) == ("ready", 193)
    chunk = document.chunks.get(text__contains="Every source package must include the Debian changelog file")
    assert (chunk.page, chunk.heading) == (31, "Source packages › Debian changelog: debian/changelog")
    assert document.chunks.count() == document.chunks_total > 1000


def test_progress_is_seen_batch_by_batch(add, vectors):
    document = add("long.txt", "\n\n".join(f"Paragraph {n}: " + "word " * 80 for n in range(40)))
    seen = []
    vectors.before_batch = lambda: seen.append((again(document).stage, again(document).fraction))
    tasks.ingest_document(str(document.pk))
    assert len(seen) == 3
    assert [stage for stage, _fraction in seen] == ["embedding"] * 3
    assert 0.1 == seen[0][1] < seen[1][1] < seen[2][1] < 0.9


def test_a_document_without_text_never_becomes_ready(read):
    document = read("blank.txt", " \n \n")
    assert (document.status, document.problem) == ("failed", sentences.EMPTY)
    scan = read("scan.pdf", pdf("", "", "", images=True))
    assert scan.status == "failed"
    assert scan.problem.startswith("This PDF has 3 pages but no text: it is a scan.")


def test_a_reason_is_shown_in_the_language_of_whoever_looks(read, monkeypatch):
    scan = read("scan.pdf", pdf("", "", images=True))
    monkeypatch.setattr(
        "knowledge.models.document.gettext",
        lambda sentence: "这个 PDF 有 %(pages)s 页" if "%(pages)s" in sentence else "",
    )
    assert scan.problem == "这个 PDF 有 2 页"


def test_reasons_are_stored_in_english_whatever_language_the_worker_speaks(add, vectors):
    document = add("leave.txt", "leave")
    with translation.override("zh-hans"):
        tasks.ingest_document(str(document.pk))
        assert translation.get_language() == "zh-hans"
    assert again(document).status == "ready"


def test_when_the_embedder_is_down_the_document_waits_and_says_why(add, vectors):
    document = add("leave.txt", "leave")
    vectors.embedder_down = "The embedding model cannot be reached."
    tasks.ingest_document(str(document.pk))
    document = again(document)
    assert (document.status, document.problem) == ("queued", "The embedding model cannot be reached.")
    assert document.retry_at > timezone.now()
    assert Document.objects.claim(document.pk) is None, "not before its time"
    vectors.embedder_down = ""
    Document.objects.update(retry_at=timezone.now())
    tasks.ingest_document(str(document.pk))
    assert (again(document).status, again(document).error) == ("ready", "")


def test_what_is_down_for_too_long_fails_the_document_with_the_reason(add, vectors):
    document = add("leave.txt", "leave")
    vectors.index_down = "The index does not answer."
    for _ in range(MOST_WAITS):
        tasks.ingest_document(str(document.pk))
        assert again(document).status == "queued"
        Document.objects.update(retry_at=None)
    tasks.ingest_document(str(document.pk))
    assert (again(document).status, again(document).problem) == ("failed", "The index does not answer.")


def test_vectors_are_not_paid_for_twice(add, vectors):
    document = add("leave.md", LEAVE)
    vectors.index_down = "The index does not answer."
    tasks.ingest_document(str(document.pk))
    vectors.index_down = ""
    Document.objects.update(retry_at=None)
    tasks.ingest_document(str(document.pk))
    assert again(document).status == "ready"
    assert len(vectors.embedded) == 2


def test_ready_means_that_the_index_finds_it(add, vectors, monkeypatch):
    document = add("leave.txt", "leave")
    monkeypatch.setattr("knowledge.index.search", lambda *_: [])
    tasks.ingest_document(str(document.pk))
    assert (again(document).status, again(document).error) == ("queued", sentences.NOT_FOUND_AGAIN)


def test_only_one_of_two_workers_gets_a_document(add):
    document = add("leave.txt", "leave")
    assert Document.objects.claim(document.pk) is not None
    assert Document.objects.claim(document.pk) is None


def test_a_task_that_comes_twice_changes_nothing(read, vectors):
    document = read("leave.md", LEAVE)
    before = list(Chunk.objects.values_list("pk", flat=True))
    tasks.ingest_document(str(document.pk))
    assert list(Chunk.objects.values_list("pk", flat=True)) == before
    assert len(vectors.embedded) == 2


def test_a_worker_that_was_given_up_for_dead_cannot_write_any_more(add):
    first = Document.objects.claim(add("leave.txt", "leave").pk)
    let_the_lease_end(first)
    second = Document.objects.claim(first.pk)
    with pytest.raises(DocumentGone):
        first.finish(chunks=1, pages=None)
    second.finish(chunks=1, pages=None)
    assert again(first).status == "ready"


def test_the_sweep_rings_for_what_nobody_holds(add, rung):
    stale, fresh, forgotten = add("a.txt", "a"), add("b.txt", "b"), add("c.txt", "c")
    Document.objects.claim(stale.pk)
    let_the_lease_end(stale)
    Document.objects.claim(fresh.pk)
    Document.objects.filter(pk=forgotten.pk).update(updated_at=timezone.now() - timedelta(minutes=1))
    rung.clear()
    tasks.sweep()
    assert rung == [stale.pk, forgotten.pk]


def test_a_poison_document_is_given_up_after_three_tries_and_others_go_on(add, read):
    poison = add("poison.txt", "poison")
    for _ in range(MOST_ATTEMPTS):
        assert Document.objects.claim(poison.pk)
        let_the_lease_end(poison)
    tasks.sweep()
    assert again(poison).status == "failed"
    assert again(poison).problem.startswith("Reading this file ended the reader 3 times")
    assert Document.objects.claim(poison.pk) is None
    assert read("good.txt", "good").status == "ready"
    assert again(poison).retry()
    assert Document.objects.claim(poison.pk)


@pytest.mark.parametrize("moment", ["before_batch", "before_index"])
def test_a_document_deleted_while_it_is_read_leaves_nothing_behind(add, vectors, moment):
    document = add("leave.md", LEAVE)
    path = storage.path_of(document.file_name)
    setattr(vectors, moment, lambda: Document.objects.filter(pk=document.pk).delete())
    tasks.ingest_document(str(document.pk))
    tasks.finish_removals()
    assert vectors.stored == {}
    assert not Chunk.objects.exists()
    assert not path.exists()
    assert keywords.search([document.library_id], "leave", 5) == []


def test_a_deleted_document_is_gone_everywhere(read, vectors, rung, django_capture_on_commit_callbacks):
    document, other = read("leave.md", LEAVE), read("other.txt", "Another text.")
    rung.clear()
    with django_capture_on_commit_callbacks(execute=True):
        document.delete()
    assert rung == ["removals"]
    tasks.finish_removals()
    assert {key[1] for key in vectors.stored} == {other.pk}
    assert not storage.path_of(document.file_name).exists()
    assert storage.path_of(other.file_name).exists()
    assert keywords.search([other.library_id], "leave", 5) == []


def test_a_deleted_person_takes_their_documents_along(read, vectors, alice):
    document = read("leave.md", LEAVE)
    alice.delete()
    tasks.finish_removals()
    assert vectors.stored == {}
    assert not storage.path_of(document.file_name).exists()


def test_a_removal_waits_for_an_index_that_is_down(read, vectors):
    document = read("leave.md", LEAVE)
    vectors.index_down = "down"
    document.delete()
    tasks.finish_removals()
    assert vectors.stored
    vectors.index_down = ""
    tasks.finish_removals()
    assert vectors.stored == {}


def test_a_removal_is_done_once_more_when_no_worker_can_still_be_writing(read, vectors):
    document = read("leave.md", LEAVE)
    place = (document.library_id, document.pk, 0)
    document.delete()
    tasks.finish_removals()
    vectors.stored[place] = [1.0]
    tasks.finish_removals()
    assert vectors.stored, "not at every sweep"
    Removal.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    assert removal.finish() == 1
    assert vectors.stored == {}
    assert not Removal.objects.exists()


def test_a_file_that_is_missing_on_disk_is_said(add):
    document = add("leave.txt", "leave")
    storage.remove(document.file_name)
    tasks.ingest_document(str(document.pk))
    assert again(document).problem == sentences.MISSING


def test_the_heartbeat_keeps_a_long_step_alive(add, monkeypatch):
    beats = []
    monkeypatch.setattr(ingest, "HEARTBEAT", 0.01)
    monkeypatch.setattr(Document, "still_mine", lambda self: beats.append(1))
    document = Document.objects.claim(add("leave.txt", "leave").pk)

    def slow(*_, **__):
        from tests.waiting import eventually

        eventually(lambda: len(beats) > 2)
        raise ParseError(sentences.TOO_SLOW, seconds=60)

    monkeypatch.setattr(isolation, "parse", slow)
    ingest.ingest(document)
    assert again(document).problem == "Reading this file took longer than 60 seconds. Split it into smaller files."
