"""Queries whose statement is built once give what Django's own give, and never for anybody else."""

from uuid import UUID, uuid4

import pytest
from django.db import connection

from chat.models import Conversation, Message
from webui.prepared import Prepared

pytestmark = pytest.mark.django_db

NOBODY, NOTHING = 2**31 - 1, UUID(int=1)


def chats_of(owner, chat):
    return Conversation.objects.filter(owner=owner, pk=chat).select_related("active")


@pytest.fixture
def chat_of():
    return Prepared(chats_of, NOBODY, NOTHING)


def chat(owner, title="", **more):
    return Conversation.objects.create(owner=owner, title=title, model_ids=["a", "b"], **more)


def test_the_whole_row_comes_as_from_the_query_itself(chat_of, alice):
    mine = chat(alice, "运费 and freight")
    mine.show(Message.objects.create(conversation=mine, role="user", text="Hello"))
    [found], [same] = chat_of(alice.pk, mine.pk), chats_of(alice.pk, mine.pk)
    fields = [field.attname for field in Conversation._meta.concrete_fields]
    assert [getattr(found, name) for name in fields] == [getattr(same, name) for name in fields]
    assert found == same
    assert found.model_ids == ["a", "b"]
    assert found.active.text == "Hello"
    assert not found._state.adding


def test_what_is_given_changes_from_call_to_call(chat_of, alice, bob):
    first, second, other = chat(alice, "first"), chat(alice, "second"), chat(bob, "other")
    assert [one.title for one in chat_of(alice.pk, first.pk)] == ["first"]
    assert [one.title for one in chat_of(alice.pk, second.pk)] == ["second"]
    assert [one.title for one in chat_of(bob.pk, other.pk)] == ["other"]
    assert chat_of(alice.pk, other.pk) == []
    assert chat_of(alice.pk, uuid4()) == []


def test_nothing_beside_the_row_is_none(chat_of, alice):
    [found] = chat_of(alice.pk, chat(alice).pk)
    assert found.active is None


def test_no_statement_is_built_twice(alice, django_assert_num_queries):
    built = []
    asked = Prepared(lambda owner, one: built.append(owner) or chats_of(owner, one), NOBODY, NOTHING)
    mine = chat(alice)
    with django_assert_num_queries(3):
        for _again in range(3):
            asked(alice.pk, mine.pk)
    assert built == [NOBODY]


def test_a_value_that_would_be_lost_is_refused(alice):
    everybodys = Prepared(lambda owner, one: Conversation.objects.filter(pk=one), NOBODY, NOTHING)
    with pytest.raises(ValueError, match="not every mark"):
        everybodys(alice.pk, chat(alice).pk)


def test_a_changed_row_is_seen_at_once(chat_of, alice):
    mine = chat(alice, "before")
    chat_of(alice.pk, mine.pk)
    Conversation.objects.filter(pk=mine.pk).update(title="after")
    assert [one.title for one in chat_of(alice.pk, mine.pk)] == ["after"]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite compiles nothing")
def test_postgresql_compiles_no_statement_of_ours():
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
