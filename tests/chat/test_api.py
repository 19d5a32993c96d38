"""/api/chats: one's own conversations and nobody else's."""

import json
import uuid

import pytest
from django.test import Client

from chat.models import Conversation, Message, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(db):
    def signed_in(user):
        client = Client()
        client.force_login(user)
        return client

    return signed_in


def conversation_of(user, *texts, title="Travel"):
    chat = Conversation.objects.create(owner=user, title=title)
    parent = None
    for place, text in enumerate(texts):
        role = "assistant" if place % 2 else "user"
        parent = Message.objects.create(conversation=chat, parent=parent, role=role, text=text)
    if parent:
        chat.show(parent)
    return chat


def test_alice_lists_her_chats_newest_first_in_pages(alice, bob, as_):
    for number in range(55):
        conversation_of(alice, "hi", title=f"chat {number}")
    conversation_of(bob, "hi", title="bob's")
    first = as_(alice).get("/api/chats").json()
    assert [chat["title"] for chat in first["chats"]] == [f"chat {n}" for n in range(54, 4, -1)]
    rest = as_(alice).get("/api/chats", {"cursor": first["next"]}).json()
    assert [chat["title"] for chat in rest["chats"]] == [f"chat {n}" for n in range(4, -1, -1)]
    assert rest["next"] is None


def test_a_chat_is_read_with_its_messages_sources_and_siblings(alice, as_):
    chat = conversation_of(alice, "Limit?", "It is 5,000 [1].")
    question, answer = chat.messages.all()
    other = Message.objects.create(conversation=chat, parent=question, role="assistant", text="Another")
    Source.objects.create(message=answer, n=1, title="Handbook", page=7, text="The limit is 5,000.", cited=True)
    read = as_(alice).get(f"/api/chats/{chat.pk}").json()
    assert [message["text"] for message in read["messages"]] == ["Limit?", "It is 5,000 [1].", "Another"]
    assert read["messages"][1]["sources"][0]["page"] == 7
    assert read["messages"][1]["siblings"] == [answer.pk, other.pk]
    assert read["before"] is None


def test_a_long_chat_is_read_page_by_page_from_its_end(alice, as_):
    chat = conversation_of(alice, *[f"message {n}" for n in range(120)])
    client, texts, before = as_(alice), [], ""
    while before is not None:
        page = client.get(f"/api/chats/{chat.pk}", {"before": before} if before else {}).json()
        assert len(page["messages"]) <= 50
        texts = [message["text"] for message in page["messages"]] + texts
        before = page["before"]
    assert texts == [f"message {n}" for n in range(120)]


def test_the_shown_branch_can_be_changed(alice, as_):
    chat = conversation_of(alice, "q", "first answer")
    question = chat.messages.first()
    other = Message.objects.create(conversation=chat, parent=question, role="assistant", text="second answer")
    below = Message.objects.create(conversation=chat, parent=other, role="user", text="thanks")
    client = as_(alice)
    client.patch(f"/api/chats/{chat.pk}", json.dumps({"active": other.pk}), "application/json")
    chat.refresh_from_db()
    assert chat.active_id == below.pk
    shown = client.get(f"/api/chats/{chat.pk}").json()["messages"]
    assert [message["text"] for message in shown] == ["q", "second answer", "thanks"]


def test_a_title_given_by_a_person_is_kept(alice, as_):
    chat = conversation_of(alice, "q")
    answer = as_(alice).patch(f"/api/chats/{chat.pk}", json.dumps({"title": "  Mine "}), "application/json")
    assert answer.json()["title"] == "Mine"
    chat.refresh_from_db()
    assert chat.title_by_person


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_bob_finds_none_of_alices_chats(alice, bob, as_, method):
    chat = conversation_of(alice, "secret plan")
    client = as_(bob)
    for path in (f"/api/chats/{chat.pk}", f"/api/chats/{uuid.uuid4()}"):
        assert client.generic(method.upper(), path, "{}", "application/json").status_code == 404
    assert client.get(f"/api/chats/{chat.pk}/export").status_code == 404
    assert client.get(f"/c/{chat.pk}/").status_code == 404
    assert client.get("/api/chats").json()["chats"] == []
    assert client.get("/api/chats/search", {"q": "secret"}).json()["results"] == []
    assert Conversation.objects.filter(pk=chat.pk).exists()


def test_bob_cannot_show_alices_message_in_his_chat(alice, bob, as_):
    foreign = conversation_of(alice, "secret").messages.first()
    mine = conversation_of(bob, "hi")
    answer = as_(bob).patch(f"/api/chats/{mine.pk}", json.dumps({"active": foreign.pk}), "application/json")
    assert answer.status_code == 404


def test_nobody_is_told_to_sign_in(client, alice):
    chat = conversation_of(alice, "hi")
    for path in ("/api/chats", f"/api/chats/{chat.pk}", "/api/models"):
        assert client.get(path).status_code == 401


def test_a_chat_is_made_and_deleted(alice, as_):
    client = as_(alice)
    made = client.post("/api/chats", json.dumps({"title": "New"}), "application/json")
    assert made.status_code == 201
    assert client.delete(f"/api/chats/{made.json()['id']}").status_code == 204
    assert client.get(f"/api/chats/{made.json()['id']}").status_code == 404


@pytest.mark.parametrize("query", ["travel POLICY", "知识", "limit policy"])
def test_every_word_in_any_order_finds_the_chat(alice, as_, query):
    conversation_of(alice, "unrelated")
    chat = conversation_of(alice, "The policy says: travel has a limit. 知识库检索")
    assert [hit["chat"] for hit in as_(alice).get("/api/chats/search", {"q": query}).json()["results"]] == [
        str(chat.pk)
    ]


def test_an_exported_chat_can_be_imported_once(alice, bob, as_):
    chat = conversation_of(alice, "Limit?", "5,000 [1]")
    Source.objects.create(message=chat.messages.last(), n=1, title="Handbook", text="passage", cited=True)
    exported = as_(alice).get(f"/api/chats/{chat.pk}/export").content
    again = as_(alice).post("/api/chats/import", exported, "application/json").json()
    assert again == {"id": str(chat.pk), "added": 0}
    copied = as_(bob).post("/api/chats/import", exported, "application/json").json()
    assert copied["added"] == 2
    assert as_(bob).post("/api/chats/import", exported, "application/json").json() == {"id": copied["id"], "added": 0}
    read = as_(bob).get(f"/api/chats/{copied['id']}").json()["messages"]
    assert [message["text"] for message in read] == ["Limit?", "5,000 [1]"]
    assert read[1]["sources"][0]["text"] == "passage"


@pytest.mark.parametrize(
    "body", ["{}", '{"form":"other"}', '{"form":"webui.chat/1","id":"x","messages":[]}', "[]", "no"]
)
def test_a_wrong_import_gets_a_sentence(alice, as_, body):
    answer = as_(alice).post("/api/chats/import", body, "application/json")
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


def test_markdown_export_names_the_sources(alice, as_):
    chat = conversation_of(alice, "Limit?", "5,000 [1]")
    Source.objects.create(message=chat.messages.last(), n=1, title="Handbook", text="passage", cited=True)
    text = as_(alice).get(f"/api/chats/{chat.pk}/export", {"format": "markdown"}).content.decode()
    assert "# Travel" in text
    assert "[1] Handbook" in text


def test_the_picker_shows_only_allowed_models(alice, bob, model, as_):
    model.for_everyone = False
    model.save()
    model.users.add(alice)
    assert [shown["id"] for shown in as_(alice).get("/api/models").json()] == ["qwen"]
    assert as_(bob).get("/api/models").json() == []
