"""Room for files: what somebody stores counts against their limit, in libraries and with questions."""

from io import BytesIO

import pytest

from knowledge import documents
from knowledge.documents import UploadRefused
from knowledge.models import Document, Library
from providers import budgets
from providers.models import Limit

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(alice):
    return Library.objects.create(owner=alice, name="Rules")


def add(library, text):
    return documents.add_file(library, "plan.txt", BytesIO(text.encode()))


def test_without_a_limit_nothing_is_added_up(alice, library):
    assert budgets.storage_left(alice) is None
    assert budgets.standing(alice)["storage"] is None
    assert add(library, "x" * 5000)[1]


def test_a_file_that_does_not_fit_is_refused_with_what_is_left(alice, library):
    Limit.objects.create(for_everyone=True, storage=3000)
    add(library, "x" * 2000)
    assert budgets.standing(alice)["storage"] == {"limit": 3000, "used": 2000}
    with pytest.raises(UploadRefused) as refusal:
        add(library, "y" * 1500)
    assert refusal.value.status == 413
    assert "1000" in str(refusal.value)
    assert Document.objects.count() == 1
    assert add(library, "y" * 1000)[1]
    assert budgets.storage_left(alice) == 0


def test_no_more_documents_of_one_person_wait_than_are_allowed(library, bob, monkeypatch):
    monkeypatch.setattr("knowledge.room.MOST_WAITING", 2)
    add(library, "first")
    add(library, "second")
    with pytest.raises(UploadRefused, match="wait to be read") as refusal:
        add(library, "third")
    assert refusal.value.status == 429
    assert Document.objects.count() == 2
    assert add(type(library).objects.create(owner=bob, name="Bob's"), "third")[1]
    Document.objects.filter(library=library).update(status="ready")
    assert add(library, "third")[1]


def test_of_two_files_at_once_the_one_that_does_not_fit_any_more_is_given_up(library, monkeypatch):
    Limit.objects.create(for_everyone=True, storage=3000)
    real = documents._row_for

    def meanwhile(given, stored, fields):
        monkeypatch.setattr(documents, "_row_for", real)
        add(library, "the other one" * 100)
        return real(given, stored, fields)

    monkeypatch.setattr(documents, "_row_for", meanwhile)
    with pytest.raises(UploadRefused):
        add(library, "x" * 2000)
    assert [document.size for document in Document.objects.all()] == [1300]


def test_files_of_questions_count_too(alice):
    from chat.attachments import taking

    Limit.objects.create(user=alice, storage=3000)
    taking.take_in(alice, "notes.txt", BytesIO(b"x" * 2000))
    assert budgets.storage_left(alice) == 1000
    with pytest.raises(UploadRefused):
        taking.take_in(alice, "more.txt", BytesIO(b"y" * 2000))


def test_of_two_files_of_questions_at_once_the_one_too_many_is_given_up(alice, monkeypatch):
    from chat.attachments import taking
    from chat.models import Attachment

    Limit.objects.create(for_everyone=True, storage=3000)
    real = taking.row_for

    def meanwhile(*stored, **fields):
        monkeypatch.setattr(taking, "row_for", real)
        taking.take_in(alice, "other.txt", BytesIO(b"y" * 2000))
        return real(*stored, **fields)

    monkeypatch.setattr(taking, "row_for", meanwhile)
    with pytest.raises(UploadRefused) as refusal:
        taking.take_in(alice, "notes.txt", BytesIO(b"x" * 2000))
    assert refusal.value.status == 413
    assert [file.name for file in Attachment.objects.all()] == ["other.txt"]
