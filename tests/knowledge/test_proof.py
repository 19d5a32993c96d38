"""Ready means found, every day: what the index lost is noticed, said, and filled again from the database."""

import math
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from knowledge import chroma, embedding, index, keywords, mending, proof, recorder, tasks
from knowledge.models import Chunk, Document, Library
from knowledge.retrieval import find_passages
from tests.knowledge.libraries import library_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chroma_server")]
WIDTH = embedding.PACKAGED_DIMENSIONS


def towards(angle):
    return [math.cos(angle), math.sin(angle)] + [0.0] * (WIDTH - 2)


def document_with(library, number, name="plan.txt", begin=0.0):
    """So many passages with words and vectors of their own."""
    document = Document.objects.create(
        library=library, name=name, sha256=uuid.uuid4().hex, status=Document.Status.READY, chunks_total=number
    )
    rows = [
        Chunk(document=document, ordinal=n, text=f"paragraph{n} of the plan", fingerprint=embedding.fingerprint(),
              vector=embedding.pack(towards(begin + n * 0.07)))
        for n in range(number)
    ]  # fmt: skip
    chunks = Chunk.objects.bulk_create(rows)
    keywords.add(chunks)
    index.replace_document(document, chunks)
    return document


def collection(library):
    return f"library-{library.pk.hex}-{embedding.fingerprint()}"


def is_lost(library):
    return Library.objects.get(pk=library.pk).lost_at is not None


@pytest.fixture(autouse=True)
def _nothing_noticed(monkeypatch):
    monkeypatch.setattr(mending, "_noticed", {})
    monkeypatch.setattr(mending, "_rung_at", -mending.AGAIN_AFTER)


@pytest.fixture
def rung(monkeypatch):
    bells = []
    monkeypatch.setattr(tasks, "ring_to_mend", lambda: bells.append("mend"))
    return bells


@pytest.fixture
def library(alice):
    return library_of(alice)


def test_a_document_that_is_found_has_the_time_of_its_proof(library):
    document = document_with(library, 5)
    proof.sweep()
    document.refresh_from_db()
    assert document.proved_at is not None
    assert "Checked again" not in recorder.record_of(document)[-1].text, "that was just now, when it was read"
    document.proved_at += timedelta(hours=20)
    assert "Checked again" in recorder.record_of(document)[-1].text


def test_each_is_proved_once_a_day_the_oldest_first(library, monkeypatch):
    first, second, third = (document_with(library, 2, f"{n}.txt") for n in range(3))
    now = timezone.now()
    for document, hours in ((first, 30), (second, 5), (third, 25)):
        Document.objects.filter(pk=document.pk).update(proved_at=now - timedelta(hours=hours))
    asked = []
    monkeypatch.setattr(proof, "_is_found", lambda document: asked.append(document.name) or True)
    proof.sweep()
    assert asked == ["0.txt", "2.txt"]


def test_the_vectors_of_one_document_are_put_back(library):
    document, other = document_with(library, 12), document_with(library, 12, "other.txt", begin=3.0)
    chroma.delete(collection(library), [chunk.vector_id for chunk in document.chunks.all()])
    assert proof._is_found(document)
    assert index.count(library) == 24
    assert proof._is_found(other)


def test_words_that_are_gone_are_put_back(library):
    document = document_with(library, 4)
    keywords.remove(document.pk)
    assert keywords.search([library.pk], "paragraph3", 5) == []
    proof.sweep()
    assert [pk for pk, _score in keywords.search([library.pk], "paragraph3", 5)][:1] == [document.chunks.last().pk]


@pytest.mark.parametrize("damage", ["dropped", "half"])
def test_a_damaged_library_is_noticed_said_and_filled_again(
    library, damage, rung, client, alice, django_capture_on_commit_callbacks
):
    document = document_with(library, 30)
    if damage == "dropped":
        chroma.drop(collection(library))
    else:
        chroma.delete(collection(library), [chunk.vector_id for chunk in document.chunks.all()[:15]])
    with django_capture_on_commit_callbacks(execute=True):
        proof.sweep()
    assert rung == ["mend"]
    assert is_lost(library)
    client.force_login(alice)
    page = client.get(reverse("library", args=[library.pk])).content.decode()
    assert "is being made anew" in page
    tasks.mend()
    assert index.count(library) == 30
    assert not is_lost(library)
    assert "is being made anew" not in client.get(reverse("library", args=[library.pk])).content.decode()


