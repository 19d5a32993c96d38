"""Chats are found by their words, in any language, as soon as they are written, and by nobody else.

Once on each kind of database: tests/on_postgres.py.
"""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat.finding import index
from chat.finding.catching_up import catch_up, catch_up_with_all, changed, edited
from chat.finding.search import find
from chat.finding.snippets import snippet
from chat.finding.words import terms
from chat.models import Conversation, Message
from tests.chat.test_api import as_, conversation_of  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


def titles(user, typed):
    return [result["title"] for result in find(user, typed).results]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("limit travel", "The travel policy has a limit."),
        ("TRAV", "The travel policy has a limit."),
        ("policies", "The travel policy has a limit."),
        ("привет", "ПРИВЕТ, мир"),
        ("ПРИВЕТ", "привет, мир"),
        ("cafe", "We met at the CAFÉ"),
        ("strasse", "In der Straße"),
        ("知识库", "我们的知识库可以检索"),
        ("检索 知识", "我们的知识库可以检索"),
        ("库", "知识库"),
        ("ＡＢＣ", "the abc of it"),
        ("rag知识", "RAG知识"),
        ("3 14", "It is 3.14"),
        ("안녕", "안녕하세요"),
    ],
)
def test_a_chat_is_found_by_its_words(alice, typed, text):
    conversation_of(alice, "Nothing of the kind", title="Other")
    conversation_of(alice, text, title="This")
    assert titles(alice, typed) == ["This"]


@pytest.mark.parametrize("typed", ["库知", "travels nowhere", "", "  ", "!?", '"', "a OR b", "NEAR(", "'; --", "*"])
def test_what_is_not_there_is_not_found(alice, typed):
    conversation_of(alice, "The travel policy. 知识库")
    assert titles(alice, typed) == []


def test_a_title_comes_first_and_the_newer_of_two_alike_before_the_older(alice):
    old = conversation_of(alice, "We talk of lions", title="old")
    Conversation.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(days=400))
    conversation_of(alice, "We talk of lions", title="new")
    conversation_of(alice, "about something", title="Lions")
    assert titles(alice, "lion") == ["Lions", "new", "old"]


def test_nobody_finds_anothers_words(alice, bob):
    conversation_of(alice, "secret plan", title="secret")
    assert titles(alice, "secret") == ["secret"]
    assert titles(bob, "secret") == []


def test_a_chat_that_has_changed_hands_is_not_found_by_its_first_owner(alice, bob):
    chat = conversation_of(alice, "secret plan")
    assert titles(alice, "secret")
    Conversation.objects.filter(pk=chat.pk).update(owner=bob)
    assert titles(alice, "secret") == []


def test_a_hit_on_another_branch_leads_to_its_message(alice):
    chat = conversation_of(alice, "q", "shown answer")
    hidden = Message.objects.create(
        conversation=chat, parent=chat.messages.first(), role="assistant", text="hidden gem"
    )
    assert [result["message"] for result in find(alice, "gem").results] == [hidden.pk]


def test_deleted_words_leave_the_index_whichever_way_they_go(alice):
    chat = conversation_of(alice, "first words", "last words")
    other = conversation_of(alice, "other words", title="Other words")
    assert len(titles(alice, "words")) == 2
    chat.messages.last().delete()
    assert titles(alice, "last") == []
    Conversation.objects.filter(pk=other.pk).delete()
    assert titles(alice, "other") == []
    alice.delete()
    with connection.cursor() as cursor:
        for table in (index.MESSAGES, index.TITLES):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,)


def test_an_answer_is_found_once_it_is_finished_and_again_when_it_goes_on(alice):
    chat = conversation_of(alice, "question", "half an answ")
    answer = chat.messages.last()
    Message.objects.filter(pk=answer.pk).update(state="running")
    assert titles(alice, "half") == []
    Message.objects.filter(pk=answer.pk).update(state="complete", text="half an answer", seq=4)
    assert titles(alice, "answer") == ["Travel"]
    Conversation.objects.update(updated_at=timezone.now() - timedelta(days=3))
    Message.objects.filter(pk=answer.pk).update(text="half an answer, and the rest", seq=9)
    changed(chat.pk)
    assert titles(alice, "rest") == ["Travel"]


