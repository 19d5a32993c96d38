"""Vectors in a real Chroma: replaced, removed, lost and filled again."""

import math
import shutil
import uuid

import pytest
from django.core.management import CommandError, call_command

from knowledge import chroma, embedding, index, mending
from knowledge.index import IndexIncomplete, IndexUnavailable
from knowledge.models import Chunk, Document
from tests.knowledge.libraries import library_of
from tests.servers.chroma import chroma_at
from tests.servers.embeddings import embeddings, row
from tests.servers.processes import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chroma_server")]
WIDTH = embedding.PACKAGED_DIMENSIONS


def towards(angle):
    """A unit vector; angles near each other are near."""
    return [math.cos(angle), math.sin(angle)] + [0.0] * (WIDTH - 2)


def indexed(library, *angles):
    document = Document.objects.create(
        library=library, name="a.txt", sha256=uuid.uuid4().hex, status=Document.Status.READY
    )
    chunks = [
        Chunk(document=document, ordinal=n, text=f"at {angle}", vector=embedding.pack(towards(angle)),
              fingerprint=embedding.fingerprint())
        for n, angle in enumerate(angles)
    ]  # fmt: skip
    index.replace_document(document, Chunk.objects.bulk_create(chunks))
    return document


def nearest(angle, *libraries, limit=3):
    hits = index.search([library.pk for library in libraries], towards(angle), limit)
    return [(hit.document_id, hit.ordinal) for hit in hits]


@pytest.fixture
def library(alice):
    return library_of(alice)


@pytest.fixture
def own_chroma(tmp_path, monkeypatch):
    """A Chroma that a test may end and lose."""
    server = chroma_at(f"http://127.0.0.1:{free_port()}", tmp_path / "chroma").start()
    monkeypatch.setattr(
        chroma, "conf", chroma.conf.model_copy(update={"chroma_url": server.health.partition("/api")[0]})
    )
    monkeypatch.setattr(chroma, "_handles", {})
    yield server
    server.stop()


def test_the_nearest_come_first_with_their_cosine(library):
    document = indexed(library, 0.0, 0.5, 1.0)
    hits = index.search([library.pk], towards(0.9), 3)
    assert [(hit.document_id, hit.ordinal) for hit in hits] == [(document.pk, 2), (document.pk, 1), (document.pk, 0)]
    assert hits[0].score == pytest.approx(math.cos(0.1), abs=1e-4)


def test_libraries_do_not_mix(library, bob):
    other = library_of(bob)
    mine, theirs = indexed(library, 0.0), indexed(other, 0.1)
    assert nearest(0.1, library) == [(mine.pk, 0)]
    assert nearest(0.1, library, other) == [(theirs.pk, 0), (mine.pk, 0)]


def test_a_document_indexed_again_replaces_itself(library):
    document = indexed(library, 0.0, 0.5, 1.0)
    index.replace_document(document, list(document.chunks.all()[:2]))
    assert index.count(library) == 2
    index.replace_document(document, [])
    assert index.count(library) == 0


def test_a_document_and_then_the_library_is_removed(library):
    first, second = indexed(library, 0.0), indexed(library, 0.5)
    index.remove_document(first)
    assert nearest(0.0, library) == [(second.pk, 0)]
    index.remove_library(library)
    index.remove_library(library)
    assert index.count(library) == 0


def test_more_than_a_batch_is_indexed(library):
    indexed(library, *(number / 500 for number in range(1201)))
    assert index.count(library) == 1201


def test_a_library_whose_vectors_are_gone_is_noticed(library, bob):
    other = library_of(bob)
    indexed(library, 0.0)
    kept = indexed(other, 0.1)
    index.remove_library(library)
    with pytest.raises(IndexIncomplete) as lost:
        nearest(0.0, library, other)
    assert lost.value.libraries == [library.pk]
    assert [hit.document_id for hit in lost.value.hits] == [kept.pk]


def test_a_collection_made_anew_by_another_process_is_found(library):
    indexed(library, 0.0)
    old = dict(chroma._handles)
    index.rebuild(library)
    chroma._handles.update(old)
    assert len(nearest(0.0, library)) == 1


