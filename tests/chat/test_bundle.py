"""A chat as one file: the same bytes wherever it was taken in, nothing twice, and asked again as it was then."""

import json
from io import BytesIO

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client
from PIL import Image

from chat.attachments import sending, taking
from chat.bundle import reading, replaying, writing
from chat.importing.shapes import Unreadable
from chat.memories import keeping
from chat.models import Attachment, Conversation, Message, Source, Tag
from chat.runner import runner
from knowledge import storage
from knowledge.models import Library

pytestmark = pytest.mark.django_db(transaction=True)


def red_png():
    out = BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "PNG")
    return out.getvalue()


FILES = {"red.png": red_png(), "plan.md": b"# Plan\n\nThe limit is 5,000."}


def as_person(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def chat(alice):
    """Two branches, an edited answer, a merged one, passages, a receipt, thoughts, settings, tags."""
    chat = Conversation.objects.create(
        owner=alice, title="Limits", params={"temperature": 0.2}, system="Be brief.", model_ids=["qwen"]
    )
    Tag.objects.create(conversation=chat, name="money")
    question = Message.objects.create(conversation=chat, role="user", text="What is the limit? 限额？", author=alice)
    first = Message.objects.create(
        conversation=chat, parent=question, role="assistant", text="It is 5,000 [1].", reasoning="Hm.",
        model_name="qwen", model_digest="abc123", finish_reason="stop",
        usage={"prompt_tokens": 12, "completion_tokens": 5, "host": "Lab"},
        trail=[["searched", '{"queries": ["limit"]}'], -3, 16],
        params={"params": {"temperature": 0.2, "seed": 7}, "libraries": ["x"], "group": "g", "memories": [1]},
    )  # fmt: skip
    Source.objects.create(
        message=first, n=1, title="plan.md", text="The limit is 5,000.", score=0.123456789, cited=True,
        checks=[{"verdict": "found"}],
        disagrees=[{"n": 2, "says": "5,000.", "instead": "8,000.", "at": "2026-01-01", "instead_at": "2026-01-02"}],
    )  # fmt: skip
    edited = Message.objects.create(
        conversation=chat, parent=question, role="assistant", text="It is 8,000.", model_name="qwen",
        params={"edited": {"by": "Alice", "of": first.pk}, "merged": [{"id": first.pk, "name": "qwen"}]},
    )  # fmt: skip
    Message.objects.create(conversation=chat, parent=edited, role="user", text="Sure?", author=alice)
    chat.show(first)
    return chat


def counts():
    return Conversation.objects.count(), Message.objects.count(), Source.objects.count(), Tag.objects.count()


def test_written_taken_in_and_written_again_it_is_the_same_to_the_byte(chat, alice, bob):
    file = writing.written(chat)
    brought, added = reading.take_in(bob, json.loads(file))
    assert added == 4
    assert brought.pk != chat.pk
    assert writing.written(brought) == file
    before = counts()
    again, none = reading.take_in(bob, json.loads(file))
    assert (again.pk, none, counts()) == (brought.pk, 0, before)
    assert reading.take_in(alice, json.loads(file)) == (chat, 0), "who has the first one needs no second"
    shown = brought.messages.get(text="It is 5,000 [1].")
    brought.refresh_from_db()
    assert brought.active_id == shown.pk
    assert brought.messages.get(text="It is 8,000.").params["edited"]["of"] == shown.pk


@pytest.fixture
def attached(chat, alice, settings, tmp_path):
    """A picture and a text at the first question; the text at the last one, too."""
    settings.FILE_ROOT = tmp_path / "files"
    red, text = (taking.take_in(alice, name, BytesIO(content)) for name, content in FILES.items())
    first, last = chat.messages.filter(role="user").order_by("pk")
    sending.link([(first, [red, text]), (last, [text])], [chat])
    chat.refresh_from_db()
    return chat


def test_with_its_files_it_is_the_same_to_the_byte_and_without_them_they_are_named(attached, bob):
    named, whole = writing.written(attached), writing.with_files(attached)
    listed = [[file["name"] for file in row.get("files", ())] for row in json.loads(named)["messages"]]
    assert listed == [["red.png", "plan.md"], [], [], ["plan.md"]]
    assert len(json.loads(whole)["payload"]) == 2
    given = SimpleUploadedFile("chat.bundle.json", whole.encode(), "application/json")
    assert as_person(bob).post("/import/", {"file": given}).status_code == 302
    brought = Conversation.objects.get(owner=bob)
    assert (writing.written(brought), writing.with_files(brought)) == (named, whole)
    text = Attachment.objects.get(owner=bob, name="plan.md")
    assert storage.path_of(text.file_name, taking.PLACE).read_bytes() == FILES["plan.md"]
    assert (text.messages.count(), text.sent_at is None) == (2, False)
    page = as_person(bob).get(f"/c/{brought.pk}/reproduce/").content.decode()
    assert "with its 2 files" in page
    assert reading.take_in(bob, json.loads(whole)) == (brought, 0)


def test_named_without_their_bytes_they_are_named_again(attached, bob):
    named = writing.written(attached)
    brought, _added = reading.take_in(bob, json.loads(named))
    assert (writing.written(brought), brought.has_files) == (named, False)


@pytest.mark.parametrize(
    ("content", "why"), [("!!", "damaged"), ("PHN2Zz48L3N2Zz4=", "drawing.svg: SVG"), ("", "empty")]
)
def test_a_file_that_cannot_be_taken_in_leaves_nothing_behind(attached, bob, content, why):
    told = json.loads(writing.with_files(attached))
    file = told["messages"][0]["files"][1]
    told["payload"][file["sha256"]], file["name"] = content, "drawing.svg"
    told["sha256"] = writing.sum_of(told)
    with pytest.raises(Unreadable, match=why):
        reading.take_in(bob, told)
    assert not Attachment.objects.filter(owner=bob).exists()
    assert not Conversation.objects.filter(owner=bob).exists()


def test_files_that_are_too_large_for_one_bundle_are_refused_with_a_sentence(attached, alice, monkeypatch):
    monkeypatch.setattr("chat.bundle.files.MOST_BYTES", 10)
    answer = as_person(alice).get(f"/api/chats/{attached.pk}/export", {"format": "bundle-with-files"})
    assert (answer.status_code, "too large" in answer.json()["detail"]) == (413, True)
    assert "with its" not in as_person(alice).get(f"/c/{attached.pk}/reproduce/").content.decode()


def test_nothing_of_this_server_and_nothing_remembered_is_in_it(chat, alice):
    keeping.keep(alice, "I live in Lyon.")
    keeping.switch(alice, True)
    file = writing.written(chat)
    assert not [word for word in ("Lyon", "Lab", "alice@", "memories") if word in file]
    told = json.loads(file)
    answer = told["messages"][1]
    assert answer["fingerprint"] == "abc123"
    assert answer["made"] == {
        "params": {"temperature": 0.2, "seed": 7}, "libraries": 1, "web_search": False, "instructions": "Be brief.",
    }  # fmt: skip
    assert answer["sources"][0]["sha256"] == writing.sha256("The limit is 5,000.")
    assert answer["search"] == {"queries": ["limit"]}


def test_a_passage_that_alice_may_not_read_any_more_is_not_in_it(chat, alice, bob):
    theirs = Library.objects.create(owner=bob, name="Theirs")
    Source.objects.update(library=theirs.pk)
    file = writing.written(chat)
    assert "The limit is 5,000." not in file
    brought, _added = reading.take_in(bob, json.loads(file))
    assert writing.written(brought) == file


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda told: told.update(title="Other"), "checksum"),
        (lambda told: told["messages"][1].update(text="It is 9,000."), "checksum"),
        (lambda told: told["messages"][1]["sources"][0].update(text="other", n=1), "hash"),
        (lambda told: told["messages"][0].update(parent=3), "order"),
        (lambda told: told.update(extra=1), "no bundle"),
        (lambda told: told["params"].update(logit_bias={}), "not known"),
    ],
)
def test_a_bundle_that_was_changed_is_refused_with_a_sentence(chat, bob, spoil, why):
    told = json.loads(writing.written(chat))
    spoil(told)
    if why != "checksum":
        told["sha256"] = writing.sum_of(told)
    with pytest.raises(Unreadable, match=why):
        reading.take_in(bob, told)
    assert not Conversation.objects.filter(owner=bob).exists()


