"""When test questions are asked again, and what a run writes down."""

from datetime import timedelta

import pytest

from knowledge import passage_edits
from knowledge.golden import keeping, watching
from knowledge.models import Document, GoldenRun, GoldenWatch, Library, RetrievalSettings
from knowledge.passages import Passage
from tests.knowledge.libraries import document_in, library_of
from tests.knowledge.test_library_pages import text_of

pytestmark = pytest.mark.django_db

LEAVE = "Employees receive 25 days of paid holiday a year. Unused days expire at the end of March."
KITCHEN = "The kitchen on the third floor is cleaned every Friday afternoon by the person on duty."


@pytest.fixture(autouse=True)
def rung_for(monkeypatch):
    """No pauses, no quiet time, and a list of the libraries that a worker was rung for."""
    rung = []
    monkeypatch.setattr(watching, "_ring", rung.append)
    monkeypatch.setattr(watching, "QUIET", timedelta(0))
    monkeypatch.setattr(watching.time, "sleep", lambda _seconds: None)
    return rung


@pytest.fixture
def sent(monkeypatch):
    """What every search gives; change it to let the search get worse."""
    given = [Passage(text=LEAVE, title="leave", score=1.0, document_id="x", document_name="leave.txt")]

    def search(_library, _question):
        if isinstance(given[0], Exception):
            raise given[0]
        return given

    monkeypatch.setattr(watching, "_sent", search)
    return given


@pytest.fixture
def handbook(alice):
    library = library_of(alice)
    document = document_in(library, LEAVE, name="leave.txt", vectors=False)
    keeping.keep(library, alice, "How many days?", [keeping.expected_of(document, LEAVE)])
    return library


def test_the_questions_are_asked_once_after_each_change(alice, handbook, sent):
    assert watching.due() == [handbook.pk]
    first = watching.run_due(handbook.pk)
    assert (first.cause, first.questions, first.recall_1, first.mrr) == ("first", 1, 1.0, 1.0)
    assert watching.due() == []
    document_in(handbook, KITCHEN, vectors=False)
    assert watching.due() == [handbook.pk]
    assert watching.run_due(handbook.pk).cause == "documents"
    passage_edits.switch(Document.objects.get(name="leave.txt").chunks.get(), disabled=True)
    assert watching.due() == [handbook.pk]
    assert watching.run_due(handbook.pk).cause == "passages"
    RetrievalSettings(pk=1, rewriting=False).save()
    assert watching.due() == [handbook.pk]
    assert watching.run_due(handbook.pk).cause == "settings"
    keeping.keep(handbook, alice, "And how many in March?", [keeping.expected_of(Document.objects.first())])
    assert watching.due() == [handbook.pk]
    assert watching.run_due(handbook.pk).cause == "questions"
    assert watching.due() == []


def test_nothing_is_asked_while_documents_are_read_or_right_after_a_change(handbook, sent, monkeypatch):
    Document.objects.update(status=Document.Status.PROCESSING)
    assert watching.due() == []
    Document.objects.update(status=Document.Status.READY)
    monkeypatch.setattr(watching, "QUIET", timedelta(hours=1))
    assert watching.due() == []
    watching.want(handbook)
    assert watching.due() == [handbook.pk]


def test_a_library_without_questions_is_never_looked_at(alice, django_assert_num_queries):
    document_in(library_of(alice), LEAVE, vectors=False)
    with django_assert_num_queries(1):
        assert watching.due() == []


def test_a_fall_is_named_on_the_page(client, alice, handbook, sent, monkeypatch):
    from webui import assets

    monkeypatch.setattr(assets, "entry", lambda name: assets.Entry(script=f"{name}.js", imports=(), css=None))
    watching.due()
    watching.run_due(handbook.pk)
    sent[:] = [Passage(text=KITCHEN, title="kitchen", score=1.0, document_id="y", document_name="kitchen.txt")]
    watching.want(handbook)
    assert watching.run_due(handbook.pk).recall_sent == 0.0
    client.force_login(alice)
    page = client.get(f"/knowledge/{handbook.pk}/questions/")
    assert "1 question got worse How many days? place 1 → not sent" in text_of(page)
    assert "<polyline" in page.content.decode()


def test_when_the_search_cannot_be_trusted_the_run_waits_and_says_why(client, alice, handbook, sent, monkeypatch):
    sent[:] = [watching.NotNow("The embedding model cannot be reached.")]
    watching.due()
    assert watching.run_due(handbook.pk) is None
    assert watching.due() == []
    watch = GoldenWatch.objects.get()
    assert (watch.problem, watch.is_running) == ("The embedding model cannot be reached.", False)
    assert not GoldenRun.objects.exists()