def test_a_lost_folder_is_noticed_and_filled_again(library, own_chroma, tmp_path, capsys):
    indexed(library, 0.0, 0.5, 1.0)
    before = index.search([library.pk], towards(0.4), 3)
    assert index.is_whole(library)
    own_chroma.stop()
    shutil.rmtree(tmp_path / "chroma")
    own_chroma.start()
    assert not index.is_whole(library)
    with pytest.raises(IndexIncomplete):
        nearest(0.4, library)
    call_command("rebuild_index")
    assert f"{library.pk}: 3 vectors." in capsys.readouterr().out
    assert index.is_whole(library)
    after = index.search([library.pk], towards(0.4), 3)
    assert [(hit.document_id, hit.ordinal) for hit in after] == [(hit.document_id, hit.ordinal) for hit in before]
    assert [hit.score for hit in after] == pytest.approx([hit.score for hit in before], abs=1e-6)


def test_a_collection_that_lost_a_part_is_not_whole(library):
    document = indexed(library, 0.0, 0.5, 1.0)
    index.replace_document(document, list(document.chunks.all()[:2]))
    assert not index.is_whole(library)
    assert index.rebuild(library) == 3
    assert index.is_whole(library)


def test_an_empty_library_is_whole(library):
    assert index.is_whole(library)


def test_a_server_that_is_down_is_a_sentence(library, own_chroma):
    document = indexed(library, 0.0)
    own_chroma.stop()
    for ask in (
        lambda: nearest(0.0, library),
        lambda: index.replace_document(document, list(document.chunks.all())),
        lambda: index.remove_library(library),
        lambda: index.is_whole(library),
    ):
        with pytest.raises(IndexUnavailable, match="does not answer"):
            ask()
    with pytest.raises(CommandError, match="does not answer"):
        call_command("rebuild_index")
    own_chroma.start()
    assert nearest(0.0, library) == [(document.pk, 0)]


def test_no_server_at_all_is_a_sentence(library, monkeypatch):
    monkeypatch.setattr(chroma, "conf", chroma.conf.model_copy(update={"chroma_url": ""}))
    monkeypatch.setattr(chroma, "_handles", {})
    with pytest.raises(IndexUnavailable, match="No vector index is running"):
        nearest(0.0, library)


def test_rebuilding_a_library_that_does_not_exist_is_a_sentence():
    with pytest.raises(CommandError, match="There is no library"):
        call_command("rebuild_index", str(uuid.uuid4()))


def test_after_a_change_of_model_the_library_is_embedded_anew(library, monkeypatch, capsys):
    document = indexed(library, 0.0, 0.5)
    old = index._name(library.pk, embedding.fingerprint())
    with embeddings() as server:
        server.answer = lambda body: (200, {"data": [row(n, *turned(text)) for n, text in enumerate(body["input"])]})
        changed = embedding.conf.model_copy(update={"embedding_base_url": server.url, "embedding_model": "another"})
        monkeypatch.setattr(embedding, "conf", changed)
        monkeypatch.setattr(embedding, "_known", {})
        with pytest.raises(IndexIncomplete):
            nearest(0.0, library)
        call_command("rebuild_index")
        assert f"{library.pk}: 2 vectors." in capsys.readouterr().out
        assert index._names(library.pk) == [index._name(library.pk, embedding.fingerprint())] != [old]
        (vector,) = embedding.embed_passages(["at 0.5"])
        assert index.search([library.pk], vector, 1)[0].ordinal == 1
        assert {chunk.fingerprint for chunk in document.chunks.all()} == {embedding.fingerprint()}
        call_command("rebuild_index")
        assert "Every library is whole." in capsys.readouterr().out


def test_a_passage_is_embedded_anew_as_it_was_when_it_was_read(library, monkeypatch):
    words = " ".join(f"word{number}" for number in range(100))
    document = Document.objects.create(
        library=library, name="a.txt", sha256=uuid.uuid4().hex, status=Document.Status.READY
    )
    for ordinal, (start, end) in enumerate([(0, 300), (200, 600)]):
        Chunk.objects.create(document=document, ordinal=ordinal, text=words[start:end], start=start, end=end)
    asked = []
    monkeypatch.setattr(embedding, "embed_passages", lambda texts: asked.extend(texts) or [towards(0.1) for _ in texts])
    mending.mend(library)
    assert asked == [f"a\n{words[:300]}", f"a\n{words[300:600]}"]


def turned(text):
    return (0.0, 1.0) if "at 0.5" in text else (1.0, 0.0)
