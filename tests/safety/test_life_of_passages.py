"""Passages from upload to removal, in any order of what people, workers and faults do to them.

At every moment only passages of documents that are ready are given out, and states follow each other as they may. At
rest, with everything up again, the index, the words and the files hold what the rows say, and nothing else.
"""

import io
import itertools
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from knowledge import candidates, documents, embedding, index, ingest, keywords, passage_edits, removal, storage, tasks
from knowledge.models import Chunk, Document, Library, Removal, RetrievalSettings
from knowledge.parsing import READERS, isolation
from tests.knowledge.seams import Vectors

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

FILES = {
    "short.txt": "Every employee has 27 days of leave.",
    "long.md": "\n\n".join(f"# Part {n}\n\nParagraph {n}: {'word ' * 70}" for n in range(5)),
    "blank.txt": " \n \n",
}
# What may become of a document's state by what is done; all else stays as it is.
READ = {(before, after) for before in ("queued", "processing") for after in ("queued", "ready", "failed")}
MAY = {
    "upload": {("", "queued"), ("failed", "queued")},
    "work": READ,
    "die_embedding": READ | {("queued", "processing")},
    "die_indexing": READ | {("queued", "processing")},
    "hand_back": {("processing", "queued")},
    "cancel": {("queued", "failed"), ("processing", "failed")},
    "retry": {("failed", "queued")},
    "read_again": {("ready", "queued")},
    "sweep": {("processing", "failed")},
    "delete": {("*", "")},
    "delete_library": {("*", "")},
}
ACTS = (
    *("upload", "upload", "upload", "work", "work", "work", "die_embedding", "die_indexing", "hand_back"),
    *(
        "embedder",
        "index",
        "edit",
        "switch",
        "cancel",
        "retry",
        "read_again",
        "delete",
        "delete",
        "delete_library",
        "sweep",
    ),
)
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 50)), min_size=4, max_size=14)


class Died(BaseException):
    """What kill -9 leaves of a worker: nothing of it runs on."""


class Places(Vectors):
    def replace_chunk(self, chunk):
        self._check()
        self.stored[chunk.document.library_id, chunk.document_id, chunk.ordinal] = embedding.unpack(bytes(chunk.vector))

    def held(self):
        return {(document, ordinal) for _library, document, ordinal in self.stored}


