"""Another model or another way to cut, filled beside what serves, compared with it, swapped in and rolled back."""

import hashlib
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from knowledge import chroma, copies, embedding, keywords, mending, passage_edits, tasks
from knowledge.generations import changing, filling, proposing
from knowledge.generations.proposing import NotPossible
from knowledge.models import Chunk, Document, Generation, GoldenQuestion, Holding, RetrievalSettings
from knowledge.retrieval import find_passages
from tests.knowledge.libraries import document_in, library_of
from tests.servers.embeddings import embeddings, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chroma_server")]
TEXTS = [
    f"The {word} rule says that every {word} is counted twice." for word in ("ferry", "garden", "winter", "copper")
]


def words_as_vectors(body):
    """Texts that share words are near; each model puts its words elsewhere, in a space of its own width."""
    width = 24 if body["model"] == "new" else 16
    rows = []
    for number, text in enumerate(body["input"]):
        vector = [0.01] * width
        for word in text.lower().replace(".", "").split():
            vector[hashlib.sha256((body["model"] + word).encode()).digest()[0] % width] += 1.0
        rows.append(row(number, *vector))
    return 200, {"data": rows}


@pytest.fixture
def server():
    with embeddings(words_as_vectors) as script:
        yield script


@pytest.fixture(autouse=True)
def _served_by_the_old_model(server, db):
    RetrievalSettings(
        pk=1, embedding="openai", embedding_url=server.url, embedding_model="old", embedding_width=16
    ).save()


@pytest.fixture
def library(alice):
    return library_of(alice)


@pytest.fixture
def bells(monkeypatch):
    heard = []
    monkeypatch.setattr(tasks, "ring_for_generations", lambda: heard.append("generations"))
    return heard


def chosen(**changed):
    settings = RetrievalSettings.stored()
    for name, value in ({"embedding_model": "new", "embedding_width": 24} | changed).items():
        setattr(settings, name, value)
    return settings


@pytest.fixture
def begun(library, bells):
    """Four documents, and a second generation that was begun."""
    documents = [document_in(library, text, name=f"{text.split()[1]}.txt") for text in TEXTS]
    generation = proposing.propose(chosen())
    proposing.begin(generation)
    return generation, documents


def asked(library, question="What does the ferry rule say?"):
    from asgiref.sync import async_to_sync

    return async_to_sync(find_passages)(question, library.owner, [library.pk])


def served_chunks(passages):
    return {Chunk.everywhere.get(pk=passage.chunk_id).generation for passage in passages}


def collections(library):
    return {name.rpartition("-")[2] for name in chroma.names(f"library-{library.pk.hex}")}


def test_what_serves_is_not_touched_while_another_is_filled(begun, library, server):
    generation, _documents = begun
    generation.refresh_from_db()
    assert generation.state == "filling"
    before = [passage.text for passage in asked(library)]
    filling.fill(generation.number)
    generation.refresh_from_db()
    assert generation.state == "ready"
    after = asked(library)
    assert [passage.text for passage in after] == before
    assert served_chunks(after) == {1}
    assert Chunk.objects.count() == len(TEXTS)
    assert Chunk.everywhere.count() == 2 * len(TEXTS)
    assert len(collections(library)) == 2
    assert {body["model"] for body in server.requests if len(body["input"]) > 1 or body["model"] == "new"} >= {"new"}


def test_a_swap_and_a_way_back_are_one_row(begun, library):
    generation, _documents = begun
    filling.fill(generation.number)
    assert changing.swap(generation.number) == 0
    now = RetrievalSettings.current()
    assert (now.generation, now.embedding_model, now.embedding_width) == (2, "new", 24)
    passages = asked(library)
    assert "ferry" in passages[0].text
    assert served_chunks(passages) == {2}
    assert Generation.objects.get(pk=1).state == "kept"
    changing.swap(1)
    assert RetrievalSettings.current().embedding_model == "old"
    assert served_chunks(asked(library)) == {1}
    assert Generation.objects.get(pk=2).state == "kept"


def test_what_comes_is_changed_and_goes_meanwhile_is_so_in_both(begun, library):
    generation, (ferry, garden, *_rest) = begun
    filling.fill(generation.number)
    document_in(library, "The silver rule came late.", name="silver.txt")
    passage_edits.edit(ferry.chunks.get(), "The ferry rule was rewritten by hand.")
    passage_edits.switch(garden.chunks.get(), disabled=True)
    Document.objects.get(name="winter.txt").delete()
    filling.fill(generation.number)
    changing.swap(generation.number)
    assert [passage.text for passage in asked(library, "silver rule")][:1] == ["The silver rule came late."]
    assert "rewritten by hand" in asked(library)[0].text
    found = "".join(passage.text for passage in asked(library, "garden winter rule"))
    assert "garden" not in found
    assert "winter" not in found


