"""The bench: the same search as a chat's, with everything that was seen on the way."""

import pytest
from asgiref.sync import async_to_sync

from chat.retrieving import PersonsRetriever
from knowledge.explaining import bench
from knowledge.explaining.trace import Fate
from knowledge.models import Chunk, Document
from knowledge.radar import deciding
from knowledge.retrieval import Query
from tests.knowledge.libraries import document_in, library_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chroma_server", "embedder")]

LEAVE = "Employees receive 25 days of paid holiday a year. Unused days expire at the end of March."
EXPENSES = "Travel costs are refunded within two weeks when the receipts are sent to accounting."
KITCHEN = "The kitchen on the third floor is cleaned every Friday afternoon by the person on duty."
ROOMS = [f"Room {number} has a coffee machine and {number} chairs, and a view of the park." for number in range(70)]
HOLIDAYS = "How many days of paid holiday do I get?"


def fates(seen):
    return {one.text: one.fate for one in seen.candidates}


def test_what_the_bench_says_is_sent_is_what_a_chat_gets(alice):
    library = library_of(alice)
    document_in(library, LEAVE, EXPENSES, KITCHEN)
    document_in(library, *ROOMS)
    for question in (HOLIDAYS, "Which rooms have a coffee machine?", "谁打扫厨房？", "asdf qwer"):
        chat = async_to_sync(PersonsRetriever(alice).in_libraries)(question, [str(library.pk)])
        assert list(bench.search(question, alice, [library.pk]).sent) == chat


def test_each_passage_says_what_became_of_it(alice):
    library = library_of(alice)
    document_in(library, LEAVE, name="leave.txt")
    document_in(library, LEAVE, name="copy.txt")
    document_in(library, KITCHEN)
    document_in(library, *ROOMS)
    seen = bench.search(HOLIDAYS, alice, [library.pk])
    first, second, *others = seen.candidates
    assert (first.text, first.fate, first.number, first.meaning in {1, 2}) == (LEAVE, Fate.SENT, 1, True)
    assert (second.text, second.fate, second.number) == (LEAVE, Fate.DUPLICATE, 1)
    assert first.cosine > 0.8
    assert first.words in {1, 2}
    assert first.score > 0.5
    assert Fate.FLOOR in {one.fate for one in others}
    assert Fate.UNJUDGED in {one.fate for one in others}
    assert seen.asked[0].words[0][1] >= seen.asked[0].words[-1][1]
    assert {step.name for step in seen.steps} == {
        "all", "embedding", "meaning", "words", "judging", "reranking", "packing",
    }  # fmt: skip


def test_what_there_was_no_room_for_says_so(alice):
    library = library_of(alice)
    document_in(library, *ROOMS)
    seen = bench.search("Which rooms have a coffee machine?", alice, [library.pk])
    assert seen.counts["sent"] == 12
    assert seen.counts["no-room"] > 12
    assert [one.number for one in seen.candidates[:12]] == list(range(1, 13))


def test_a_neighbour_that_was_joined_names_the_passage_it_is_in(alice):
    library = library_of(alice)
    document_in(library, LEAVE, "Days of paid holiday that were not taken are not paid out.", gap=2)
    document_in(library, *ROOMS)
    seen = bench.search(HOLIDAYS, alice, [library.pk])
    joined = next(one for one in seen.candidates if one.text.startswith("Days of"))
    assert (joined.fate, joined.number) == (Fate.JOINED, 1)
    assert joined.text in seen.sent[0].text


def test_a_switched_off_passage_and_documents_that_are_read_or_superseded_are_named(alice):
    library = library_of(alice)
    off = document_in(library, LEAVE)
    reading = document_in(library, f"{LEAVE} Really.")
    old = document_in(library, f"{LEAVE} Indeed.")
    document_in(library, KITCHEN)
    deciding.supersede(old, None)
    Chunk.objects.filter(document=off).update(disabled=True)
    Document.objects.filter(pk=reading.pk).update(status=Document.Status.PROCESSING)
    seen = bench.search(HOLIDAYS, alice, [library.pk])
    assert {one.document_id: one.fate for one in seen.candidates}.items() >= {
        off.pk: Fate.OFF, reading.pk: Fate.NOT_READY, old.pk: Fate.SUPERSEDED,
    }.items()  # fmt: skip
    assert seen.sent == ()


def test_a_passage_without_a_vector_is_named(alice):
    library = library_of(alice)
    document_in(library, LEAVE, KITCHEN)
    bare = document_in(library, EXPENSES, vectors=False)
    seen = bench.search("When are travel costs refunded?", alice, [library.pk])
    found = next(one for one in seen.candidates if one.document_id == bare.pk)
    assert (found.no_vector, found.meaning, found.words) == (True, 0, 1)
    assert not any(one.no_vector for one in seen.candidates if one.document_id != bare.pk)


def test_another_wording_shows_its_own_words(alice):
    library = library_of(alice)
    document_in(library, LEAVE, KITCHEN)
    queries = [Query(text="谁打扫厨房？"), Query(text="Who cleans the kitchen?")]
    seen = bench.search("谁打扫厨房？", alice, [library.pk], queries=queries)
    assert [one.query for one in seen.asked] == ["谁打扫厨房？", "Who cleans the kitchen?"]
    assert dict(seen.asked[1].words).keys() == {"cleans", "kitchen"}
    assert seen.sent[0].text == KITCHEN


def test_bob_sees_nothing_of_alices_library_on_the_bench(alice, bob):
    alices, bobs = library_of(alice), library_of(bob)
    secret = document_in(alices, LEAVE)
    document_in(bobs, KITCHEN)
    from knowledge import embedding, index

    index._upsert(index._name(bobs.pk, embedding.fingerprint()), list(secret.chunks.all()))
    Document.objects.filter(pk=secret.pk).update(status=Document.Status.PROCESSING)
    seen = bench.search(HOLIDAYS, bob, [bobs.pk])
    assert secret.pk not in {one.document_id for one in seen.candidates}
