"""The pages of libraries as a browser without script sees them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from knowledge import documents, retrieval
from knowledge.documents import UploadRefused
from knowledge.models import Document, Library
from knowledge.passages import Passage
from tests.knowledge.files import pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice, rung):
    client.force_login(alice)
    return client


@pytest.fixture(autouse=True)
def _built_assets(monkeypatch):
    """The pages need no build here: the tests of the browser see the real scripts."""
    from webui import assets

    monkeypatch.setattr(assets, "entry", lambda name: assets.Entry(script=f"{name}.js", imports=(), css=None))


def text_of(answer):
    body = re.sub(r"<(script|template)\b.*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_without_a_library_the_page_teaches(as_alice):
    assert "Answers from your own documents" in text_of(as_alice.get("/knowledge/"))


def test_alice_makes_renames_and_deletes_a_library(as_alice):
    made = as_alice.post("/knowledge/", {"name": "Handbook"}, follow=True)
    assert "Nothing in here yet" in text_of(made)
    library = Library.objects.get()
    as_alice.post(f"/knowledge/{library.pk}/name/", {"name": "Rules"})
    assert "Rules" in text_of(as_alice.get("/knowledge/"))
    assert "“Rules” and the 0 documents in it will be deleted" in text_of(
        as_alice.get(f"/knowledge/{library.pk}/delete/")
    )
    assert Library.objects.exists(), "only asked"
    assert "The library “Rules” was deleted." in text_of(as_alice.post(f"/knowledge/{library.pk}/delete/", follow=True))
    assert not Library.objects.exists()


def test_files_are_uploaded_by_a_plain_form_and_each_says_what_became_of_it(as_alice, library, add):
    add("known.txt", "known")
    files = [
        SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.md", b"# b"),
        SimpleUploadedFile("again.txt", b"known"), SimpleUploadedFile("empty.txt", b""),
        SimpleUploadedFile("<b>.exe", b"MZ"),
    ]  # fmt: skip
    shown = text_of(as_alice.post(f"/knowledge/{library.pk}/", {"file": files}, follow=True))
    assert "2 documents were added." in shown
    assert "This library already has this file, as “known.txt”." in shown
    assert "empty.txt: This file is empty (0 bytes)." in shown
    assert "&lt;b&gt;.exe: Files of this kind are not read here." in shown
    assert set(library.documents.values_list("name", flat=True)) == {"known.txt", "a.txt", "b.md"}


def test_a_page_of_the_web_is_added_by_a_plain_form(as_alice, library, monkeypatch):
    async def fetch_page(url, *, user_id):
        raise UploadRefused("The page took too long.", 422)

    monkeypatch.setattr(documents, "fetch_page", fetch_page)
    shown = as_alice.post(f"/knowledge/{library.pk}/", {"url": "https://example.org/"}, follow=True)
    assert "The page took too long." in text_of(shown)


def test_each_document_says_how_far_it_is(as_alice, library, add, read):
    read("ready.pdf", pdf("One.", "Two."))
    add("queued.txt", "queued")
    Document.objects.claim(add("broken.txt", "broken").pk).fail("It is damaged.")
    Document.objects.claim(add("half.txt", "half").pk).progress(3, 12)
    shown = text_of(as_alice.get(f"/knowledge/{library.pk}/"))
    for words in ("ready · 2 pages", "queued", "failed", "It is damaged.", "3 of 12"):
        assert words in shown
    assert shown.count("Retry") == 4, "hidden where there is nothing to retry"


def test_a_failed_document_is_retried_and_any_is_removed_by_a_form(as_alice, library, add):
    document = add("broken.txt", "broken")
    Document.objects.claim(document.pk).fail("It is damaged.")
    address = f"/knowledge/{library.pk}/documents/{document.pk}"
    as_alice.post(f"{address}/retry/")
    assert Document.objects.get().status == "queued"
    assert "“broken.txt” was removed." in text_of(as_alice.post(f"{address}/delete/", follow=True))
    assert not Document.objects.exists()


def test_searching_leads_to_the_passage(as_alice, library, read, monkeypatch):
    document = read("leave.pdf", pdf("Page one.", "Twenty-seven days.", outline=[("Leave", 1)]))
    chunk = document.chunks.get(page=2)

    async def find_passages(question, user, library_ids, **_):
        return [
            Passage(
                text=chunk.text, title="leave", score=0.87, document_id=str(document.pk), document_name="leave.pdf",
                page=2, heading="Leave", chunk_id=chunk.pk,
            )
        ]  # fmt: skip

    monkeypatch.setattr(retrieval, "find_passages", find_passages)
    answer = as_alice.get(f"/knowledge/{library.pk}/", {"q": "How many days?"})
    assert "leave.pdf , page 2 0.87 Leave Twenty-seven days." in text_of(answer)
    [link] = re.findall(r'href="([^"#]*\?chunk=[^"]*)"', answer.content.decode()) or re.findall(
        r'href="([^"]*\?chunk=\d+)#', answer.content.decode()
    )
    shown = as_alice.get(link)
    assert f'<mark id="chunk-{chunk.pk}">Twenty-seven days.</mark>' in shown.content.decode()


def test_a_long_document_is_read_page_by_page_and_in_the_end_in_full(as_alice, library, read):
    paragraphs = [f"Paragraph {n} says {'word ' * 60}and ends." for n in range(120)]
    document = read("long.txt", "\n\n".join(paragraphs))
    address = f"/knowledge/{library.pk}/documents/{document.pk}/"
    shown = text_of(as_alice.get(address))
    assert "of 3" in shown
    everything = " ".join(text_of(as_alice.get(address, {"page": n})) for n in (1, 2, 3))
    assert [n for n in range(120) if f"Paragraph {n} says" not in everything] == []
    assert everything.count("Paragraph 7 says") == 1, "overlaps are shown once"
    for odd in ("0", "-1", "999", "x", "9" * 30, "٣"):
        assert as_alice.get(address, {"page": odd, "chunk": odd}).status_code == 200


def test_a_citation_finds_the_document_without_its_library(as_alice, library, read):
    document = read("a.txt", "text")
    answer = as_alice.get(f"/knowledge/documents/{document.pk}/?page=1")
    assert answer["Location"] == f"/knowledge/{library.pk}/documents/{document.pk}/?page=1"


def test_names_and_texts_are_never_markup(as_alice, library, read):
    library.name = "<script>alert(1)</script>"
    library.save()
    document = read("<img src=x onerror=alert(1)>.txt", "</mark><script>alert(2)</script>")
    for path in ("", f"{library.pk}/", f"{library.pk}/documents/{document.pk}/", f"{library.pk}/delete/"):
        page = as_alice.get(f"/knowledge/{path}").content.decode()
        assert "alert(" in page
        assert "<script>alert" not in page
        assert "<img" not in page


def addresses(library, document):
    return [
        f"/knowledge/{library.pk}/", f"/knowledge/{library.pk}/delete/", f"/knowledge/{library.pk}/?q=leave",
        f"/knowledge/{library.pk}/documents/{document.pk}/", f"/knowledge/documents/{document.pk}/",
    ]  # fmt: skip


def forms(library, document):
    below = f"/knowledge/{library.pk}/documents/{document.pk}"
    return [
        f"/knowledge/{library.pk}/", f"/knowledge/{library.pk}/name/", f"/knowledge/{library.pk}/delete/",
        f"{below}/delete/", f"{below}/retry/",
    ]  # fmt: skip


@pytest.mark.parametrize("stranger", ["bob", "root"])
def test_alices_pages_do_not_exist_for_others(client, library, read, request, stranger):
    document = read("leave.txt", "27 days")
    client.force_login(request.getfixturevalue(stranger))
    asked = {path: client.get(path).status_code for path in addresses(library, document)}
    asked |= {f"POST {path}": client.post(path, {"name": "x"}).status_code for path in forms(library, document)}
    assert set(asked.values()) == {404}, asked
    assert "Handbook" not in text_of(client.get("/knowledge/"))


def test_strangers_are_asked_to_sign_in(client, library, read):
    document = read("leave.txt", "27 days")
    for path in ["/knowledge/", *addresses(library, document)]:
        assert client.get(path)["Location"].startswith("/accounts/login/?next=")
    for path in forms(library, document):
        assert client.post(path)["Location"].startswith("/accounts/login/?next=")
    assert Document.objects.exists()
