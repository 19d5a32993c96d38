"""How far a library is: the list a page at a time, cancelling, trying again, what failed of one cause, the record."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from knowledge import tasks
from knowledge.models import Document
from knowledge.parsing import ParsedFile, isolation, sentences
from knowledge.parsing.base import Block
from tests.knowledge.files import pdf
from tests.knowledge.test_ingest import LEAVE
from tests.knowledge.test_sharing import as_

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _built_assets(monkeypatch):
    from webui import assets

    monkeypatch.setattr(assets, "entry", lambda name: assets.Entry(script=f"{name}.js", imports=(), css=None))


def many(library, count, **fields):
    Document.objects.bulk_create(
        Document(library=library, name=f"{n:03}.txt", sha256=f"{n:064x}", **fields) for n in range(count)
    )


def asked(client, address):
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    return answer, len(queries)


def test_five_hundred_documents_cost_as_many_questions_as_five(library, alice):
    client = as_(alice)
    address = f"/api/libraries/{library.pk}/progress"
    many(library, 5)
    _few, before = asked(client, address)
    Document.objects.all().delete()
    many(library, 500)
    answer, after = asked(client, address)
    assert after == before
    told = answer.json()
    assert (told["counts"]["all"], told["pages"], len(told["documents"])) == (500, 10, 50)
    page, cost = asked(client, f"/knowledge/{library.pk}/?page=10")
    assert page.content.decode().count("data-document=") == 51, "fifty, and the template"
    assert cost < 20


def test_the_list_is_told_apart_by_state_and_name(library, alice, add, read):
    client = as_(alice)
    read("ready.txt", "ready")
    add("queued.txt", "queued")
    Document.objects.claim(add("broken.txt", "broken").pk).fail("It is damaged.")
    address = f"/api/libraries/{library.pk}/progress"
    for state, name in (("ready", "ready.txt"), ("moving", "queued.txt"), ("failed", "broken.txt")):
        [row] = client.get(address, {"state": state}).json()["documents"]
        assert row["name"] == name
    assert len(client.get(address, {"name": "e"}).json()["documents"]) == 3
    assert client.get(address, {"name": "zzz", "page": 99}).json()["documents"] == []
    assert client.get(address, {"page": -3, "state": "odd"}).json()["counts"]["all"] == 3


def test_what_is_cancelled_stops_and_is_found_nowhere(add, library, alice, vectors):
    document = add("leave.md", LEAVE)
    client = as_(alice)
    address = f"/api/libraries/{library.pk}/documents/{document.pk}"

    def cancelled():
        client.post(f"{address}/cancel")

    vectors.before_index = cancelled
    tasks.ingest_document(str(document.pk))
    document.refresh_from_db()
    assert (document.status, document.problem) == ("failed", "Reading was cancelled.")
    vectors.before_index = lambda: None
    assert client.post(f"{address}/retry").json()["status"] == "queued"
    tasks.ingest_document(str(document.pk))
    document.refresh_from_db()
    assert (document.status, len(vectors.stored)) == ("ready", document.chunks_total)
    assert client.post(f"{address}/cancel").json()["status"] == "ready", "too late is no harm"


def test_all_that_failed_of_one_cause_are_tried_again_together(library, alice):
    many(library, 42, status="failed", error=sentences.SCAN, error_values={"pages": 3})
    Document.objects.create(library=library, name="x.txt", sha256="f" * 64, status="failed", error="It is damaged.")
    client = as_(alice)
    [cause] = client.get(f"/api/libraries/{library.pk}/progress").json()["causes"]
    assert (cause["count"], cause["key"]) == (42, sentences.SCAN)
    assert "3 pages" in cause["text"]
    answer = client.post(
        f"/api/libraries/{library.pk}/retry", json.dumps({"cause": cause["key"]}), content_type="application/json"
    )
    assert answer.json() == {"queued": 42}
    assert Document.objects.filter(status="queued").count() == 42
    page = client.post(f"/knowledge/{library.pk}/retry/", {"cause": "It is damaged."}, follow=True).content.decode()
    assert "1 document is read again." in page


def test_pages_without_text_offer_ocr_which_reads_them(read, library, alice, monkeypatch):
    asked_for = []

    def parse(path, extension, *, ocr=False):
        asked_for.append(ocr)
        blocks = (Block(text="One.", page=1), *([Block(text="Two.", page=2)] if ocr else []))
        note = () if ocr else (("%(number)s pages are pictures.", {"number": 1}),)
        return ParsedFile(blocks=blocks, pages=2, pages_without_text=0 if ocr else 1, parser="pdfium", notes=note)

    monkeypatch.setattr(isolation, "parse", parse)
    document = read("half.pdf", pdf("One.", ""))
    client = as_(alice)
    address = f"/api/libraries/{library.pk}/documents/{document.pk}"
    [row] = client.get(f"/api/libraries/{library.pk}/documents").json()
    assert (row["status"], row["pages_without_text"], row["ocr"]) == ("ready", 1, True)
    record = client.get(f"/api/documents/{document.pk}/record").json()
    assert record["notes"] == ["1 pages are pictures."]
    page = client.get(f"/knowledge/{library.pk}/documents/{document.pk}/").content.decode()
    assert "Read by OCR" in page
    assert client.post(f"{address}/ocr").json()["status"] == "queued"
    tasks.ingest_document(str(document.pk))
    document.refresh_from_db()
    assert (document.status, asked_for) == ("ready", [False, True])
    assert "Two." in document.chunks.get().text
    assert not client.get(f"/api/libraries/{library.pk}/documents").json()[0]["ocr"], "once is enough"


def test_the_record_tells_what_happened_in_order(read, add, library, alice, vectors):
    document = read("leave.md", LEAVE)
    client = as_(alice)
    texts = [step["text"] for step in client.get(f"/api/documents/{document.pk}/record").json()["steps"]]
    beginnings = ["Stored:", "A worker took it", "Read by", "Cut into 2", "Embedded with",
                  "Put into the index: 2", "Checked: 2"]  # fmt: skip
    assert len(texts) == len(beginnings), texts
    for text, beginning in zip(texts, beginnings, strict=True):
        assert text.startswith(beginning)
    waits = add("waits.txt", "waits")
    vectors.embedder_down = "The embedding model cannot be reached."
    tasks.ingest_document(str(waits.pk))
    page = client.get(f"/knowledge/{library.pk}/documents/{waits.pk}/record/").content.decode()
    assert "Waits 5 s and is tried again: The embedding model cannot be reached." in page


def test_the_record_has_an_end(add, vectors):
    document = Document.objects.claim(add("a.txt", "a").pk)
    for _ in range(200):
        document.note("taken", attempt=1)
    document.still_mine()
    assert len(Document.objects.get().steps) == 60
