"""Alice's library and what is needed to read documents into it without a model server."""

from io import BytesIO

import pytest

from knowledge import documents, ingest, tasks
from knowledge.models import Document, Library, RetrievalSettings
from tests.knowledge.seams import vectors  # noqa: F401  a fixture


@pytest.fixture(autouse=True)
def _one_thread_writes(monkeypatch):
    """The heartbeat's own connection does not see what a test's transaction has not stored yet."""
    monkeypatch.setattr(ingest, "HEARTBEAT", 3600)


@pytest.fixture(autouse=True)
def _chosen_anew():
    """What an earlier test chose is gone with its rows."""
    RetrievalSettings.forget()
    yield
    RetrievalSettings.forget()


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_their_own(settings, tmp_path):
    settings.FILE_ROOT = tmp_path / "files"


@pytest.fixture
def rung(monkeypatch):
    """The ids that workers were rung for; nobody comes."""
    ids = []
    monkeypatch.setattr(tasks, "ring", ids.append)
    monkeypatch.setattr(tasks, "ring_for_removals", lambda: ids.append("removals"))
    return ids


@pytest.fixture
def library(alice):
    return Library.objects.create(owner=alice, name="Handbook")


@pytest.fixture
def add(library, rung):
    """Puts a file into alice's library: the document, still queued."""

    def add_file(name, content, into=None):
        body = content.encode() if isinstance(content, str) else content
        return documents.add_file(into or library, name, BytesIO(body))[0]

    return add_file


@pytest.fixture
def read(add, vectors):  # noqa: F811
    """Puts a file into alice's library and lets a worker read it."""

    def read_file(name, content, into=None):
        document = add(name, content, into)
        tasks.ingest_document(str(document.pk))
        return Document.objects.get(pk=document.pk)

    return read_file
