"""Whatever is done in whatever order: a chat stays a tree, and a library is open to whom its shares say."""

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chat.forking import fork
from chat.models import Conversation, Message
from chat.tree import branch_page, newest_leaf, path_to, remove
from chat.versions import NotNow, edit, keep, keep_none
from knowledge.models import Document, Library, LibraryShare
from tests.chat.invariants import broken

pytestmark = pytest.mark.django_db

EACH = settings(
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
PLACE = st.integers(0, 50)
STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "ask", "ask", "again", "edit", "remove", "fork", "keep", "show"]), PLACE),
    min_size=3,
    max_size=12,
)


class Forest:
    """All chats of one person, and what may be done to them."""

    def __init__(self, person):
        self.person = person
        self.chat = Conversation.objects.create(owner=person, title="Tree")

    def one(self, place, **which):
        rows = list(Message.objects.filter(**which).order_by("pk"))
        return rows[place % len(rows)] if rows else None

    def ask(self, place):
        parent = self.one(place, role="assistant") if place % 4 else None
        chat = parent.conversation if parent else self.chat
        question = Message.objects.create(
            conversation=chat, parent=parent, role="user", text="why?", state="complete", author=self.person
        )
        self._answer(question)

    def again(self, place):
        if question := self.one(place, role="user"):
            self._answer(question)

    def _answer(self, question):
        answer = Message.objects.create(
            conversation=question.conversation,
            parent=question,
            role="assistant",
            text="so",
            state="complete",
            trail=[2],
        )
        question.conversation.show(answer)

    def edit(self, place):
        if message := self.one(place):
            edit(message, "in other words", self.person)

    def remove(self, place):
        if message := self.one(place):
            remove(message)

    def fork(self, place):
        if message := self.one(place):
            fork(message.conversation, message, whole=bool(place % 2))

    def keep(self, place):
        if message := self.one(place, role="assistant"):
            (keep if place % 2 else keep_none)(message)

    def show(self, place):
        if message := self.one(place):
            leaf = newest_leaf(message.conversation, message.pk)
            Conversation.objects.filter(pk=message.conversation_id).update(active=leaf)


def test_a_chat_stays_a_tree_whatever_is_done_to_it(alice):
    @EACH
    @given(STEPS)
    def walk(steps):
        with transaction.atomic():
            forest = Forest(alice)
            for name, place in steps:
                try:
                    with transaction.atomic():
                        getattr(forest, name)(place)
                except NotNow:
                    continue
                assert broken() == [], (name, place)
            for chat in Conversation.objects.all():
                assert bool(chat.active_id) == chat.messages.exists()
                if chat.active_id:
                    shown = {message["id"] for message in branch_page(chat).messages}
                    assert set(path_to(chat.active)[:5]) <= shown
            transaction.set_rollback(True)

    walk()


PEOPLE, GROUPS = ("bob", "carol"), ("Readers", "Writers")
LEVELS = ("read", "write")
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("person"), st.sampled_from(PEOPLE), st.sampled_from([None, *LEVELS])),
        st.tuples(st.just("group"), st.sampled_from(GROUPS), st.sampled_from([None, *LEVELS])),
        st.tuples(st.just("everyone"), st.just(""), st.sampled_from(["", *LEVELS])),
        st.tuples(st.just("member"), st.sampled_from([(p, g) for p in PEOPLE for g in GROUPS]), st.booleans()),
    ),
    min_size=2,
    max_size=14,
)


def expected(person, said):
    """The most that somebody may do, by the plain rule."""
    given_to = [said.get(("person", person)), said.get(("everyone", ""))]
    given_to += [said.get(("group", name)) for name in GROUPS if said.get(("member", (person, name)))]
    return max((level for level in given_to if level), key=LEVELS.index, default=None)


def look(person, most, told):
    for thing in (Library, Document):
        assert thing.objects.visible_to(person).exists() == (most is not None), told
        assert thing.objects.visible_to(person, "write").exists() == (most == "write"), told
        assert not thing.objects.visible_to(person, "own").exists()
    if most:
        assert Library.objects.visible_to(person).with_right(person).get().right == most


def test_a_library_is_open_to_whom_its_shares_say_after_any_changes(alice, bob, carol):
    people = {"bob": bob, "carol": carol}
    groups = {name: Group.objects.create(name=name) for name in GROUPS}

    def act(library, kind, whom, what):
        if kind == "member":
            person, group = whom
            (people[person].groups.add if what else people[person].groups.remove)(groups[group])
        elif kind == "everyone":
            Library.objects.filter(pk=library.pk).update(for_everyone=what)
        else:
            by = {"user": people[whom]} if kind == "person" else {"group": groups[whom]}
            LibraryShare.objects.filter(library=library, **by).delete()
            if what:
                LibraryShare.objects.create(library=library, level=what, **by)

    @EACH
    @given(CHANGES)
    def walk(changes):
        with transaction.atomic():
            library, said = Library.objects.create(owner=alice, name="Hers"), {}
            Document.objects.create(library=library, name="plan.txt", status="ready")
            for kind, whom, what in changes:
                act(library, kind, whom, what)
                said[kind, whom] = what
                for name, person in people.items():
                    look(person, expected(name, said), (name, said))
            assert Library.objects.visible_to(alice, "own").exists()
            transaction.set_rollback(True)

    walk()
