"""A new chat out of a message of another."""

import pytest
from django.test import Client

from chat.models import Attachment, Conversation, Message, Source
from chat.tree import branch_page
from knowledge.models import Library

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(alice):
    """Two questions, the first answered twice; a source, a file, a library, and one answer under way."""
    chat = Conversation.objects.create(owner=alice, title="Travel", model_ids=["qwen"], has_files=True)
    chat.libraries.add(Library.objects.create(owner=alice, name="Handbook"))

    def say(role, text, parent, **more):
        return Message.objects.create(conversation=chat, role=role, text=text, parent=parent, **more)

    limit = say("user", "Limit?", None, author=alice)
    first = say("assistant", "187 [1].", limit, model_name="qwen", usage={"prompt_tokens": 7})
    say("assistant", "Another.", limit)
    more = say("user", "More?", first)
    say("assistant", "Writing", more, state=Message.State.RUNNING, told_from=limit.pk)
    Source.objects.create(message=first, n=1, title="Handbook", text="187 euros", cited=True, checks=[{"a": 1}])
    Attachment.objects.create(owner=alice, name="a.txt", kind="document", size=1).messages.add(limit)
    chat.show(more)
    return chat


def fork(user, chat, message, **body):
    client = Client()
    client.force_login(user)
    return client.post(f"/api/chats/{chat.pk}/messages/{message.pk}/fork", body, content_type="application/json")


def texts(chat):
    return [message["text"] for message in branch_page(chat).messages]


def made(answer):
    assert answer.status_code == 201
    return Conversation.objects.get(pk=answer.json()["id"])


def test_the_words_up_to_a_message_go_on_in_a_chat_of_their_own(alice, talk):
    answer = talk.messages.get(text="187 [1].")
    copy = made(fork(alice, talk, answer))
    assert (copy.owner, copy.title, copy.model_ids) == (alice, "Travel", ["qwen"])
    assert texts(copy) == ["Limit?", "187 [1]."]
    assert [library.name for library in copy.libraries.all()] == ["Handbook"]
    taken = copy.messages.get(role="assistant")
    assert (taken.model_name, taken.usage, taken.created_at) == ("qwen", {"prompt_tokens": 7}, answer.created_at)
    assert [(source.text, source.checks) for source in taken.sources.all()] == [("187 euros", [{"a": 1}])]
    assert [file.name for file in copy.messages.get(role="user").attachments.all()] == ["a.txt"]
    taken.delete()
    assert talk.messages.filter(pk=answer.pk).exists()
    assert talk.messages.count() == 5


def test_all_branches_come_along_and_nothing_stays_under_way(alice, talk):
    running = talk.messages.get(state=Message.State.RUNNING)
    copy = made(fork(alice, talk, running, whole=True))
    assert copy.messages.count() == 5
    ended = copy.messages.get(text="Writing")
    assert (ended.state, ended.error_code) == (Message.State.INTERRUPTED, "interrupted")
    assert copy.active_id == ended.pk
    assert ended.told_from == copy.messages.get(text="Limit?").pk
    assert ended.parent.parent.parent.text == "Limit?"
    assert {message.conversation_id for message in copy.messages.filter(parent__text="Limit?")} == {copy.pk}
    assert talk.messages.get(pk=running.pk).state == Message.State.RUNNING


def test_a_long_branch_costs_a_handful_of_queries(alice, talk, django_assert_max_num_queries):
    parent = talk.messages.get(text="187 [1].")
    for number in range(60):
        parent = Message.objects.create(conversation=talk, parent=parent, role="user", text=str(number))
    with django_assert_max_num_queries(40):  # those of signing in are among them
        answer = fork(alice, talk, parent)
    assert made(answer).messages.count() == 62


def test_nobody_else_makes_a_chat_of_it(bob, talk):
    before = Conversation.objects.count()
    assert fork(bob, talk, talk.messages.first()).status_code == 404
    assert Conversation.objects.count() == before
