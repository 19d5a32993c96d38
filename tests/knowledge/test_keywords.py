"""The keyword index of the database the tests run on: once of each kind (tests/on_postgres.py)."""

import pytest
from django.db import connection

from knowledge import fulltext, keywords
from knowledge.models import Document
from tests.knowledge.libraries import document_in, library_of


def found(text, *libraries, limit=10):
    """The texts of the chunks that are found, best first."""
    from knowledge.models import Chunk

    hits = keywords.search([library.pk for library in libraries], text, limit)
    texts = dict(Chunk.objects.filter(pk__in=[pk for pk, _score in hits]).values_list("pk", "text"))
    return [texts[pk] for pk, _score in hits]


@pytest.fixture
def handbook(alice):
    return library_of(alice)


def test_the_rarer_word_decides(handbook):
    document_in(handbook, "The printer is on the first floor.", "The printer is out of toner.", vectors=False)
    document_in(handbook, "The printer is loud.", "The printer is grey.", vectors=False)
    assert found("printer toner", handbook)[0] == "The printer is out of toner."


def test_words_are_found_in_another_form(handbook):
    document_in(handbook, "Unused days expire in March.", vectors=False)
    assert found("When does an unused day expire?", handbook) == ["Unused days expire in March."]


@pytest.mark.parametrize("question", ["年假", "假", "薪", "我有多少年假？"])
def test_chinese_is_found_by_one_two_and_more_characters(handbook, question):
    document_in(handbook, "员工每年享有带薪年假。", vectors=False)
    document_in(handbook, "厨房每周五打扫。", vectors=False)
    assert found(question, handbook)[0] == "员工每年享有带薪年假。"


def test_the_last_character_of_a_sentence_is_found(handbook):
    document_in(handbook, "请把收据交给会计", vectors=False)
    assert found("计", handbook) == ["请把收据交给会计"]


def test_a_document_is_found_by_its_name_and_heading(handbook):
    document_in(handbook, "Twenty-five days.", name="Vacation policy.pdf", heading="Entitlement", vectors=False)
    assert found("vacation", handbook) == found("entitlement", handbook) == ["Twenty-five days."]


def test_other_libraries_never_appear(handbook, bob):
    bobs = library_of(bob)
    document_in(bobs, "Bob keeps the spare key under the mat.", vectors=False)
    assert found("spare key", bobs) == ["Bob keeps the spare key under the mat."]
    assert found("spare key", handbook) == []
    assert keywords.search([], "spare key", 10) == []


def test_what_others_have_more_of_crowds_nothing_out(handbook, bob, monkeypatch):
    monkeypatch.setattr(fulltext, "MANY_LIBRARIES", 0)
    monkeypatch.setattr(fulltext, "AHEAD", 1)
    document_in(library_of(bob), "Key.", "Key key.", "A key.", "The key.", vectors=False)
    mine = "Ask the porter for the key of the cellar, which is kept in the office."
    waiting = document_in(handbook, "The key.", "Key!", "A key: the key.", vectors=False)
    Document.objects.filter(pk=waiting.pk).update(status=Document.Status.PROCESSING)
    document_in(handbook, mine, vectors=False)
    assert found("key", handbook, limit=2) == [mine]


def test_several_libraries_are_searched_at_once(handbook, alice):
    other = library_of(alice, "Other")
    document_in(handbook, "The red door.", vectors=False)
    document_in(other, "The blue door.", vectors=False)
    assert sorted(found("door", handbook, other)) == ["The blue door.", "The red door."]


def test_only_ready_documents_are_found(handbook):
    document = document_in(handbook, "Half of it is read.", vectors=False)
    Document.objects.filter(pk=document.pk).update(status=Document.Status.PROCESSING)
    assert found("half", handbook) == []


def test_a_deleted_document_leaves_no_words(handbook):
    document = document_in(handbook, "The password is swordfish.", vectors=False)
    chunks = list(document.chunks.all())
    assert keywords.count(handbook) == 1
    keywords.remove(document.pk)
    assert keywords.count(handbook) == 0
    assert found("swordfish", handbook) == []
    keywords.add(chunks)
    document.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM knowledge_words")
        assert cursor.fetchone() == (0,)


def test_adding_and_removing_twice_changes_nothing(handbook):
    first = document_in(handbook, "One lonely lighthouse.", vectors=False)
    document_in(handbook, "Another lighthouse.", vectors=False)
    keywords.add(first.chunks.all())
    keywords.add(first.chunks.all())
    assert sorted(found("lighthouse", handbook)) == ["Another lighthouse.", "One lonely lighthouse."]
    keywords.remove(first.pk)
    keywords.remove(first.pk)
    assert found("lighthouse", handbook) == ["Another lighthouse."]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO knowledge_words(knowledge_words) VALUES ('integrity-check')")


@pytest.mark.parametrize(
    "question",
    ['"', "' OR 1=1 --", "NEAR(a b)", "library : x", "a*", "(((", "word OR", "\x00", "…？！", "& | ! <->", ":*"],
)
def test_a_question_is_never_syntax(handbook, question):
    document_in(handbook, "Plain text.", vectors=False)
    assert found(question, handbook) == []


def test_a_question_of_a_thousand_words_is_answered(handbook):
    document_in(handbook, "word7 stands here", vectors=False)
    assert found(" ".join(f"word{number}" for number in range(1000)), handbook) == ["word7 stands here"]


def test_only_so_many_are_given(handbook):
    document_in(handbook, *(f"Note {number} about tea." for number in range(20)), vectors=False)
    assert len(found("tea", handbook, limit=5)) == 5
