"""Whatever the file: nothing is taken in twice, nothing by halves, and what is hostile ends with a sentence."""

import contextlib
import copy
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.exporting import data
from chat.finding.search import find
from chat.importing import files, preparing, products, storing
from chat.importing.shapes import BadFile, Chat, Unreadable
from chat.models import Conversation, Message, Source
from tests.chat.importing import desktop, hosted
from tests.chat.importing.test_products import bring, own_folder, zipped  # noqa: F401  fixtures
from tests.chat.test_api import as_, conversation_of  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db
ALL = {
    "open-webui": hosted.openwebui,
    "chatgpt": hosted.chatgpt,
    "claude": hosted.claude,
    "librechat": hosted.librechat,
    "cherry-studio": desktop.cherry,
    "chatbox": desktop.chatbox,
}


@pytest.mark.parametrize("product", ALL)
def test_a_second_import_adds_nothing(alice, bring, product):  # noqa: F811
    first = bring(alice, ALL[product]())
    assert first.added == first.chats > 0
    before = Message.objects.count()
    second = bring(alice, zipped(("again.json", ALL[product]())))
    assert (second.here, second.fresh, second.added) == (first.chats, 0, 0)
    assert Message.objects.count() == before


def test_bob_brings_the_same_file_and_has_chats_of_his_own(alice, bob, bring):  # noqa: F811
    bring(alice, hosted.claude())
    assert bring(bob, hosted.claude()).added == 1
    assert [chat.owner for chat in Conversation.objects.filter(title="Poem").order_by("owner")] == [alice, bob]


def test_what_was_brought_is_found_by_its_words(alice, bring):  # noqa: F811
    bring(alice, desktop.cherry())
    assert [hit["title"] for hit in find(alice, "苏州").results] == ["旅行"]


def test_an_own_export_comes_back_with_branches_dates_and_the_note_that_it_was_edited(alice, bob, bring):  # noqa: F811
    chat = conversation_of(alice, "Which?", title="Mine")
    question = chat.messages.get()
    first = Message.objects.create(conversation=chat, parent=question, role="assistant", text="This.", model_name="m")
    edited = {"edited": {"by": "Alice", "of": first.pk}}
    second = Message.objects.create(conversation=chat, parent=question, role="assistant", text="That.", params=edited)
    chat.params, chat.system = {"temperature": 0.2}, "Be brief."
    chat.save()
    chat.show(first)
    bring(bob, zipped(("Mine.json", data.written(chat))))
    taken = Conversation.objects.get(owner=bob)
    one, other = taken.messages.filter(role="assistant")
    assert (taken.params, taken.system) == ({"temperature": 0.2}, "Be brief.")
    assert (taken.active, one.text, one.model_name) == (one, "This.", "m")
    assert other.params == {"edited": {"by": "Alice", "of": one.pk}}
    assert abs((other.created_at - second.created_at).total_seconds()) < 0.01


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"hello", "neither a JSON file nor a ZIP"),
        (b"[{]", "damaged"),
        (json.dumps(hosted.claude()).encode()[:-40], "damaged"),
        (b"[" * 300_000, "deeper than any chat"),
        (b'[{"a":' * 300_000, "deeper than any chat"),
        (b"[]", "no chats"),
        (b'{"chat": {"history": 7}}', "no chats"),
        (b'[{"mapping": {"a": 1}}, "x", 7, null]', "no chats"),
        (b"[1e400]", "damaged"),
        (b"PK\x03\x04 nothing", "damaged"),
        (zipped(("a.txt", "x")), "no JSON file"),
        (zipped(("IndexedDB/file__0.indexeddb.leveldb/000003.log", "x"), ("metadata.json.bak", "")), "own database"),
        (zipped(("a.json", b"[" + b" " * 30_000_000)), "larger than is allowed"),
        (zipped(("a.json", zipped(("b.json", "[]")))), "no JSON file"),
    ],
)
def test_a_file_that_is_no_export_ends_with_a_sentence(alice, bring, content, told):  # noqa: F811
    with pytest.raises(BadFile, match=told):
        bring(alice, content)
    assert not Conversation.objects.exists()


def test_an_object_larger_than_any_chat_is_refused_before_it_is_built(alice, bring, monkeypatch):  # noqa: F811
    monkeypatch.setattr(files, "MOST_VALUES", 1000)
    with pytest.raises(BadFile, match="larger than any chat"):
        bring(alice, b"[[" + b"[]," * 2000 + b"[]]]")


def test_a_chat_that_is_a_circle_is_left_out_and_the_others_come(alice, bring):  # noqa: F811
    bad = hosted.openwebui()[0]
    bad["id"], bad["title"] = "ow-2", "Circle"
    bad["chat"]["history"]["messages"]["q1"]["parentId"] = "q2"
    trial = bring(alice, [bad, *hosted.openwebui()])
    assert (trial.unreadable, trial.added) == (1, 1)
    assert trial.told == [("Circle", "Its messages stand in a circle.")]
    assert [chat.title for chat in Conversation.objects.all()] == ["Travel"]


