"""Questions to libraries through the real embedder, the real Chroma and the real keyword index."""

import pytest
from asgiref.sync import async_to_sync

from knowledge.passages import RetrievalError
from knowledge.retrieval import find_passages
from tests.knowledge.libraries import document_in, library_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chroma_server", "embedder")]

LEAVE = "Employees receive 25 days of paid holiday a year. Unused days expire at the end of March."
EXPENSES = "Travel costs are refunded within two weeks when the receipts are sent to accounting."
KITCHEN = "The kitchen on the third floor is cleaned every Friday afternoon by the person on duty."
ZH_LEAVE = "员工每年享有二十五天带薪年假。未使用的假期于三月底失效。"
ZH_EXPENSES = "出差费用在提交收据给财务部门后两周内报销。"
ZH_KITCHEN = "三楼的厨房每周五下午由值班人员打扫。"


def ask(question, user, *libraries, **options):
    return async_to_sync(find_passages)(question, user, [library.pk for library in libraries], **options)


def test_alice_finds_the_passage_that_answers(alice):
    library = library_of(alice)
    document_in(library, EXPENSES)
    leave = document_in(library, LEAVE, name="leave.txt", heading="Holidays")
    document_in(library, KITCHEN)
    first = ask("How many days of vacation do I get?", alice, library)[0]
    assert (first.text, first.document_id, first.heading) == (LEAVE, str(leave.pk), "Holidays")
    assert first.document_name == "leave.txt"
    assert 0 < first.score <= 1


def test_a_chinese_question_finds_the_english_text(alice):
    library = library_of(alice)
    for text in (EXPENSES, LEAVE, KITCHEN):
        document_in(library, text)
    assert ask("我每年有多少天假期？", alice, library)[0].text == LEAVE


def test_an_english_question_finds_the_chinese_text(alice):
    library = library_of(alice)
    for text in (ZH_EXPENSES, ZH_LEAVE, ZH_KITCHEN):
        document_in(library, text)
    assert ask("Who cleans the kitchen?", alice, library)[0].text == ZH_KITCHEN


def test_two_chinese_characters_are_a_question(alice):
    library = library_of(alice)
    for text in (ZH_EXPENSES, ZH_LEAVE, ZH_KITCHEN):
        document_in(library, text)
    assert ask("报销", alice, library)[0].text == ZH_EXPENSES


def test_bob_gets_nothing_of_alices_library(alice, bob):
    alices, bobs = library_of(alice), library_of(bob)
    document_in(alices, LEAVE)
    document_in(bobs, KITCHEN)
    assert [passage.text for passage in ask("paid holiday", bob, bobs)] in ([], [KITCHEN])
    with pytest.raises(RetrievalError, match="does not exist"):
        ask("paid holiday", bob, bobs, alices)