def test_what_was_changed_after_the_swap_is_there_after_the_way_back(begun, library):
    generation, (ferry, *_rest) = begun
    filling.fill(generation.number)
    changing.swap(generation.number)
    passage_edits.edit(ferry.chunks.get(), "The ferry rule was rewritten later.")
    filling.fill(1)
    changing.swap(1)
    assert "rewritten later" in asked(library)[0].text


def test_a_worker_that_is_killed_leaves_what_is_paid_for(begun, library, server, monkeypatch):
    generation, _documents = begun
    answer, count = server.answer, iter(range(100))

    class Killed(BaseException):
        pass

    embed = embedding.embed_passages

    def dies(texts, source=None):
        if next(count) == 2:
            raise Killed
        return embed(texts, source)

    monkeypatch.setattr(embedding, "embed_passages", dies)
    monkeypatch.setattr(Generation, "leave", lambda self, **fields: None)  # a dead worker leaves nothing
    with pytest.raises(Killed):
        filling.fill(generation.number)
    monkeypatch.undo()
    server.answer = answer
    assert Holding.objects.filter(generation=generation, whole=True).count() == 2
    assert not filling.fill(generation.number), "its lease still runs"
    assert Generation.objects.get(pk=generation.pk).state == "filling"
    Generation.objects.filter(pk=generation.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    seen = len([text for body in server.requests for text in body["input"] if body["model"] == "new"])
    filling.fill(generation.number)
    again = [text for body in server.requests for text in body["input"] if body["model"] == "new"][seen:]
    assert sum("rule says that every" in text for text in again if "\n" in text) == 2, "none is embedded twice"
    assert Generation.objects.get(pk=generation.pk).state == "ready"
    assert Chunk.everywhere.filter(generation=2).count() == len(TEXTS)


def test_new_documents_come_first(begun, library):
    generation, _documents = begun
    Document.objects.create(library=library, name="waits.txt", sha256="8" * 64)
    assert filling.fill(generation.number) is False
    assert not Holding.objects.filter(whole=True).exists()
    Document.objects.filter(name="waits.txt").delete()
    filling.fill(generation.number)
    assert Generation.objects.get(pk=generation.pk).state == "ready"


def test_a_model_that_is_down_lets_it_wait_with_a_reason(begun, library, server):
    generation, _documents = begun
    server.answer = lambda body: (503, {"error": {"message": "loading"}})
    filling.fill(generation.number)
    assert "loading" in Generation.objects.get(pk=generation.pk).problem
    server.answer = words_as_vectors
    filling.fill(generation.number)
    assert Generation.objects.get(pk=generation.pk).problem == ""


def test_saved_questions_are_asked_of_both_and_named(begun, library):
    generation, (ferry, *_rest) = begun
    question = GoldenQuestion.objects.create(
        library=library,
        text="What does the ferry rule say?",
        expected=[{"document": str(ferry.pk), "name": ferry.name, "quote": TEXTS[0]}],
    )
    filling.fill(generation.number)
    [change] = Generation.objects.get(pk=generation.pk).comparison["changes"]
    assert change == {"kind": "same", "library": library.name, "text": question.text, "before": 1, "after": 1}
    Chunk.everywhere.filter(generation=2, text=TEXTS[0]).update(disabled=True)
    changing.ask_again(generation.number)
    filling.fill(generation.number)
    [change] = Generation.objects.get(pk=generation.pk).comparison["changes"]
    assert (change["kind"], change["before"], change["after"]) == ("worse", 1, 0)


def test_without_saved_questions_sentences_are_looked_for(begun):
    generation, _documents = begun
    filling.fill(generation.number)
    comparison = Generation.objects.get(pk=generation.pk).comparison
    assert comparison["made_up"]
    assert len(comparison["changes"]) == len(TEXTS)


def test_dropping_frees_rows_words_and_collections(begun, library):
    generation, (ferry, *_rest) = begun
    filling.fill(generation.number)
    gone = list(Chunk.everywhere.filter(generation=2).values_list("pk", flat=True))
    changing.drop(generation.number)
    tasks.work_on_generations()
    assert Chunk.everywhere.count() == Chunk.objects.count() == len(TEXTS)
    assert keywords.missing(gone) == set(gone)
    assert collections(library) == {embedding.fingerprint()}
    assert not Holding.objects.filter(generation=2).exists()
    assert Generation.objects.get(pk=2).cleared_at
    assert asked(library)[0].document_id == str(ferry.pk)


def test_a_lost_index_is_filled_again_for_what_serves_and_for_what_is_kept(begun, library):
    generation, _documents = begun
    filling.fill(generation.number)
    changing.swap(generation.number)
    for name in chroma.names(f"library-{library.pk.hex}"):
        chroma.drop(name)
    assert mending.mend_all() == {library.pk: len(TEXTS)}
    assert collections(library) == Generation.fingerprints()
    changing.swap(1)
    assert not mending.needs_mending(library)


def test_what_serves_cannot_be_dropped_and_what_is_not_ready_not_swapped(begun):
    generation, _documents = begun
    with pytest.raises(NotPossible):
        changing.swap(generation.number)
    with pytest.raises(NotPossible):
        changing.drop(1)
    with pytest.raises(NotPossible, match="Another generation"):
        proposing.propose(chosen(embedding_model="third"))


def test_a_swap_takes_along_what_was_being_read(begun, library):
    generation, _documents = begun
    filling.fill(generation.number)
    late = document_in(library, "The silver rule came late.", name="silver.txt")
    read = Document.objects.create(library=library, name="read.txt", sha256="7" * 64, status="processing", attempts=1)
    assert changing.swap(generation.number) == 1
    for document in (late, read):
        document.refresh_from_db()
        assert document.status == "queued"


def test_other_sizes_cut_the_file_again(library, read_for_real, bells):
    text = "\n\n".join(f"Paragraph {n} of the long document about {word}. " * 4 for n, word in enumerate("abcdefgh"))
    document = read_for_real("long.txt", text)
    served = [chunk.text for chunk in document.chunks.all()]
    generation = proposing.propose(chosen(embedding_model="old", embedding_width=16, chunk_size=200, chunk_overlap=20))
    proposing.begin(generation)
    filling.fill(generation.number)
    smaller = list(Chunk.everywhere.filter(generation=2).order_by("ordinal").values_list("text", flat=True))
    assert len(smaller) > len(served)
    assert max(map(len, smaller)) < 400
    changing.swap(generation.number)
    document.refresh_from_db()
    assert document.chunks_total == document.chunks.count() == len(smaller)
    assert asked(library, "Paragraph 3 about d")[0].document_id == str(document.pk)


@pytest.fixture
def read_for_real(library):
    from io import BytesIO

    from knowledge import documents

    def read(name, text):
        document, _new = documents.add_file(library, name, BytesIO(text.encode()))
        tasks.ingest_document(str(document.pk))
        return Document.objects.get(pk=document.pk)

    return read


def test_what_is_read_after_a_swap_is_cut_and_embedded_for_what_serves(begun, library, read_for_real):
    generation, _documents = begun
    filling.fill(generation.number)
    changing.swap(generation.number)
    document = read_for_real("new.txt", "The amber rule is new.")
    assert document.status == "ready"
    assert {chunk.generation for chunk in Chunk.everywhere.filter(document=document)} == {2}
    assert asked(library, "amber rule")[0].document_id == str(document.pk)
    assert copies.made_with(document)


def test_a_question_costs_no_query_more(begun, library):
    asked(library)
    with CaptureQueriesContext(connection) as queries:
        asked(library)
    assert len(queries) > 3
    assert not [query for query in queries if "retrievalsettings" in query["sql"] or '_generation"' in query["sql"]]


def test_the_page_proposes_fills_and_swaps(client, root, library, server, bells):
    for text in TEXTS:
        document_in(library, text)
    client.force_login(root)
    post = {"embedding": "openai", "embedding_url": server.url, "embedding_model": "new"}

    def page(response):
        return " ".join(response.content.decode().split())

    def act(what):
        return page(client.post(reverse("panel_retrieval_generation", args=[2, what]), follow=True))

    shown = page(client.post(reverse("panel_retrieval_embedding"), post, follow=True))
    assert "What serves is not touched" in shown
    assert "Begin filling" in shown
    assert RetrievalSettings.stored().embedding_model == "old"
    assert "Begun." in act("begin")
    assert bells == ["generations"]
    assert "0 of 4 documents" in page(client.get(reverse("panel_retrieval_generations")))
    filling.fill(2)
    assert "same: 4" in page(client.get(reverse("panel_retrieval_generations")))
    assert "It serves now." in act("swap")
    assert RetrievalSettings.stored().embedding_model == "new"
    shown = page(client.get(reverse("panel_retrieval")))
    assert "Roll back to this" in shown
    act_back = page(client.post(reverse("panel_retrieval_generation", args=[1, "swap"]), follow=True))
    assert "It serves now." in act_back
    assert RetrievalSettings.stored().embedding_model == "old"


def test_other_passages_on_the_page(client, root, library, bells):
    document_in(library, TEXTS[0])
    client.force_login(root)
    address = reverse("panel_retrieval_chunking")
    assert b"At most half" in client.post(address, {"chunk_size": 300, "chunk_overlap": 200}).content
    shown = client.post(address, {"chunk_size": 800, "chunk_overlap": 100}, follow=True).content
    assert b"passages of 800 characters" in shown
    assert b"Discarded." in client.post(reverse("panel_retrieval_generation", args=[2, "drop"]), follow=True).content
    assert not Generation.objects.exists()
