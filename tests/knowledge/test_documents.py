"""Files on their way in: names, sizes, kinds, the same one twice; and what lies on the disk afterwards."""

import errno
import os
import time
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings

from knowledge import documents, storage
from knowledge.documents import UploadRefused, clean_name
from knowledge.models import Document, Library
from knowledge.web import fetch

pytestmark = pytest.mark.django_db


def stored():
    return [path.name for path in Path(settings.FILE_ROOT).glob("??/*")]


def refused(add, name, content):
    with pytest.raises(UploadRefused) as refusal:
        add(name, content)
    assert stored() == []
    assert not Document.objects.exists()
    return refusal.value.status, str(refusal.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\alice\\leave.txt", "leave.txt"),
        ("evil\u202efdp.txt", "evilfdp.txt"),
        ("a\x00b\nc\td.txt", "ab c d.txt"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("  .hidden.txt. ", "hidden.txt"),
        ("", "file"),
        ("/", "file"),
        ("..", "file"),
        ("年假规定.pdf", "年假规定.pdf"),
        ("年" * 200 + ".pdf", "年" * 83 + ".pdf"),
        ("a" * 300, "a" * 255),
    ],
)
def test_a_name_is_data_for_people(given, kept):
    assert clean_name(given) == kept
    assert len(clean_name(given).encode()) <= 255


def test_the_name_never_becomes_a_path(add):
    document = add("../../../evil.txt", "text")
    assert document.name == "evil.txt"
    assert stored() == [document.file_name]
    assert document.file_name == document.sha256


def test_what_is_refused_leaves_nothing(add, monkeypatch):
    assert refused(add, "a.txt", "") == (422, "This file is empty (0 bytes).")
    status, sentence = refused(add, "a.exe", "MZ")
    assert (status, sentence[:38]) == (415, "Files of this kind are not read here. ")
    assert refused(add, "a.pdf", "no pdf")[0] == 415
    monkeypatch.setattr(documents, "_MEGABYTE", 2)
    assert refused(add, "a.txt", "x" * 101) == (413, "This file is larger than the 50 MB that are allowed here.")


def test_the_size_is_counted_while_reading(library, rung, monkeypatch):
    """Whatever was announced: a body without end is cut off at the limit."""
    monkeypatch.setattr(storage, "_PIECE", 10)

    class Endless(BytesIO):
        taken = 0

        def read(self, size=-1):
            self.taken += size
            return b"x" * size

    source = Endless()
    monkeypatch.setattr(documents, "_MEGABYTE", 2)
    with pytest.raises(UploadRefused):
        documents.add_file(library, "a.txt", source)
    assert source.taken < 4096 + 200
    assert stored() == []


def test_a_full_disk_is_said_and_leaves_nothing(add, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert refused(add, "a.txt", "text") == (507, "The server's disk is full. Tell an administrator.")


def test_the_same_bytes_are_recognised_whatever_their_name(add, library):
    first, again = add("a.txt", "same"), add("b.txt", "same")
    assert again == first
    assert again.name == "a.txt"
    assert stored() == [first.file_name]


def test_the_same_bytes_in_another_library_tell_nothing_about_the_first(add, bob):
    first = add("a.txt", "same")
    others = add("a.txt", "same", into=Library.objects.create(owner=bob, name="Bob's"))
    assert others != first
    assert (others.name, others.created_at > first.created_at) == ("a.txt", True)
    assert stored() == [first.file_name]


def test_a_file_that_failed_is_read_again_when_it_comes_again(add, rung):
    document = add("a.txt", "same")
    Document.objects.claim(document.pk).fail("It failed.")
    assert add("a.txt", "same").status == "queued"


def test_the_worker_is_rung_once_the_row_is_stored(library, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        document, created = documents.add_file(library, "a.txt", BytesIO(b"text"))
        assert rung == []
    assert (rung, created) == ([document.pk], True)


def test_files_without_a_row_are_swept_once_they_are_old(add):
    from knowledge import removal

    document = add("a.txt", "kept")
    orphan, young = storage.store(BytesIO(b"1"), limit=9), storage.store(BytesIO(b"2"), limit=9)
    for name in (document.file_name, orphan.name):
        os.utime(storage.path_of(name), (time.time() - 7200,) * 2)
    assert removal.sweep_files() == 1
    assert set(stored()) == {document.file_name, young.name}


@pytest.mark.parametrize("name", ["../../etc/passwd", "x", ""])
def test_only_names_of_ours_lead_to_a_path(name):
    with pytest.raises(ValueError, match="hexadecimal"):
        storage.path_of(name)


def page(body, media_type="text/html", charset="", url="https://example.org/handbook/leave.html"):
    return fetch.Page(url=url, final_url=url, status=200, media_type=media_type, charset=charset, body=body)


@pytest.mark.parametrize(
    ("fetched", "name", "text"),
    [
        (page(b"<title>Leave &amp; more</title><p>27 days"), "Leave & more.html", "27 days"),
        (page("<p>年假规定".encode("gb18030"), charset="gb18030"), "example.org leave.html", "年假规定"),
        (page(b"27 days", "text/plain"), "example.org leave.txt", "27 days"),
        (page(b"%PDF-1.7", "application/pdf"), "example.org leave.pdf", "%PDF-1.7"),
    ],
)
async def test_a_page_gets_a_name_and_keeps_its_text(monkeypatch, fetched, name, text):
    async def answer(url, *, user_id):
        return fetched

    monkeypatch.setattr(fetch, "fetch", answer)
    found, body, address = await documents.fetch_page("https://example.org/handbook/leave.html", user_id=1)
    assert (found, address) == (name, "https://example.org/handbook/leave.html")
    assert text in body.read().decode()