class House:
    """Two libraries of alice's, a worker, and whatever may happen."""

    def __init__(self, alice, vectors, monkeypatch):
        self.alice, self.vectors = alice, vectors
        self.libraries = [Library.objects.create(owner=alice, name=name) for name in ("First", "Second")]
        self.states, self.lost, self.passages = {}, set(), set()
        for name in ("replace_document", "remove_document", "remove_library", "search", "replace_chunk"):
            monkeypatch.setattr(index, name, getattr(vectors, name))
        monkeypatch.setattr(embedding, "embed_passages", vectors.embed_passages)

    def act(self, name, place):
        getattr(self, name)(place)
        now = dict(Document.objects.values_list("pk", "status"))
        for pk in now.keys() | self.states.keys():
            before, after = self.states.get(pk, ""), now.get(pk, "")
            assert before == after or {(before, after), ("*", after)} & MAY.get(name, set()), (name, before, after)
        self.lost |= {"gone"} if self.states.keys() - now.keys() else set()
        self.states = now
        self.look()

    def _one(self, place, **which):
        rows = list(Document.objects.filter(**which).order_by("created_at"))
        return rows[place % len(rows)] if rows else None

    def upload(self, place):
        if living := list(Library.objects.filter(pk__in=[library.pk for library in self.libraries])):
            name = list(FILES)[place % 3]
            documents.add_file(living[place % len(living)], name, io.BytesIO(FILES[name].encode()))

    def work(self, place):
        waiting = list(Document.objects.waiting().order_by("created_at"))
        if waiting:
            tasks.ingest_document(str(waiting[place % len(waiting)].pk))

    def die_embedding(self, place):
        self._dies(place, "before_batch")

    def die_indexing(self, place):
        self._dies(place, "before_index")

    def _dies(self, place, where):
        def die():
            raise Died

        setattr(self.vectors, where, die)
        try:
            self.work(place)
        except Died:
            self.let_time_pass()
        setattr(self.vectors, where, lambda: None)

    def let_time_pass(self):
        past = timezone.now() - timedelta(hours=1)
        Document.objects.filter(status="processing").update(lease_until=past)
        Document.objects.filter(status="queued").update(retry_at=None)
        Removal.objects.update(created_at=past)

    def hand_back(self, _place):
        Document.objects.all().hand_back()

    def embedder(self, place):
        self.vectors.embedder_down = "It is away." if place % 2 else ""

    def index(self, place):
        self.vectors.index_down = "It is away." if place % 2 else ""

    def edit(self, place):
        self._change(place, lambda chunk: passage_edits.edit(chunk, f"By hand, {place}."))

    def switch(self, place):
        self._change(place, lambda chunk: passage_edits.switch(chunk, disabled=bool(place % 2)))

    def _change(self, place, change):
        chunk = Chunk.objects.filter(document__status="ready").order_by("pk").first()
        if chunk:
            try:
                change(chunk)
            except (embedding.EmbeddingUnavailable, index.IndexUnavailable):
                return

    def cancel(self, place):
        if document := self._one(place):
            document.cancel()

    def retry(self, place):
        if document := self._one(place):
            document.retry()

    def read_again(self, place):
        if document := self._one(place):
            document.read_again()

    def delete(self, place):
        if document := self._one(place):
            document.delete()

    def delete_library(self, place):
        if place % 3 == 0:
            Library.objects.filter(pk=self.libraries[place % 2].pk).delete()

    def sweep(self, _place):
        tasks.sweep()

    def ends(self):
        """What became of documents."""
        return {*Document.objects.values_list("status", flat=True), *self.lost}

    def look(self):
        """What must be true at every moment."""
        for document in Document.objects.filter(status="ready"):
            chunks = list(document.chunks.order_by("ordinal"))
            assert chunks
            assert [chunk.ordinal for chunk in chunks] == list(range(document.chunks_total))
            assert all(chunk.vector for chunk in chunks)
        self.passages |= set(Chunk.objects.values_list("pk", flat=True))
        shown = candidates.named(self.alice, [], list(Chunk.objects.values_list("pk", flat=True)))
        near = candidates.named(self.alice, list(self.vectors.held()), [])
        may = set(Chunk.objects.filter(document__status="ready").values_list("pk", flat=True))
        assert {row.pk for row in shown} == may
        assert {row.pk for row in near} <= may
        words = {pk for library in self.libraries for pk, _score in keywords.search([library.pk], "leave word", 50)}
        assert words <= may

    def comes_to_rest(self):
        self.vectors.embedder_down = self.vectors.index_down = ""
        for _round in range(4):
            self.let_time_pass()
            tasks.sweep()
            while waiting := Document.objects.waiting().first():
                tasks.ingest_document(str(waiting.pk))
        tasks.finish_removals()
        removal.sweep_files()

    def look_at_rest(self):
        rows = list(Document.objects.all())
        assert {row.status for row in rows} <= {"ready", "failed"}
        there = {(chunk.document_id, chunk.ordinal) for chunk in Chunk.objects.all()}
        found = {(chunk.document_id, chunk.ordinal) for chunk in Chunk.objects.filter(document__status="ready")}
        assert found <= self.vectors.held() <= there
        for document, ordinal in found:
            chunk = Chunk.objects.select_related("document").get(document=document, ordinal=ordinal)
            held = self.vectors.stored[chunk.document.library_id, document, ordinal]
            assert held == embedding.unpack(bytes(chunk.vector))
        counted = sum(keywords.count(library) for library in self.libraries)
        assert len(found) <= counted <= len(there)
        gone = self.passages - set(Chunk.objects.values_list("pk", flat=True))
        assert keywords.missing(sorted(gone)) == gone, "words of passages that are gone"
        stored = {path.name for path in Path(storage.settings.FILE_ROOT).rglob("*") if path.is_file()}
        assert stored == {row.file_name for row in rows}


def test_passages_are_given_out_while_their_document_is_ready_and_leave_nothing_behind(
    alice, monkeypatch, settings, tmp_path
):
    monkeypatch.setattr(ingest, "HEARTBEAT", 3600)
    monkeypatch.setattr(embedding, "fingerprint", lambda dimensions=0, source=None: "fake-fingerprint")
    monkeypatch.setattr(isolation, "parse", lambda path, extension, ocr=False: READERS[extension].read(path))
    monkeypatch.setattr(tasks, "_ring", lambda *_: None)
    monkeypatch.setattr(storage, "_ORPHAN_AFTER", -1.0)
    folders = itertools.count()
    ends = set()

    @examples(
        max_examples=25, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(STEPS)
    def live(steps):
        settings.FILE_ROOT = tmp_path / str(next(folders))
        RetrievalSettings.forget()
        with transaction.atomic():
            house = House(alice, Places(), monkeypatch)
            for name, place in [("upload", 0), ("upload", 1), ("work", 0), *steps]:
                house.act(name, place)
            house.comes_to_rest()
            house.look()
            house.look_at_rest()
            ends.update(house.ends())
            transaction.set_rollback(True)

    live()
    RetrievalSettings.forget()
    assert ends == {"ready", "failed", "gone"}, "all ends were come to"
