"""Chats are pinned, archived, filed, tagged and named by those who own them, one by one or several at once."""

import io
import json
import uuid
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Conversation, Folder, Message, Tag
from knowledge.models import Library
from tests.chat.test_api import as_, conversation_of  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers(alice, as_):  # noqa: F811
    """A client of alice's that speaks JSON."""
    client = as_(alice)

    def call(method, path, body=None):
        answer = client.generic(method.upper(), path, json.dumps(body or {}), "application/json")
        is_json = answer.content and answer["Content-Type"].startswith("application/json")
        return answer.json() if is_json else answer

    return call


def titles(listed):
    return [chat["title"] for chat in listed]


def test_a_pinned_chat_stands_on_top_and_not_twice(alice, hers):
    old = conversation_of(alice, "hi", title="old")
    conversation_of(alice, "hi", title="new")
    hers("patch", f"/api/chats/{old.pk}", {"pinned": True})
    listed = hers("get", "/api/chats")
    assert (titles(listed["pinned"]), titles(listed["chats"])) == (["old"], ["new"])
    hers("patch", f"/api/chats/{old.pk}", {"pinned": False})
    assert titles(hers("get", "/api/chats")["chats"]) == ["new", "old"]


def test_an_archived_chat_is_out_of_the_way_and_comes_back(alice, hers):
    chat = conversation_of(alice, "hi", title="done")
    hers("patch", f"/api/chats/{chat.pk}", {"archived": True})
    assert hers("get", "/api/chats")["chats"] == []
    assert titles(hers("get", "/api/chats?archived=true")["chats"]) == ["done"]
    assert [hit["title"] for hit in hers("get", "/api/chats/search?q=done")["results"]] == ["done"]
    hers("patch", f"/api/chats/{chat.pk}", {"archived": False})
    assert titles(hers("get", "/api/chats")["chats"]) == ["done"]


def test_a_folder_holds_chats_and_leaves_them_behind_when_it_goes(alice, hers):
    folder = hers("post", "/api/folders", {"name": " Work ", "prompt": "Be brief."})
    chat = conversation_of(alice, "hi", title="filed")
    hers("patch", f"/api/chats/{chat.pk}", {"folder": folder["id"]})
    listed = hers("get", "/api/chats")
    assert listed["chats"] == []
    assert [(one["name"], one["prompt"]) for one in listed["folders"]] == [("Work", "Be brief.")]
    assert titles(hers("get", f"/api/chats?folder={folder['id']}")["chats"]) == ["filed"]
    hers("delete", f"/api/folders/{folder['id']}")
    assert titles(hers("get", "/api/chats")["chats"]) == ["filed"]


def test_a_folder_names_only_libraries_that_its_owner_may_read(alice, bob, hers):
    hers_library = Library.objects.create(owner=alice, name="hers")
    his = Library.objects.create(owner=bob, name="his")
    body = {"name": "Work", "libraries": [str(hers_library.pk), str(his.pk)]}
    assert hers("post", "/api/folders", body)["libraries"] == [str(hers_library.pk)]


def test_bob_can_neither_use_nor_fill_alices_folder(alice, bob, as_, hers):  # noqa: F811
    folder = hers("post", "/api/folders", {"name": "Work"})
    chat = conversation_of(bob, "hi")
    client = as_(bob)
    body = json.dumps({"folder": folder["id"]})
    assert client.patch(f"/api/chats/{chat.pk}", body, "application/json").status_code == 404
    several = json.dumps({"chats": [str(chat.pk)], "act": "move", "folder": folder["id"]})
    assert client.post("/api/chats/several", several, "application/json").status_code == 404
    assert client.get("/api/folders").json() == []


def test_tags_are_put_on_by_hand_and_lead_to_their_chats(alice, bob, hers):
    chat = conversation_of(alice, "hi", title="tagged")
    Tag.objects.create(conversation=conversation_of(bob, "hi"), name="his")
    hers("patch", f"/api/chats/{chat.pk}", {"tags": ["#travel", " travel ", "a  b", ""]})
    assert hers("get", f"/api/chats/{chat.pk}")["tags"] == ["a b", "travel"]
    assert hers("get", "/api/chats")["tags"] == ["a b", "travel"]
    assert titles(hers("get", "/api/chats?tag=travel")["chats"]) == ["tagged"]
    assert hers("get", "/api/chats?tag=his")["chats"] == []
    hers("patch", f"/api/chats/{chat.pk}", {"tags": []})
    assert hers("get", "/api/chats")["tags"] == []