def test_a_chat_is_stored_whole_or_not_at_all(alice, bring, monkeypatch):  # noqa: F811
    def full(*_rows, **_options):
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(Source.objects, "bulk_create", full)
        with pytest.raises(OSError, match="disk full"):
            bring(alice, hosted.openwebui())
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_messages_that_lie_thousands_deep_in_each_other_are_read_without_recursion(alice, bring):  # noqa: F811
    count = 3000
    one = '{"messageId":"m%d","text":"%d","isCreatedByUser":true,"children":['
    deep = "".join(one % (n, n) for n in range(count)) + "]}" * count
    told = '{"conversationId":"deep","recursive":true,"title":"Deep","messagesTree":[' + deep + "]}"
    assert bring(alice, told.encode()).messages == count


def test_zero_bytes_and_halves_of_characters_are_left_out(alice, bring):  # noqa: F811
    given = hosted.claude()[:1]
    given[0]["chat_messages"][0]["content"][0]["text"] = "a\x00b\ud83d"
    bring(alice, json.dumps(given).encode())
    assert Message.objects.filter(role="user").get().text.rstrip("?") == "ab"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(thing, path=()):
    """All places in a JSON value."""
    yield path
    inner = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_data=st.data())
def test_whatever_stands_anywhere_in_a_file_it_is_a_chat_or_a_reason(given_data):
    name = given_data.draw(st.sampled_from(sorted(ALL)))
    thing = copy.deepcopy(ALL[name]())
    thing = thing[0] if isinstance(thing, list) else thing
    for _time in range(given_data.draw(st.integers(1, 3))):
        *way, last = given_data.draw(st.sampled_from([place for place in places(thing) if place]))
        inner = thing
        for key in way:
            inner = inner[key]
        inner[last] = given_data.draw(JSON)
    product = products.product_of(thing)
    if product is None:
        return
    with contextlib.suppress(Unreadable):
        for chat in product.chats(thing):
            if isinstance(chat, Chat):
                keys = [said.key for said in chat.said]
                assert len(set(keys)) == len(keys)
                assert all(said.parent in {None, *keys[:place]} for place, said in enumerate(chat.said))
                assert Chat.model_validate_json(chat.model_dump_json()) == chat


def test_alice_looks_at_a_file_and_takes_it_in_by_the_page(alice, bob, as_):  # noqa: F811
    def sent(name, content):
        return as_(alice).post("/import/", {"file": SimpleUploadedFile(name, content)})

    assert "no chats" in sent("x.json", b"[]").content.decode()
    looked = sent("chats.json", json.dumps(hosted.openwebui()).encode())
    page = as_(alice).get(looked["Location"]).content.decode()
    assert "open-webui" in page
    assert "Import 1 chat" in page
    assert "What stays behind: 1 picture, 1 file, 1 call of a tool." in page
    assert not Conversation.objects.exists()
    assert as_(bob).post(looked["Location"]).status_code == 404
    assert "1 chat was imported." in as_(alice).post(looked["Location"]).content.decode()
    assert Conversation.objects.get().owner == alice
    again = as_(alice).get(sent("chats.zip", zipped(("c.json", hosted.openwebui())))["Location"]).content.decode()
    assert "All of them are here already" in again


def test_a_large_import_goes_on_where_it_stopped(alice, as_, monkeypatch):  # noqa: F811
    given = [copy.deepcopy(hosted.claude()[0]) | {"uuid": f"c{n}"} for n in range(3)]
    monkeypatch.setattr("chat.importing.pages.SECONDS", 0.0)
    stored = storing.store

    def slowly(user, chat):
        monkeypatch.setattr(preparing.time, "monotonic", lambda: 10**9)
        return stored(user, chat)

    content = json.dumps(given).encode()
    trial = as_(alice).post("/import/", {"file": SimpleUploadedFile("c.json", content)})["Location"]
    monkeypatch.setattr("chat.importing.pages.SECONDS", 60.0)
    with monkeypatch.context() as one_by_one:
        one_by_one.setattr(preparing.storing, "store", slowly)
        assert "1 of 3 chats" in as_(alice).post(trial).content.decode()
    monkeypatch.undo()
    assert Conversation.objects.count() == 1


def test_trials_that_nobody_took_up_are_swept_away(alice, bring, monkeypatch):  # noqa: F811
    bring(alice, hosted.claude())
    folder = preparing._folder(alice)
    assert list(folder.iterdir())
    preparing.sweep()
    assert list(folder.iterdir())
    monkeypatch.setattr(preparing, "_DAY", -60.0)
    preparing.sweep()
    assert not list(folder.iterdir())