def test_people_come_first(handbook, sent, monkeypatch):
    asked = []
    monkeypatch.setattr(watching, "_needs_this_machine", lambda: True)
    monkeypatch.setattr(watching, "_busy", [lambda: not asked.append(1)])
    watching.due()
    assert watching.run_due(handbook.pk) is None
    assert len(asked) > watching.PATIENCE
    assert GoldenWatch.objects.get().problem == watching.BUSY
    monkeypatch.setattr(watching, "_busy", [lambda: False])
    assert watching.run_due(handbook.pk).recall_1 == 1.0


def test_only_one_worker_runs_them(handbook, sent):
    watching.due()
    held = GoldenWatch.take(handbook.pk)
    assert watching.run_due(handbook.pk) is None
    held.leave()
    assert watching.run_due(handbook.pk) is not None


@pytest.mark.usefixtures("chroma_server", "embedder")
def test_a_passage_that_is_switched_off_is_missed_by_the_real_search(alice):
    library = library_of(alice)
    document = document_in(library, LEAVE, name="leave.txt")
    document_in(library, KITCHEN)
    keeping.keep(library, alice, "How many days of paid holiday are there?", [keeping.expected_of(document, LEAVE)])
    watching.due()
    assert watching.run_due(library.pk).recall_1 == 1.0
    passage_edits.switch(document.chunks.get(), disabled=True)
    assert watching.due() == [library.pk]
    assert watching.run_due(library.pk).recall_sent == 0.0


class TestPages:
    @pytest.fixture(autouse=True)
    def _built_assets(self, monkeypatch):
        from webui import assets

        monkeypatch.setattr(assets, "entry", lambda name: assets.Entry(script=f"{name}.js", imports=(), css=None))

    @pytest.fixture
    def as_alice(self, client, alice):
        client.force_login(alice)
        return client

    def test_alice_marks_what_is_right_on_the_bench(self, as_alice, alice):
        library = library_of(alice)
        chunk = document_in(library, LEAVE, name="leave.txt", vectors=False).chunks.get()
        kept = as_alice.post(
            f"/knowledge/{library.pk}/questions/kept/?q=days", {"q": "paid holiday?", "chunk": chunk.pk}
        )
        assert kept["Location"] == f"/knowledge/{library.pk}/search/?q=days"
        row = library.golden_questions.get()
        assert (row.text, row.expected[0]["quote"], row.made_by) == ("paid holiday?", LEAVE, alice)

    def test_bob_who_may_read_sees_them_and_changes_nothing(self, client, bob, handbook, rung_for):
        Library.objects.update(for_everyone="read")
        client.force_login(bob)
        row = handbook.golden_questions.get()
        assert "How many days?" in text_of(client.get(f"/knowledge/{handbook.pk}/questions/"))
        chunk = handbook.documents.get().chunks.get()
        base = f"/knowledge/{handbook.pk}/questions/"
        for path, body in (("", {"do": "run"}), ("kept/", {"q": "x", "chunk": chunk.pk}), (f"{row.pk}/", {})):
            assert client.post(base + path, body).status_code == 404
        assert handbook.golden_questions.count() == 1
        assert rung_for == []

    def test_csv_goes_out_and_comes_in_without_doubling(self, as_alice, alice, handbook):
        body = b"".join(as_alice.get(f"/knowledge/{handbook.pk}/questions/csv/").streaming_content)
        assert body.decode("utf-8-sig").splitlines() == ["question,document,quote", f"How many days?,leave.txt,{LEAVE}"]
        into = library_of(alice, "Other")
        from django.core.files.uploadedfile import SimpleUploadedFile

        more = body + "年假有几天？;leave.txt;\r\n=1+1,leave.txt,\r\n".replace(";", ",").encode()
        for _time in range(2):
            answer = as_alice.post(
                f"/knowledge/{into.pk}/questions/", {"file": SimpleUploadedFile("q.csv", more)}, follow=True
            )
            assert "3 test questions were taken in." in text_of(answer)
        assert [row.text for row in into.golden_questions.all()] == ["How many days?", "年假有几天？", "=1+1"]
        again = b"".join(as_alice.get(f"/knowledge/{into.pk}/questions/csv/").streaming_content)
        assert b"'=1+1" in again

    def test_a_file_that_is_no_table_of_questions_says_so(self, as_alice, handbook):
        from django.core.files.uploadedfile import SimpleUploadedFile

        answer = as_alice.post(
            f"/knowledge/{handbook.pk}/questions/", {"file": SimpleUploadedFile("q.csv", b"a,b\n1,2\n")}, follow=True
        )
        assert "There is no question in this file." in text_of(answer)

    def test_alice_removes_a_question_and_asks_for_a_run(self, as_alice, handbook, rung_for):
        as_alice.post(f"/knowledge/{handbook.pk}/questions/", {"do": "run"})
        assert rung_for == [handbook.pk]
        row = handbook.golden_questions.get()
        as_alice.post(f"/knowledge/{handbook.pk}/questions/{row.pk}/")
        assert not handbook.golden_questions.exists()
