"""A worker killed in the middle of a document, in earnest: another process, kill -9, the same database."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from knowledge import tasks
from knowledge.models import Document
from tests.waiting import eventually

WORKER = """
import sys, time
import django
django.setup()
from django.conf import settings
settings.FILE_ROOT = sys.argv[2]
from knowledge import embedding, tasks
from tests.knowledge.seams import Vectors
vectors = Vectors()
batches = []
def embed(texts):
    batches.append(texts)
    if len(batches) == 3:
        time.sleep(600)
    return Vectors.embed_passages(vectors, texts)
embedding.embed_passages = embed
embedding.fingerprint = lambda dimensions=0: "fake-fingerprint"
tasks.ingest_document(sys.argv[1])
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the other process is told the SQLite file")
def test_a_document_whose_worker_was_killed_is_finished_by_another(add, vectors):
    document = add("long.txt", "\n\n".join(f"Paragraph {n}: " + "word " * 80 for n in range(60)))
    database = f"sqlite:///{connection.settings_dict['NAME']}".replace("////", "///")
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(document.pk), str(settings.FILE_ROOT)],
        env=os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "webui.settings"},
    )
    try:
        eventually(lambda: Document.objects.get().chunks_done >= 32 or worker.poll() is not None, seconds=60)
        assert worker.poll() is None
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    left = Document.objects.get()
    assert (left.status, left.stage) == ("processing", "embedding")
    assert Document.objects.claim(document.pk) is None, "its lease still runs"
    Document.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    for pk in Document.objects.waiting().values_list("pk", flat=True):
        tasks.ingest_document(str(pk))
    done = Document.objects.get()
    assert (done.status, done.chunks.count(), len(vectors.stored)) == ("ready", done.chunks_total, done.chunks_total)
    assert len(vectors.embedded) == done.chunks_total - 32, "what the first worker embedded is not paid for again"
    assert sorted(done.chunks.values_list("ordinal", flat=True)) == list(range(done.chunks_total))
