"""Where a citation leads: the document at the place, marked, for those who may read it."""

import json
from io import BytesIO

import pytest
from django.test import Client

from chat.models import Attachment, Conversation, Message, Source
from knowledge import storage
from knowledge.models import Chunk, Document, Library
from knowledge.models.library import LibraryShare
from tests.knowledge.files import pdf

TEXTS = [
    "Trains are booked by the office.",
    "The allowance is 65 euros a day.",
    "| City | Euro |\n|---|---|\n| Rome | 65 |",
]
FILE = pdf("first", "second")


def read_in(document, texts, page=None):
    """Chunks of these texts, one blank line between each; `page` numbers them."""
    at = 0
    document.chunks.all().delete()
    for number, text in enumerate(texts):
        Chunk.objects.create(
            document=document, ordinal=number, text=text, start=at, end=at + len(text), heading="Travel",
            page=page and page + number,
        )  # fmt: skip
        at += len(text) + 2


@pytest.fixture
def cited(alice, bob, settings, tmp_path):
    """Alice's answer cites the second passage of a PDF in bob's library, which he shares with her."""
    settings.FILE_ROOT = tmp_path
    library = Library.objects.create(owner=bob, name="House")
    LibraryShare.objects.create(library=library, user=alice, level="read")
    stored = storage.store(BytesIO(FILE), limit=10**6, by_content=True)
    document = Document.objects.create(
        library=library, name="rules.pdf", status="ready", media_type="application/pdf", pages=3, size=len(FILE),
        file_name=stored.name, sha256=stored.sha256,
    )  # fmt: skip
    read_in(document, TEXTS, page=1)
    chat = Conversation.objects.create(owner=alice, title="Allowance")
    reply = Message.objects.create(conversation=chat, role="assistant", text="65 euros [1].")
    chunk = document.chunks.get(ordinal=1)
    Source.objects.create(
        message=reply, n=1, title="rules.pdf", document=document, library=library.pk, chunk=chunk.pk, page=2,
        text=chunk.text, start=chunk.start, end=chunk.end, cited=True,
    )  # fmt: skip
    return document


@pytest.fixture
def read(client, alice, cited):
    def fetch(number=1, **query):
        client.force_login(alice)
        reply = Message.objects.get()
        return client.get(f"/api/chats/{reply.conversation_id}/messages/{reply.pk}/sources/{number}", query)

    return fetch


def marked(told):
    return "".join(text for section in told["sheet"]["sections"] for text, mark in section["parts"] if mark)


def test_a_citation_leads_to_its_page_with_the_words_marked(read):
    told = read().json()
    assert told["document"]["pdf"] is True
    assert told["place"] == {"found": True, "page": 2}
    assert (told["sheet"]["number"], told["sheet"]["count"], told["sheet"]["paged"]) == (2, 3, True)
    assert marked(told) == TEXTS[1]
    other = read(page=3).json()
    assert marked(other) == ""
    assert other["sheet"]["sections"][0]["heading"] == "Travel"


def test_the_words_are_found_again_after_the_document_was_read_and_cut_anew(read, cited):
    read_in(cited, ["A new page before it.", TEXTS[0], "Rules. The allowance\nis 65 euros a day. More of it."], page=1)
    told = read().json()
    assert told["place"] == {"found": True, "page": 3}
    assert marked(told) == "The allowance\nis 65 euros a day."
    assert told["source"]["state"] is None


def test_words_that_are_gone_open_the_page_where_they_stood(read, cited):
    read_in(cited, [TEXTS[0], "The allowance is 75 euros a day.", TEXTS[2]], page=1)
    told = read().json()
    assert told["place"] == {"found": False, "page": 2}
    assert (told["sheet"]["number"], marked(told)) == (2, "")
    assert (told["source"]["state"], told["source"]["text"]) == ("changed", TEXTS[1])


def test_a_text_without_pages_opens_where_the_words_stand(read, cited):
    Document.objects.update(media_type="text/plain", pages=None)
    many = [f"Paragraph {number} about nothing much." for number in range(90)]
    read_in(cited, [*many, TEXTS[1], *many])
    told = read().json()
    assert (told["sheet"]["number"], told["sheet"]["paged"], told["place"]["page"]) == (3, False, None)
    assert marked(told) == TEXTS[1]
    Source.objects.update(page=None)
    read_in(cited, many)
    assert read().json()["sheet"]["number"] == 1


