"""Questions to libraries through the real embedder, the real Chroma and the real keyword index."""

import threading

import pytest
from asgiref.sync import async_to_sync
from django.db import DatabaseError

from knowledge import chroma, embedding, index, retrieval
from knowledge.models import Document
from knowledge.passages import RetrievalError
from knowledge.retrieval import find_passages
from tests.knowledge.libraries import document_in, library_of
from tests.servers.processes import free_port

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
    assert (first.start, first.end) == (0, len(LEAVE))
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


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How long is the warranty?", "The warranty covers defects for two years from the date of purchase."),
        ("How do I book a meeting room?", "Meeting rooms are booked in the calendar at least one day ahead."),
        ("opening hours", "The reception is open from Monday to Friday between eight and half past five."),
        ("产假多长？", "父母在孩子出生后可休最长十二个月的育儿假。"),
        ("VPN设置", "从软件中心安装VPN客户端，并用工牌号登录。"),
        ("谁打扫厨房？", KITCHEN),
        ("When are travel costs refunded?", ZH_EXPENSES),
    ],
)
def test_a_short_question_finds_its_answer(alice, question, text):
    library = library_of(alice)
    document_in(library, LEAVE, ZH_LEAVE, text)
    assert text in [passage.text for passage in ask(question, alice, library)]


def test_two_chinese_characters_are_a_question(alice):
    library = library_of(alice)
    for text in (ZH_EXPENSES, ZH_LEAVE, ZH_KITCHEN):
        document_in(library, text)
    assert ask("报销", alice, library)[0].text == ZH_EXPENSES


def test_words_that_stand_in_no_text_find_nothing(alice):
    library = library_of(alice)
    document_in(library, LEAVE, EXPENSES, KITCHEN)
    for question in ("asdf qwer zxcv", "blorp fnarg wibble", "锟斤拷烫烫烫", "??? !!!", " "):
        assert ask(question, alice, library) == []


def test_a_question_about_something_else_finds_nothing(alice):
    library = library_of(alice)
    document_in(library, LEAVE, EXPENSES, KITCHEN)
    for question in ("Translate good morning into Italian", "Tell me a joke about chickens", "你好，今天天气怎么样？"):
        assert ask(question, alice, library) == []


def test_a_number_that_only_the_words_know_is_found(alice):
    library = library_of(alice)
    document_in(library, LEAVE, EXPENSES, "The part for the pump is XJ-4711-B, in the second drawer.")
    assert "XJ-4711-B" in ask("XJ-4711-B", alice, library)[0].text


def test_a_small_document_comes_whole_where_there_is_room(alice):
    library = library_of(alice)
    document = document_in(library, LEAVE, KITCHEN, gap=2)
    document_in(library, *(f"Room {number} has a coffee machine." for number in range(30)))
    (passage,) = ask("How many days of paid holiday are there?", alice, library)
    assert (passage.document_id, passage.text) == (str(document.pk), f"{LEAVE}\n\n{KITCHEN}")
    assert (passage.start, passage.end) == (0, len(LEAVE) + 2 + len(KITCHEN))


def test_an_empty_library_gives_nothing(alice):
    assert ask("How many days of vacation do I get?", alice, library_of(alice)) == []
    assert ask("How many days of vacation do I get?", alice) == []


