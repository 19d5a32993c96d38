"""A chat is read under a link by whom its owner and the administrator let in, and by nobody else."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat.models import Conversation, Message, ShareLink, SharingRule, Source
from chat.rendering import rendered
from knowledge.models import Library
from tests.chat.test_api import as_, conversation_of  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(alice):
    chat = conversation_of(alice, "What is the limit?", "It is **5,000** [1].", title="Limits")
    answer = chat.messages.last()
    library = Library.objects.create(owner=alice, name="Handbook")
    Source.objects.create(
        message=answer,
        n=1,
        title="Handbook",
        document_name="plan.txt",
        text="the passage",
        cited=True,
        library=library.pk,
    )
    Message.objects.filter(pk=answer.pk).update(reasoning="private thoughts", ledger={"x": 1})
    Message.objects.create(conversation=chat, parent=chat.messages.first(), role="assistant", text="another version")
    return chat


@pytest.fixture
def share(chat, alice, as_):  # noqa: F811
    def make(**body):
        answer = as_(alice).post(f"/api/chats/{chat.pk}/shares", json.dumps(body), "application/json")
        assert answer.status_code == 201, answer.content
        return answer.json()

    return make


def test_bob_reads_the_shown_path_and_nothing_beside_it(share, bob, as_):  # noqa: F811
    page = as_(bob).get(share()["path"])
    text = page.content.decode()
    assert "<strong>5,000</strong>" in text
    assert "noindex" in page["X-Robots-Tag"]
    assert "no-store" in page["Cache-Control"]
    for hidden in ("the passage", "plan.txt", "private thoughts", "another version"):
        assert hidden not in text


def test_passages_are_shown_when_their_owner_says_so(share, alice, bob, as_):  # noqa: F811
    path = share(passages=True)["path"]
    assert "the passage" in as_(bob).get(path).content.decode()
    Library.objects.all().delete()  # what alice herself may not read any more, she cannot show
    assert "the passage" not in as_(bob).get(path).content.decode()


def test_what_is_said_later_is_not_under_the_link(share, chat, bob, as_):  # noqa: F811
    path = share()["path"]
    later = Message.objects.create(conversation=chat, parent=chat.active, role="user", text="said later")
    chat.show(later)
    assert "said later" not in as_(bob).get(path).content.decode()


def test_a_revoked_and_an_expired_link_lead_nowhere(share, alice, bob, as_):  # noqa: F811
    kept, revoked, old = share(), share(), share(days=1)
    assert as_(bob).delete(f"/api/shares/{kept['id']}").status_code == 404
    assert as_(alice).delete(f"/api/shares/{revoked['id']}").status_code == 204
    ShareLink.objects.filter(pk=old["id"]).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert [as_(bob).get(link["path"]).status_code for link in (kept, revoked, old)] == [200, 404, 404]
    listed = as_(alice).get("/api/shares").json()["links"]
    assert {link["id"]: link["expired"] for link in listed} == {kept["id"]: False, old["id"]: True}
    assert as_(bob).get("/api/shares").json()["links"] == []


@pytest.mark.parametrize(
    ("readers", "bobs", "nobodys"), [("people", 200, 302), ("anyone", 200, 200), ("nobody", 404, 404)]
)
def test_the_administrator_says_who_may_open_links(share, bob, as_, readers, bobs, nobodys):  # noqa: F811
    path = share()["path"]
    SharingRule.objects.create(readers=readers)
    assert as_(bob).get(path).status_code == bobs
    assert Client().get(path).status_code == nobodys


def test_where_sharing_is_forbidden_no_link_is_made(chat, alice, root, as_):  # noqa: F811
    as_(root).post("/admin/chat-sharing/", {"readers": "nobody"})
    answer = as_(alice).post(f"/api/chats/{chat.pk}/shares", "{}", "application/json")
    assert answer.status_code == 403
    assert "administrator" in answer.json()["detail"]


def test_links_of_a_person_who_was_disabled_lead_nowhere(share, alice, bob, as_):  # noqa: F811
    path = share()["path"]
    alice.is_active = False
    alice.save()
    assert as_(bob).get(path).status_code == 404


def test_bob_goes_on_with_a_copy_of_the_words_alone(share, bob, as_):  # noqa: F811
    client = as_(bob)
    answer = client.post(f"{share(passages=True)['path']}copy/")
    copy = Conversation.objects.get(owner=bob)
    assert answer["Location"] == f"/c/{copy.pk}/"
    assert list(copy.messages.values_list("role", "text")) == [
        ("user", "What is the limit?"), ("assistant", "It is **5,000** [1]."),
    ]  # fmt: skip
    assert not Source.objects.filter(message__conversation=copy).exists()
    assert not copy.messages.exclude(reasoning="").exists()
    assert not copy.messages.exclude(ledger=None).exists()
    assert copy.active == copy.messages.last()


def test_nobody_shares_a_chat_of_somebody_else(chat, bob, as_):  # noqa: F811
    assert as_(bob).post(f"/api/chats/{chat.pk}/shares", "{}", "application/json").status_code == 404
    mine = conversation_of(bob, "hi")
    body = json.dumps({"message": chat.messages.first().pk})
    assert as_(bob).post(f"/api/chats/{mine.pk}/shares", body, "application/json").status_code == 404


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](https://evil.example/pixel.png)",
        '[x](https://a.example "" onmouseover=alert(1)")',
        "<a href='javascript:alert(1)'>x</a>",
        "```<script>\nalert(1)\n```",
        "<style>body{display:none}</style>",
        "&lt;script&gt;",
    ],
)
def test_hostile_words_are_only_words_on_the_page(hostile):
    from lxml import html

    root = html.fromstring(f"<div>{rendered(hostile)}</div>")
    allowed = {"div", "p", "a", "pre", "code"}
    assert {element.tag for element in root.iter()} <= allowed
    for element in root.iter():
        assert set(element.attrib) <= {"href", "rel", "title", "class"}
        assert not element.get("href", "").lower().startswith(("javascript:", "data:", "vbscript:"))