async def _ask(question, alice, library):
    return [passage.text for passage in await find_passages(question, alice, [library.pk])]


@pytest.mark.django_db(transaction=True)
async def test_a_question_answers_by_words_notices_the_loss_and_rings_a_worker(alice, embedder, rung, monkeypatch):
    from asgiref.sync import sync_to_async

    library = await sync_to_async(library_of)(alice)
    await sync_to_async(document_with)(library, 3)
    await sync_to_async(chroma.drop)(collection(library))
    assert await _ask("What about paragraph2?", alice, library) != []
    assert rung == ["mend"]
    assert await sync_to_async(is_lost)(library)
    await _ask("What about paragraph2?", alice, library)
    assert rung == ["mend"], "not with every question"


@pytest.mark.django_db(transaction=True)
async def test_a_question_with_everything_whole_writes_nothing(alice, embedder, rung):
    from asgiref.sync import sync_to_async

    library = await sync_to_async(library_of)(alice)
    await sync_to_async(document_with)(library, 3)
    await _ask("What about paragraph2?", alice, library)
    assert rung == []


def test_one_damaged_collection_does_not_silence_the_others(library, bob, monkeypatch):
    other = library_of(bob)
    document_with(library, 3)
    theirs = document_with(other, 3)
    whole = chroma.nearest

    def nearest(name, *given):
        if library.pk.hex in name:
            raise index.IndexUnavailable("damaged")
        return whole(name, *given)

    monkeypatch.setattr(chroma, "nearest", nearest)
    with pytest.raises(index.IndexIncomplete) as caught:
        index.search([library.pk, other.pk], towards(0.1), 2)
    assert caught.value.libraries == [library.pk]
    assert {hit.document_id for hit in caught.value.hits} == {theirs.pk}


def test_what_is_known_to_be_lost_is_rung_for_again(library, rung, monkeypatch, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        mending.ring_again()
    assert rung == []
    Library.objects.filter(pk=library.pk).update(lost_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        mending.ring_again()
        mending.ring_again()
    assert rung == ["mend"]


def test_filling_again_keeps_what_is_there_and_takes_out_what_is_too_much(library, monkeypatch):
    document = document_with(library, 30)
    chunks = list(document.chunks.all())
    chroma.delete(collection(library), [chunk.vector_id for chunk in chunks[10:]])
    stray = Chunk(document=document, ordinal=99, vector=chunks[0].vector)
    index._upsert(collection(library), [stray])
    dropped = []
    monkeypatch.setattr(chroma, "drop", dropped.append)
    assert index.rebuild(library) == 30
    assert dropped == []
    assert index.count(library) == 30
    assert index.is_whole(library)


def test_a_library_that_cannot_be_mended_does_not_keep_the_others(library, bob, monkeypatch):
    other = library_of(bob)
    document_with(library, 2)
    document_with(other, 2)
    for one in (library, other):
        chroma.drop(collection(one))
    rebuild = index.rebuild

    def failing(one):
        if one.pk == library.pk:
            raise index.IndexUnavailable("no")
        return rebuild(one)

    monkeypatch.setattr(index, "rebuild", failing)
    with pytest.raises(index.IndexUnavailable):
        mending.mend_all()
    assert index.count(other) == 2
    assert is_lost(library)
    assert not is_lost(other)


def test_an_administrator_reads_it_on_the_health_page(client, root, library):
    Library.objects.filter(pk=library.pk).update(lost_at=timezone.now())
    client.force_login(root)
    told = client.get("/admin/health/?format=json").json()["parts"]["index"]
    assert told["state"] == "warn"
    assert "1 library" in told["detail"]
