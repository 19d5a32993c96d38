"""A disk that is really full: what comes is refused with a sentence, what is there is read, and room again suffices."""

import contextlib
import io
import os
import shutil
import subprocess

import pytest
from django.db import connection
from django.test import Client

from chat.models import Conversation
from knowledge import storage
from knowledge.documents import UploadRefused
from knowledge.models import Document, Library

SIZE = 4 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path):
    """A disk of four megabytes, where the machine lets us make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if not mount or os.geteuid() != 0:
        pytest.skip("only root makes a disk")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no disk can be made here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run([shutil.which("umount"), "-l", folder], check=True)


@contextlib.contextmanager
def full(folder):
    """Every last byte of the disk is taken."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    yield
    ballast.unlink()


def stored(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.django_db(transaction=True)
def test_uploads_are_refused_while_a_disk_is_full_and_taken_when_it_has_room(alice, small_disk, settings):
    from knowledge import documents

    settings.FILE_ROOT = small_disk
    library = Library.objects.create(owner=alice, name="Handbook")
    before, _said = documents.add_file(library, "before.txt", io.BytesIO(b"It was there before."))
    with full(small_disk):
        with pytest.raises(UploadRefused, match="disk is full") as refusal:
            documents.add_file(library, "long.txt", io.BytesIO(b"A long text. " * 20_000))
        assert refusal.value.status == 507
        assert storage.path_of(before.file_name).read_bytes() == b"It was there before."
        browser = Client()
        browser.force_login(alice)
        assert browser.get(f"/api/documents/{before.pk}/file").status_code == 200
    assert stored(small_disk) == [before.file_name], "nothing is left half"
    assert Document.objects.get() == before
    documents.add_file(library, "long.txt", io.BytesIO(b"A long text. " * 20_000))
    assert Document.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's disk is its own")
def test_a_database_without_room_refuses_with_507_and_goes_on_when_it_has_some(alice):
    kept = Conversation.objects.create(owner=alice, title="Kept")
    browser = Client(raise_request_exception=False)
    browser.force_login(alice)
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            refused = browser.post("/api/libraries", {"name": "x" * 60}, "application/json")
            while refused.status_code == 201:  # what is free within the file is used up
                refused = browser.post("/api/libraries", {"name": "x" * 60}, "application/json")
            assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
            count = Library.objects.count()
            listed = browser.get("/api/chats")
            assert listed.status_code == 200
            assert kept.title in listed.content.decode()
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert Library.objects.count() == count
    assert browser.post("/api/libraries", {"name": "y"}, "application/json").status_code == 201
