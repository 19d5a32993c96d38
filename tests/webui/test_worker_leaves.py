"""A worker that is asked to stop in the middle of a document: another takes the document at once."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.servers.fresh import put_database
from tests.servers.house import ROOT
from tests.waiting import eventually

# A real worker whose embedding model and index are letters and a dictionary. The "stuck" one uploads a document first,
# and never gets it embedded.
WORKER = """
import io, sys, time
from pathlib import Path
import django
django.setup()
from knowledge import embedding, index
from tests.knowledge.seams import Vectors
from webui.celery import app

vectors = Vectors()

def embed(texts):
    Path(sys.argv[1] + ".embeds").touch()
    while sys.argv[1] == "stuck":
        time.sleep(0.1)
    return vectors.embed_passages(texts)

embedding.embed_passages, embedding.fingerprint = embed, lambda dimensions=0: "fake-fingerprint"
for name in ("replace_document", "remove_document", "search"):
    setattr(index, name, getattr(vectors, name))
if sys.argv[1] == "stuck":
    from knowledge import documents
    from knowledge.models import Library
    from webui.accounts.models import User
    library = Library.objects.create(owner=User.objects.create_user("alice@example.org", "x"), name="Handbook")
    documents.add_file(library, "long.txt", io.BytesIO(b"Trains are paid for."))
app.worker_main(["worker", "-P", "threads", "-c", "2", "-l", "info", "--without-gossip", "--without-mingle"])
"""


class Workplace:
    def __init__(self, folder):
        self.folder = folder
        self.workers = []
        self.environment = {**os.environ, "WEBUI_DATA": str(folder), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
        self.environment["DJANGO_SETTINGS_MODULE"] = "webui.settings"
        put_database(folder / "webui.sqlite3")

    def document(self):
        with closing(sqlite3.connect(self.folder / "webui.sqlite3", timeout=20)) as database:
            return database.execute("SELECT status, attempts FROM knowledge_document").fetchone()

    def worker(self, name):
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            command = [sys.executable, "-c", WORKER, name]
            worker = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=output, stderr=output)
        self.workers.append(worker)
        eventually(lambda: " ready." in log.read_text(), seconds=60)
        return worker


@pytest.fixture
def workplace(tmp_path):
    place = Workplace(tmp_path)
    yield place
    for worker in place.workers:
        if worker.poll() is None:
            worker.kill()
            worker.wait()


def test_a_document_in_the_middle_is_taken_by_another_at_once_and_not_counted_against_it(workplace):
    stuck = workplace.worker("stuck")
    eventually((workplace.folder / "stuck.embeds").exists, seconds=60)
    assert workplace.document() == ("processing", 1)
    workplace.worker("other")
    stuck.send_signal(signal.SIGTERM)
    eventually(lambda: workplace.document() == ("ready", 1), seconds=30)  # a lease alone would last 40
    assert stuck.wait(30) == 0, "it does not wait for what is not its own any more"