def test_it_goes_out_and_in_by_the_pages_and_the_api(chat, alice, bob):
    file = as_person(alice).get(f"/api/chats/{chat.pk}/export", {"format": "bundle"}).content
    assert as_person(bob).get(f"/api/chats/{chat.pk}/export", {"format": "bundle"}).status_code == 404
    given = SimpleUploadedFile("chat.bundle.json", file, "application/json")
    answer = as_person(bob).post("/import/", {"file": given})
    brought = Conversation.objects.get(owner=bob)
    assert answer["Location"] == f"/c/{brought.pk}/reproduce/"
    page = as_person(bob).get(answer["Location"]).content.decode()
    assert "abc123" in page
    assert "came in a bundle" in page
    answer = as_person(bob).post("/api/chats/import", file, "application/json")
    assert (answer.status_code, answer.json()) == (201, {"id": str(brought.pk), "added": 0})


async def test_asked_again_nothing_is_looked_for_and_what_was_not_found_then_is_not_found_again(
    attached, model, alice, says, monkeypatch
):
    """A link in the question, a file, and a library without an answer: the prompt is what it was, to the letter."""
    looked = []

    async def look(self, *what):
        looked.append(what)
        return []

    for way in ("in_files", "in_libraries", "on_the_web"):
        monkeypatch.setattr(f"chat.retrieving.PersonsRetriever.{way}", look)
    provider = says("Nobody knows.")
    await Message.objects.filter(role="user").aupdate(text="See https://example.org/a")
    then = await attached.messages.aget(text="It is 5,000 [1].")
    sentence = "*Nothing about this was found in the chosen libraries.*"
    await Source.objects.all().adelete()
    await Message.objects.filter(pk=then.pk).aupdate(text=f"{sentence}\n\nNobody knows.")
    client = AsyncClient()
    await client.aforce_login(alice)
    for _time in range(2):
        await client.post(f"/c/{attached.pk}/reproduce/{then.pk}/")
        for task in list(runner._tasks.values()):
            await task
        then = await sync_to_async(replaying.newest_of)(then)
        assert then.text == f"{sentence}\n\nNobody knows."
    assert looked == []
    first, again = provider.requests
    assert "hold nothing about the question" in str(first.messages)
    assert first.messages == again.messages


