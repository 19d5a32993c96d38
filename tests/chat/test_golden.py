"""A good answer is kept as a test question of the libraries it came from, by whoever may change them."""

import pytest

from chat.models import Conversation, Message, Source
from knowledge.models import Document, Library

pytestmark = pytest.mark.django_db

LEAVE = "Employees receive 25 days of paid holiday a year."


@pytest.fixture
def handbook(alice):
    return Library.objects.create(owner=alice, name="Handbook")


@pytest.fixture
def answered(handbook):
    """answered(person): an answer in a chat of theirs that cites the handbook, and has one passage more."""

    def make(person):
        document = Document.objects.create(library=handbook, name="leave.txt", status="ready")
        chat = Conversation.objects.create(owner=person, title="Leave")
        question = Message.objects.create(conversation=chat, role="user", text="How many days?")
        answer = Message.objects.create(conversation=chat, parent=question, role="assistant", text="25 [1].")
        for n, text, cited in ((1, LEAVE, True), (2, "The kitchen is cleaned on Friday.", False)):
            Source.objects.create(message=answer, n=n, title="leave", text=text, document=document, cited=cited)
        return answer

    return make


def keep(client, answer, **body):
    path = f"/api/chats/{answer.conversation_id}/messages/{answer.pk}/test-question"
    return client.post(path, body, content_type="application/json")


def test_alice_keeps_what_an_answer_cites(client, alice, handbook, answered):
    client.force_login(alice)
    kept = keep(client, answered(alice))
    assert kept.json() == {"kept": [{"id": str(handbook.pk), "name": "Handbook"}]}
    row = handbook.golden_questions.get()
    assert (row.text, [one["quote"] for one in row.expected]) == ("How many days?", [LEAVE])


def test_alice_keeps_one_passage_that_was_not_cited(client, alice, handbook, answered):
    client.force_login(alice)
    assert keep(client, answered(alice), source=2).status_code == 200
    assert handbook.golden_questions.get().expected[0]["quote"].startswith("The kitchen")


def test_bob_who_may_only_read_is_told_so(client, bob, handbook, answered):
    Library.objects.update(for_everyone="read")
    client.force_login(bob)
    refused = keep(client, answered(bob))
    assert refused.status_code == 422
    assert "You may not change the library" in refused.json()["detail"]
    assert not handbook.golden_questions.exists()


def test_an_answer_without_citations_says_what_to_do(client, alice, handbook, answered):
    client.force_login(alice)
    answer = answered(alice)
    answer.sources.update(cited=False)
    assert "Keep one of its passages" in keep(client, answer).json()["detail"]


def test_a_stranger_finds_no_such_answer(client, carol, alice, answered):
    answer = answered(alice)
    client.force_login(carol)
    assert keep(client, answer).status_code == 404