def test_what_alice_may_not_read_is_not_opened(read, cited, client, bob, carol):
    cited.library.shares.all().delete()
    told = read().json()
    assert (told["document"], told["sheet"], told["source"]["text"]) == (None, None, "")
    assert client.get(f"/api/documents/{cited.pk}/file").status_code == 404
    reply = Message.objects.get()
    for person in (bob, carol):
        client.force_login(person)
        assert client.get(f"/api/chats/{reply.conversation_id}/messages/{reply.pk}/sources/1").status_code == 404
    assert Client().get(f"/api/chats/{reply.conversation_id}/messages/{reply.pk}/sources/1").status_code == 401


def test_numbers_that_are_not_there_are_not_found(read):
    assert read(number=2).status_code == 404
    assert read(page=10**9).json()["sheet"]["number"] == 3


@pytest.mark.django_db(transaction=True)
async def test_the_file_comes_whole_or_in_ranges_and_never_as_a_page(async_client, alice, cited):
    await async_client.aforce_login(alice)
    address = f"/api/documents/{cited.pk}/file"

    async def get(**headers):
        answer = await async_client.get(address, headers=headers)
        return answer, b"".join([piece async for piece in answer]) if answer.streaming else answer.content

    whole, body = await get()
    assert (whole.status_code, body, whole["Accept-Ranges"]) == (200, FILE, "bytes")
    assert whole["Content-Disposition"].startswith("attachment")
    assert (whole["X-Content-Type-Options"], whole["Content-Security-Policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )
    part, body = await get(range="bytes=5-14")
    assert (part.status_code, body, part["Content-Range"]) == (206, FILE[5:15], f"bytes 5-14/{len(FILE)}")
    assert (await get(range=f"bytes={len(FILE) - 3}-"))[1] == FILE[-3:]
    assert (await get(range="bytes=9999999-"))[0].status_code == 416
    assert (await get(range="bytes=1-2,4-5"))[0].status_code == 200


RULES = [["Trains are booked by the office.", ["Travel"], None, False], [TEXTS[1], ["Travel", "Money"], None, False]]


@pytest.fixture
def attached(alice):
    """Alice's question came with a file; the answer to her next one cites it."""
    chat = Conversation.objects.create(owner=alice, title="Allowance", has_files=True)
    asked = Message.objects.create(conversation=chat, author=alice, role="user", text="What is it about?")
    file = Attachment.objects.create(
        owner=alice, name="rules.txt", kind="document", media_type="text/plain", file_name="-", sha256="-", size=1,
        state="ready", text=json.dumps(RULES),
    )  # fmt: skip
    file.messages.add(asked)
    told = Message.objects.create(conversation=chat, parent=asked, role="assistant", text="Rules.")
    again = Message.objects.create(conversation=chat, parent=told, author=alice, role="user", text="How much?")
    reply = Message.objects.create(conversation=chat, parent=again, role="assistant", text="65 euros [1].")
    Source.objects.create(message=reply, n=1, title="rules.txt", document_name="rules.txt", text=TEXTS[1], cited=True)
    return file, f"/api/chats/{chat.pk}/messages/{reply.pk}/sources/1"


def test_a_citation_of_an_attached_file_opens_it_with_the_words_marked(client, alice, attached):
    file, address = attached
    client.force_login(alice)
    told = client.get(address).json()
    assert (told["document"]["name"], told["document"]["pdf"]) == ("rules.txt", False)
    assert told["document"]["file"] == f"/api/attachments/{file.pk}/file"
    assert (told["place"]["found"], marked(told)) == (True, TEXTS[1])
    assert [section["heading"] for section in told["sheet"]["sections"]] == ["Travel", "Travel › Money"]


def test_a_long_attached_file_opens_at_the_sheet_or_page_of_the_words(client, alice, attached):
    _file, address = attached
    client.force_login(alice)
    many = [["Nothing much. " * 100, [], None, False]] * 40
    for blocks, paged, number in (
        ([*many, *RULES], False, 3),
        ([[text, heading, page, table] for page, (text, heading, _none, table) in enumerate(RULES, 1)], True, 2),
    ):
        Attachment.objects.update(text=json.dumps(blocks))
        told = client.get(address).json()
        assert (told["sheet"]["paged"], told["sheet"]["number"], marked(told)) == (paged, number, TEXTS[1])
        assert told["place"]["page"] == (number if paged else None)
    assert marked(client.get(address, {"page": 1}).json()) == ""


def test_the_passage_alone_is_shown_of_an_attached_file_that_is_gone(client, alice, bob, attached):
    file, address = attached
    file.messages.clear()
    client.force_login(alice)
    told = client.get(address).json()
    assert (told["document"], told["source"]["text"]) == (None, TEXTS[1])
    client.force_login(bob)
    assert client.get(address).status_code == 404
