"""kill -9 at twenty moments, in earnest: what was under way is finished by the next worker, once, or is gone.

A worker (a fork with its own connection) unpacks an archive, reads a document, takes over a copy of it and clears away
a deleted one, and kills itself at some call of our code. Another goes on. Then everything is counted.
"""

import io
import json
import os
import random
import signal
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone

import knowledge
from knowledge import documents, embedding, index, ingest, intake_jobs, keywords, removal, storage, tasks
from knowledge.models import Chunk, Document, IntakeJob, Library, Removal
from knowledge.parsing import READERS, isolation
from tests.knowledge.seams import Vectors

OURS = str(Path(knowledge.__file__).parent) + os.sep
LONG = "\n\n".join(f"# Part {n}\n\nParagraph {n}: {'word ' * 70}" for n in range(6))
MOMENTS = 20


class StoredVectors(Vectors):
    """The index as Chroma is one: beside the process, written line by line, without transactions."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        path.touch()

    def _write(self, *told):
        with self.path.open("a") as file:
            file.write(json.dumps([str(one) for one in told]) + "\n")

    def replace_document(self, document, chunks):
        self.remove_document(document)
        for chunk in chunks:
            self._write("put", document.library_id, document.pk, chunk.ordinal)

    def remove_document(self, document):
        self._write("drop", document.library_id, document.pk, "")

    def remove_library(self, library):
        self._write("drop", library.pk, "", "")

    def held(self):
        found = set()
        for line in self.path.read_text().splitlines():
            act, _library, document, ordinal = json.loads(line)
            if act == "put":
                found.add((document, int(ordinal)))
            else:
                found = {one for one in found if one[0] != document}
        return found

    def search(self, library_ids, vector, limit):
        return [index.Hit(document_id=None, ordinal=0, score=1.0)] if self.held() else []


@pytest.fixture
def vectors(monkeypatch, tmp_path):
    fake = StoredVectors(tmp_path / "index")
    monkeypatch.setattr(embedding, "embed_passages", fake.embed_passages)
    monkeypatch.setattr(embedding, "fingerprint", lambda dimensions=0, source=None: "fake-fingerprint")
    for name in ("replace_document", "remove_document", "remove_library", "search"):
        monkeypatch.setattr(index, name, getattr(fake, name))
    # The reader's own process is not the point here.
    monkeypatch.setattr(isolation, "parse", lambda path, extension, ocr=False: READERS[extension].read(path))
    monkeypatch.setattr(tasks, "_ring", lambda *_: None)
    monkeypatch.setattr(ingest, "BATCH", 4)
    return fake


def scene(alice, bob):
    """A document, its copy in another library, one to be deleted, and an archive."""
    first, second = (Library.objects.create(owner=owner, name="x") for owner in (alice, bob))
    for library, name in ((first, "long.md"), (second, "long.md"), (first, "gone.md")):
        documents.add_file(library, name, io.BytesIO((LONG + name * (name == "gone.md")).encode()))
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for number in range(3):
            archive.writestr(f"in/{number}.txt", f"Member {number} of the archive.")
    intake_jobs.add_archive(first, alice, "papers.zip", io.BytesIO(body.getvalue()))


def work():
    """What a worker does from its bells and its sweep, until nothing is waiting."""
    while ids := list(IntakeJob.objects.waiting().values_list("pk", flat=True)):
        for pk in ids:
            tasks.take_in(pk)
    for pk in Document.objects.waiting().order_by("created_at").values_list("pk", flat=True):
        tasks.ingest_document(str(pk))
    for doomed in Document.objects.filter(name="gone.md"):
        doomed.delete()
    tasks.finish_removals()


def killed_at(moment, told):
    """A forked worker that kills itself at its call number `moment` of our code; 0: goes through, and counts them."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    seen = 0

    def count(frame, event, _argument):
        nonlocal seen
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            seen += 1
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(count)
        work()
        sys.setprofile(None)
        told.write_text(str(seen))
    finally:
        os._exit(0)


def let_time_pass():
    past = timezone.now() - timedelta(hours=1)
    Document.objects.filter(status="processing").update(lease_until=past)
    IntakeJob.objects.filter(status="working").update(lease_until=past)
    Removal.objects.update(created_at=past)


def counted(vectors, monkeypatch):
    """What must be true afterwards, as a list of what is not."""
    monkeypatch.setattr(storage, "_ORPHAN_AFTER", -1.0)
    removal.sweep_files()
    intake_jobs.sweep_files()
    rows = list(Document.objects.all())
    chunks = list(Chunk.objects.all())
    wrong = [f"{row.name} is {row.status}: {row.error}" for row in rows if row.status != "ready"]
    wrong += [f"{row.name} has {row.chunks.count()} of {row.chunks_total}" for row in rows
              if sorted(row.chunks.values_list("ordinal", flat=True)) != list(range(row.chunks_total))]  # fmt: skip
    if sorted(row.name for row in rows) != ["0.txt", "1.txt", "2.txt", "long.md", "long.md"]:
        wrong.append(f"documents: {sorted(row.name for row in rows)}")
    if vectors.held() != {(str(chunk.document_id), chunk.ordinal) for chunk in chunks}:
        wrong.append("vectors without chunks, or chunks without vectors")
    if sum(keywords.count(library) for library in Library.objects.all()) != len(chunks):
        wrong.append("words without chunks, or chunks without words")
    stored = {path.name for path in Path(storage.settings.FILE_ROOT).rglob("*") if path.is_file()}
    if stored != {row.file_name for row in rows}:
        wrong.append("files without rows, or rows without files")
    wrong += [f"job is {job.status}: {job.error}" for job in IntakeJob.objects.all() if job.status != "done"]
    return wrong


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the fork opens the SQLite file by itself")
def test_twenty_moments_leave_nothing_stuck_and_no_orphan(alice, bob, vectors, monkeypatch, tmp_path):
    scene(alice, bob)
    told = tmp_path / "calls"
    assert killed_at(0, told) == 0
    assert counted(vectors, monkeypatch) == []
    calls = int(told.read_text())
    outcomes = {}
    for moment in sorted(random.Random(7).sample(range(1, calls), MOMENTS)):
        for document in Document.objects.all():
            document.delete()
        Library.objects.all().delete()
        Removal.objects.all().delete()
        vectors.path.write_text("")
        scene(alice, bob)
        assert os.WTERMSIG(killed_at(moment, told)) == signal.SIGKILL
        let_time_pass()
        work()
        let_time_pass()
        tasks.finish_removals()
        if wrong := counted(vectors, monkeypatch):
            outcomes[moment] = wrong
    assert outcomes == {}