async def test_asked_again_it_gets_the_same_settings_and_passages_and_what_differs_is_shown(
    chat, model, alice, bob, says, monkeypatch
):
    provider = says("It is 5,000 [1]. ", "Or more.")
    then = await chat.messages.aget(text="It is 5,000 [1].")
    client = AsyncClient()
    await client.aforce_login(alice)
    answer = await client.post(f"/c/{chat.pk}/reproduce/{then.pk}/")
    assert answer["Location"] == f"/c/{chat.pk}/reproduce/"
    for task in list(runner._tasks.values()):
        await task
    (request,) = provider.requests
    assert request.params == {"temperature": 0.2, "seed": 7}
    assert "The limit is 5,000." in str(request.messages)
    assert request.messages[0].content == "Be brief."
    now = await sync_to_async(replaying.newest_of)(then)
    assert now.params["replay"] == {"of": then.pk, "looked": ["libraries"]}
    assert replaying.words_apart(then.text, now.text) == [("same", "It is 5,000 [1]."), ("come", "Or more.")]
    differs = {one.what for one in await sync_to_async(replaying.differences)(then, now)}
    assert "Fingerprint" in differs
    assert not differs & {"Settings", "Instructions", "Passages", "Model"}
    page = (await client.get(f"/c/{chat.pk}/reproduce/")).content.decode()
    assert "Or more." in page
    stranger = AsyncClient()
    await stranger.aforce_login(bob)
    assert (await stranger.post(f"/c/{chat.pk}/reproduce/{then.pk}/")).status_code == 404
