"""/api/libraries and /api/documents, with the session and with a key: what alice can do, and that bob finds nothing."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from knowledge import documents, retrieval
from knowledge.documents import UploadRefused
from knowledge.models import Document, Library
from knowledge.passages import Passage, RetrievalError
from tests.knowledge.files import pdf
from webui.accounts.models import ApiKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice, rung):
    client.force_login(alice)
    return client


@pytest.fixture
def found(monkeypatch):
    """What the search answers, and what it was asked."""

    class Found:
        asked = None
        passages = ()
        problem = ""

    async def find_passages(question, user, library_ids, *, limit, characters):
        Found.asked = (question, user, list(library_ids), limit)
        if Found.problem:
            raise RetrievalError(Found.problem)
        return list(Found.passages)

    monkeypatch.setattr(retrieval, "find_passages", find_passages)
    return Found


def upload(client, library, name="leave.txt", content=b"27 days", **headers):
    file = SimpleUploadedFile(name, content)
    return client.post(f"/api/libraries/{library.pk}/documents", {"file": file}, **headers)


def send(client, method, path, body, **headers):
    return client.generic(method, path, json.dumps(body), content_type="application/json", **headers)


def test_a_library_from_making_to_deleting(as_alice, alice):
    made = send(as_alice, "POST", "/api/libraries", {"name": " Staff\u202e  handbook "})
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], "name": "Staff handbook"}
    address = f"/api/libraries/{made.json()['id']}"
    assert as_alice.get("/api/libraries").json() == [
        made.json() | {"documents": 0, "ready": 0, "right": "own", "owner": "alice"}
    ]
    assert send(as_alice, "PATCH", address, {"name": "Rules"}).json()["name"] == "Rules"
    assert as_alice.delete(address).status_code == 204
    assert not Library.objects.exists()
    assert as_alice.delete(address).status_code == 404


@pytest.mark.parametrize("name", ["", "  ", "\u202e", "x" * 101])
def test_a_library_needs_a_name(as_alice, name):
    answer = send(as_alice, "POST", "/api/libraries", {"name": name})
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith((".", "name."))


def test_a_file_is_taken_in_and_listed(as_alice, library, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(as_alice, library)
    assert answer.status_code == 202
    document = Document.objects.get()
    assert (answer.json()["id"], answer.json()["status"]) == (str(document.pk), "queued")
    assert rung == [document.pk]
    [row] = as_alice.get(f"/api/libraries/{library.pk}/documents").json()
    expected = {
        "id": str(document.pk),
        "name": "leave.txt",
        "status": "queued",
        "progress": 0.0,
        "error": "",
        "chunks": 0,
    }
    assert {key: row[key] for key in expected} == expected


def test_the_same_file_twice_is_one_document(as_alice, library):
    first, again = upload(as_alice, library).json(), upload(as_alice, library, name="copy.txt").json()
    assert (first["created"], again["created"]) == (True, False)
    assert first["id"] == again["id"]


@pytest.mark.parametrize(
    ("name", "content", "status"), [("a.txt", b"", 422), ("a.exe", b"MZ", 415), ("a.pdf", b"text", 415)]
)
def test_a_refusal_is_a_sentence(as_alice, library, name, content, status):
    answer = upload(as_alice, library, name, content)
    assert answer.status_code == status
    assert answer.json()["detail"].endswith(".")


def test_what_announces_itself_as_too_large_is_not_read(as_alice, library):
    answer = upload(as_alice, library, headers={"content-length": str(10**9)})
    assert answer.status_code == 413
    assert answer.json() == {"detail": "This file is larger than the 50 MB that are allowed here."}


@pytest.mark.parametrize("body", [{}, {"url": ""}, {"url": 7}, ["url"], {"url": "x" * 3000}])
def test_json_needs_an_address(as_alice, library, body):
    answer = send(as_alice, "POST", f"/api/libraries/{library.pk}/documents", body)
    assert (answer.status_code, answer.json()["detail"][:20]) == (422, "The body must be a f")


def test_a_page_is_fetched_on_alices_behalf(as_alice, library, alice, monkeypatch):
    from io import BytesIO

    async def fetch_page(url, *, user_id):
        assert user_id == alice.pk
        if "no" in url:
            raise UploadRefused("The page cannot be reached from here.", 422)
        return "Leave.html", BytesIO(b"<p>27 days"), url

    monkeypatch.setattr(documents, "fetch_page", fetch_page)
    path = f"/api/libraries/{library.pk}/documents"
    answer = send(as_alice, "POST", path, {"url": "https://example.org/leave"})
    assert answer.status_code == 202
    assert (Document.objects.get().name, Document.objects.get().url) == ("Leave.html", "https://example.org/leave")
    refused = send(as_alice, "POST", path, {"url": "https://example.org/no"})
    assert (refused.status_code, refused.json()["detail"]) == (422, "The page cannot be reached from here.")


def test_a_failed_document_is_read_again(as_alice, library, add):
    document = add("a.txt", "text")
    Document.objects.claim(document.pk).fail("It failed.")
    address = f"/api/libraries/{library.pk}/documents"
    assert as_alice.get(address).json()[0]["error"] == "It failed."
    answer = as_alice.post(f"{address}/{document.pk}/retry")
    assert (answer.status_code, answer.json()["status"], answer.json()["error"]) == (202, "queued", "")


def test_searching_a_library(as_alice, alice, library, found):
    found.passages = [
        Passage(
            text="27 days",
            title="Leave",
            score=0.9,
            document_id="d",
            document_name="leave.pdf",
            page=7,
            heading="H",
            chunk_id=3,
        )
    ]
    answer = send(as_alice, "POST", f"/api/libraries/{library.pk}/search", {"query": "How many?", "top_k": 3})
    assert answer.json() == {
        "results": [
            {
                "text": "27 days",
                "score": 0.9,
                "document": "d",
                "name": "leave.pdf",
                "page": 7,
                "heading": "H",
                "chunk": 3,
            }
        ]
    }
    assert found.asked == ("How many?", alice, [library.pk], 3)
    found.problem = "The libraries cannot be searched now."
    answer = send(as_alice, "POST", f"/api/libraries/{library.pk}/search", {"query": "How many?"})
    assert (answer.status_code, answer.json()) == (503, {"detail": found.problem})


def test_the_passages_of_a_page_are_shown_with_the_cited_one_marked(as_alice, read):
    document = read("a.pdf", pdf("Page one.", "Twenty-seven days.", outline=[("Leave", 1)]))
    chunk = document.chunks.get(page=2)
    answer = as_alice.get(f"/api/documents/{document.pk}/passages", {"chunk": chunk.pk}).json()
    assert (answer["page"], answer["pages"], answer["document"]["library"]) == (2, 2, str(document.library_id))
    assert [passage for passage in answer["passages"] if passage["marked"]] == [
        {"chunk": chunk.pk, "text": "Twenty-seven days.", "heading": "Leave", "page": 2, "marked": True}
    ]
    assert (
        as_alice.get(f"/api/documents/{document.pk}/passages", {"page": 1}).json()["passages"][0]["text"] == "Page one."
    )


@pytest.mark.django_db(transaction=True)
async def test_a_file_comes_back_as_an_attachment_that_can_do_nothing(async_client, alice, library, rung):
    from asgiref.sync import sync_to_async

    await async_client.aforce_login(alice)
    page = b"<script>alert(1)</script>" * 20_000
    answer = await sync_to_async(upload)(SyncPost(async_client), library, "年假 leave.html", page)
    answer = await async_client.get(f"/api/documents/{answer.json()['id']}/file")
    assert b"".join([piece async for piece in answer.streaming_content]) == page
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%E5%B9%B4%E5%81%87%20leave.html"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Length"] == str(len(page))


class SyncPost:
    def __init__(self, client):
        self.client = client

    def post(self, *arguments, **keywords):
        from asgiref.sync import async_to_sync

        return async_to_sync(self.client.post)(*arguments, **keywords)


def doors(document):
    library, other = document.library_id, uuid.uuid4()
    for lib, doc in ((library, document.pk), (other, document.pk), (other, other)):
        yield "PATCH", f"/api/libraries/{lib}", {"name": "mine"}
        yield "DELETE", f"/api/libraries/{lib}", None
        yield "GET", f"/api/libraries/{lib}/documents", None
        yield "POST", f"/api/libraries/{lib}/documents", {"url": "https://example.org/"}
        yield "DELETE", f"/api/libraries/{lib}/documents/{doc}", None
        yield "POST", f"/api/libraries/{lib}/documents/{doc}/retry", None
        yield "POST", f"/api/libraries/{lib}/search", {"query": "leave"}
        yield "GET", f"/api/documents/{doc}/passages", None
        yield "GET", f"/api/documents/{doc}/file", None


@pytest.mark.parametrize("door", ["session", "key"])
@pytest.mark.parametrize("stranger", ["bob", "root"])
def test_what_is_alices_does_not_exist_for_others(client, read, request, door, stranger, found):
    document = read("leave.txt", "27 days")
    other = request.getfixturevalue(stranger)
    mine = Library.objects.create(owner=other, name="Mine")
    headers = {}
    if door == "session":
        client.force_login(other)
    else:
        headers = {"headers": {"authorization": f"Bearer {ApiKey.issue(other)[1]}"}}
    answers = {
        (method, path): send(client, method, path, body, **headers) if body else client.generic(method, path, **headers)
        for method, path, body in doors(document)
    }
    answers["upload"] = upload(client, document.library, **headers)
    assert {key: answer.status_code for key, answer in answers.items() if answer.status_code != 404} == {}
    assert {answer.content for answer in answers.values()} == {b'{"detail": "Not Found"}'}, "nothing tells them apart"
    assert found.asked is None
    assert [row["id"] for row in client.get("/api/libraries", **headers).json()] == [str(mine.pk)]
    # Through a library of one's own neither.
    moved = client.delete(f"/api/libraries/{mine.pk}/documents/{document.pk}", **headers)
    assert moved.status_code == 404
    assert Document.objects.filter(pk=document.pk, status="ready").exists()


def test_nobody_gets_in_without_signing_in(client, read):
    document = read("leave.txt", "27 days")
    answers = [
        send(client, method, path, body) if body else client.generic(method, path)
        for method, path, body in doors(document)
    ]
    assert {answer.status_code for answer in answers} == {401}


def test_a_form_from_another_site_uploads_nothing(alice, library, rung):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert upload(client, library).status_code == 403
    assert not Document.objects.exists()


def test_the_contract_stands_in_the_api_description(as_alice):
    paths = as_alice.get("/api/openapi.json").json()["paths"]
    operation = paths["/api/libraries/{library_id}/documents"]["post"]
    assert set(operation["requestBody"]["content"]) == {"multipart/form-data", "application/json"}