def test_a_title_can_be_locked_and_unlocked(alice, hers):
    chat = conversation_of(alice, "hi", title="written by a model")
    assert not hers("get", f"/api/chats/{chat.pk}")["locked"]
    assert hers("patch", f"/api/chats/{chat.pk}", {"locked": True})["locked"]
    assert not hers("patch", f"/api/chats/{chat.pk}", {"locked": False})["locked"]
    assert hers("patch", f"/api/chats/{chat.pk}", {"title": "mine"})["locked"]


def test_several_chats_are_changed_at_once_and_only_ones_own(alice, bob, hers):
    mine = [conversation_of(alice, "hi", title=f"{n}") for n in range(3)]
    his = conversation_of(bob, "hi", title="his")
    ids = [str(chat.pk) for chat in [*mine[:2], his]]
    assert hers("post", "/api/chats/several", {"chats": ids, "act": "tag", "tag": "x"}) == {"changed": 2}
    assert hers("post", "/api/chats/several", {"chats": ids, "act": "archive"}) == {"changed": 2}
    assert titles(hers("get", "/api/chats")["chats"]) == ["2"]
    assert hers("post", "/api/chats/several", {"chats": ids, "act": "delete"}) == {"changed": 2}
    assert set(Conversation.objects.values_list("title", flat=True)) == {"2", "his"}
    assert not his.tags.exists()


def test_several_chats_are_exported_as_files_of_their_own(alice, bob, hers):
    chats = [conversation_of(alice, "hi", title=title) for title in ("a/b", "a/b", "")]
    his = conversation_of(bob, "secret")
    answer = hers("post", "/api/chats/exported", {"chats": [str(chat.pk) for chat in [*chats, his]]})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert sorted(archive.namelist()) == ["a-b 2.md", "a-b.md", "chat.md"]
    assert not any(b"secret" in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize(
    "body",
    [
        {"chats": [], "act": "delete"},
        {"chats": ["x"], "act": "delete"},
        {"chats": [str(uuid.UUID(int=1))], "act": "burn"},
        {"chats": [str(uuid.UUID(int=1))], "act": "tag", "tag": "  "},
    ],
)
def test_what_cannot_be_done_is_said(hers, body):
    assert hers("post", "/api/chats/several", body)["detail"]


@pytest.mark.django_db(transaction=True)
async def test_what_is_asked_in_a_folder_is_asked_with_its_prompt(tab, alice, model, says):
    provider = says("Hello")
    folder = await Folder.objects.acreate(owner=alice, name="Work", prompt="Be brief.")
    page = await tab(alice)
    await page.say(type="send", id=1, client_id=str(uuid.uuid4()), text="hi", models=["qwen"], folder=str(folder.pk))
    chat = (await page.hear_until("accepted"))[-1]["chat"]
    await page.hear_until("done")
    assert [(one.role, one.content) for one in provider.requests[0].messages] == [
        ("system", "Be brief."),
        ("user", "hi"),
    ]
    assert (await Conversation.objects.aget(pk=chat)).folder_id == folder.pk


@pytest.mark.django_db(transaction=True)
async def test_bob_asks_nothing_into_alices_folder(tab, alice, bob, model, says):
    says("Hello")
    folder = await Folder.objects.acreate(owner=alice, name="Work", prompt="secret")
    page = await tab(bob)
    await page.say(type="send", id=1, client_id=str(uuid.uuid4()), text="hi", models=["qwen"], folder=str(folder.pk))
    assert (await page.hear_until("error"))[-1]["code"] == "not_found"
    assert not await Message.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_without_a_folder_a_turn_asks_and_writes_nothing_for_finding_and_keeping(tab, alice, model, says):
    from chat.database import in_database

    says("Hello")
    page = await tab(alice)
    queries = CaptureQueriesContext(connection)
    await in_database(queries.__enter__)
    await page.say(type="send", id=1, client_id=str(uuid.uuid4()), text="hi", models=["qwen"])
    await page.hear_until("done")
    asked = [query["sql"] for query in await in_database(lambda: queries.captured_queries)]
    await in_database(queries.__exit__, None, None, None)
    tables = ("chat_folder", "chat_tag", "chat_words", "chat_title_words", "chat_indexed", "chat_searched")
    assert any("chat_message" in sql for sql in asked)
    assert [sql for sql in asked if any(table in sql for table in tables)] == []