def test_bob_gets_nothing_of_alices_library(alice, bob):
    alices, bobs = library_of(alice), library_of(bob)
    document_in(alices, LEAVE)
    document_in(bobs, KITCHEN)
    assert ask("How many days of paid holiday are there?", bob, bobs) == []
    for foreign in (alices.pk, "not-an-id", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(RetrievalError, match="does not exist"):
            async_to_sync(find_passages)("paid holiday", bob, [bobs.pk, foreign])


def test_a_foreign_chunk_in_the_index_is_dropped(alice, bob):
    """Whatever Chroma says, the database decides: here alice's vectors lie in bob's collection."""
    alices, bobs = library_of(alice), library_of(bob)
    secret = document_in(alices, LEAVE)
    document_in(bobs, KITCHEN)
    index._upsert(index._name(bobs.pk, embedding.fingerprint()), list(secret.chunks.all()))
    assert index.count(bobs) == 2
    assert [passage.text for passage in ask("Who has paid holiday and who cleans the kitchen?", bob, bobs)] == [KITCHEN]


def test_a_document_whose_vectors_are_left_over_is_not_found(alice):
    library = library_of(alice)
    gone = document_in(library, LEAVE)
    document_in(library, KITCHEN)
    gone.delete()
    assert index.count(library) == 2
    assert LEAVE not in [passage.text for passage in ask("days of paid holiday, kitchen", alice, library)]


def test_a_document_that_is_being_read_again_is_not_found(alice):
    library = library_of(alice)
    document = document_in(library, LEAVE)
    document_in(library, KITCHEN)
    Document.objects.filter(pk=document.pk).update(status=Document.Status.PROCESSING)
    assert LEAVE not in [passage.text for passage in ask("days of paid holiday, kitchen", alice, library)]


def test_several_libraries_answer_together(alice):
    first, second = library_of(alice, "One"), library_of(alice, "Two")
    document_in(first, LEAVE)
    document_in(second, KITCHEN)
    found = {
        passage.library_id
        for passage in ask("On which day is the kitchen cleaned, and paid leave?", alice, first, second)
    }
    assert found == {str(first.pk), str(second.pk)}


def test_no_more_than_asked_for(alice):
    library = library_of(alice)
    document_in(library, *(f"Room {number} has a coffee machine and {number} chairs." for number in range(30)))
    assert len(ask("Which rooms have a coffee machine?", alice, library)) == 12
    assert len(ask("Which rooms have a coffee machine?", alice, library, limit=3)) == 3
    few = ask("Which rooms have a coffee machine?", alice, library, characters=100)
    assert 0 < sum(len(passage.text) for passage in few) <= 100


def test_without_the_index_the_words_answer(alice, nowhere, caplog):
    library = library_of(alice)
    for text in (EXPENSES, LEAVE, KITCHEN):
        document_in(library, text)
    nowhere("chroma_url")
    assert ask("Who cleans the kitchen?", alice, library)[0].text == KITCHEN
    assert "words alone" in caplog.text


def test_without_the_embedder_the_words_answer_in_chinese_too(alice, nowhere):
    library = library_of(alice)
    for text in (ZH_EXPENSES, ZH_LEAVE, ZH_KITCHEN):
        document_in(library, text)
    nowhere("embedder_url")
    assert [passage.text for passage in ask("厨房由谁打扫？", alice, library)] == [ZH_KITCHEN]
    assert ask("锟斤拷烫烫烫", alice, library) == []


def test_without_both_legs_it_is_said(alice, nowhere, monkeypatch):
    library = library_of(alice)
    document_in(library, LEAVE)
    nowhere("embedder_url")

    def broken(*_args):
        raise DatabaseError

    monkeypatch.setattr("knowledge.keywords.search", broken)
    with pytest.raises(RetrievalError, match="cannot be searched now"):
        ask("paid holiday", alice, library)


def test_a_lost_index_answers_by_words_and_the_same_as_before_once_it_is_filled_again(alice):
    library = library_of(alice)
    document_in(library, LEAVE, EXPENSES, KITCHEN)
    before = ask("How many days of vacation do I get?", alice, library)
    index.remove_library(library)
    assert ask("How many days of paid holiday?", alice, library)[0].text == LEAVE
    index.rebuild(library)
    assert ask("How many days of vacation do I get?", alice, library) == before


def test_a_slow_index_does_not_hold_the_answer(monkeypatch, alice):
    library = library_of(alice)
    document_in(library, LEAVE)
    release = threading.Event()
    monkeypatch.setattr(index, "search", lambda *_args: release.wait(20) and [])
    monkeypatch.setattr(retrieval, "VECTOR_SECONDS", 0.5)
    assert ask("days of paid holiday", alice, library)[0].text == LEAVE
    release.set()


@pytest.fixture
def nowhere(monkeypatch):
    """Lets a server's address lead to a port where nothing listens."""

    def set_to_nothing(setting):
        for module in (chroma, embedding):
            changed = module.conf.model_copy(update={setting: f"http://127.0.0.1:{free_port()}"})
            monkeypatch.setattr(module, "conf", changed)
        monkeypatch.setattr(chroma, "_handles", {})

    return set_to_nothing