def test_a_message_that_is_edited_where_it_stands_is_found_by_its_new_words_alone(alice):
    chat = conversation_of(alice, "wrong words")
    assert titles(alice, "wrong")
    message = chat.messages.get()
    Message.objects.filter(pk=message.pk).update(text="right ones")
    edited(message)
    assert titles(alice, "right") == ["Travel"]
    assert titles(alice, "wrong") == []


def test_a_renamed_chat_is_found_by_its_new_name_alone(alice, as_):  # noqa: F811
    chat = conversation_of(alice, "hello", title="Before")
    Conversation.objects.update(updated_at=timezone.now() - timedelta(days=3))
    assert titles(alice, "before") == ["Before"]
    as_(alice).patch(f"/api/chats/{chat.pk}", json.dumps({"title": "Afterwards"}), "application/json")
    assert titles(alice, "before") == []
    assert titles(alice, "afterwards") == ["Afterwards"]


def test_a_title_that_comes_after_its_answer_is_found(alice):
    chat = conversation_of(alice, "hello", title="First words")
    assert titles(alice, "first") == ["First words"]
    Conversation.objects.filter(pk=chat.pk).update(title="Written later")
    conversation_of(alice, "hello", title="Another")
    assert titles(alice, "later") == ["Written later"]


def test_what_takes_too_long_goes_on_at_the_next_search_and_is_said(alice):
    for number in range(3):
        conversation_of(alice, f"lion {number}")
    assert not catch_up(alice.pk, seconds=-1)
    assert catch_up(alice.pk, seconds=60)
    assert len(titles(alice, "lion")) == 3


def test_every_hour_the_chats_of_all_are_made_ready(alice, bob):
    for person in (alice, bob):
        conversation_of(person, "lion")
    catch_up_with_all()
    assert set(index.known(index.MESSAGES, list(Message.objects.values_list("pk", flat=True)))) == set(
        Message.objects.values_list("pk", flat=True)
    )


def test_nothing_new_is_indexed_twice(alice):
    conversation_of(alice, "lion")
    assert titles(alice, "lion")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert titles(alice, "lion")
    assert not [query for query in queries if not query["sql"].startswith("SELECT")]


def test_a_snippet_shows_where_the_words_stand_together():
    text = "lion " + "x " * 200 + "the lion and the tiger " + "y " * 200
    shown = snippet(text, terms("tiger lion"))
    assert [shown.text[start:end] for start, end in shown.marks] == ["lion", "tiger"]
    assert shown.text.startswith("…")
    assert shown.text.endswith("…")


def test_a_snippet_has_no_marks_of_markdown():
    text = "## Limits\n\n| name | value |\n|---|---:|\n| limit | **5,000** |\n\n```python\nprint(1)\n```"
    assert snippet(text, terms("limit")).text == "Limits name value limit 5,000 print(1)"


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("ПРИВЕТ, мир", "привет", ["ПРИВЕТ"]),
        ("我们的知识库可以检索", "知识库", ["知识库"]),
        ("ﬁrst Limits, Straße and limited", "limit", ["Limits", "limited"]),
    ],
)
def test_the_words_are_marked_as_they_were_written(text, typed, marked):
    shown = snippet(text, terms(typed))
    assert [shown.text[start:end] for start, end in shown.marks] == marked


def test_words_are_found_within_a_chat_on_the_branch_that_is_shown(alice, bob, as_):  # noqa: F811
    chat = conversation_of(alice, "Was ist ein Straßencafé?")
    question = chat.messages.get()
    hidden = Message.objects.create(conversation=chat, parent=question, role="assistant", text="cafe cafe cafe")
    shown = Message.objects.create(
        conversation=chat, parent=question, role="assistant", text="Ein **Café** mit\nKaffee, und noch ein CAFE. 知识库"
    )
    chat.show(shown)

    def found(words, by=alice):
        return as_(by).get(f"/api/chats/{chat.pk}/find", {"q": words})

    assert found("cafe").json() == {"hits": [[question.pk, 1], [shown.pk, 2]], "elsewhere": 3}
    assert found("café MIT  kaffee").json()["hits"] == [[shown.pk, 1]]
    assert found("识库").json()["hits"] == [[shown.pk, 1]]
    assert found("  ").json() == {"hits": [], "elsewhere": 0}
    assert found("cafe", bob).status_code == 404
    assert hidden.text
