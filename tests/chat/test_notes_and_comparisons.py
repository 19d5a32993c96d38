"""Notes of one's own, and pairs of answers that are kept: opened again, judged, used, and nobody else's."""

import json

import pytest
from django.test import Client

from chat.attachments import reading
from chat.models import Attachment, Comparison, Duel, Message, Note, Rating, Source
from knowledge.models import Document, Library
from tests.chat.test_api import conversation_of

pytestmark = pytest.mark.django_db


def as_person(person):
    client = Client()
    client.force_login(person)
    return client


def post(client, address, body):
    return client.post(address, json.dumps(body), "application/json")


def lines(answer):
    return [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]


def test_alice_writes_finds_changes_and_deletes_a_note(alice, bob):
    client = as_person(alice)
    assert client.get("/notes/").status_code == 200
    made = client.post("/notes/new/", {"title": "", "text": "# Trains\n\nThe limit is **5,000**. <script>x</script>"})
    note = Note.objects.get()
    assert (made["Location"], note.title) == (f"/notes/{note.pk}/", "Trains")
    page = client.get(f"/notes/{note.pk}/").content.decode()
    assert "<strong>5,000</strong>" in page
    assert "<script>x" not in page
    assert "Trains" in client.get("/notes/", {"q": "limit trains"}).content.decode()
    assert "No note has" in client.get("/notes/", {"q": "planes"}).content.decode()
    client.post(f"/notes/{note.pk}/", {"title": "Rail", "text": "x", "do": "preview"})
    assert Note.objects.get().title == "Trains", "a preview keeps nothing"
    client.post(f"/notes/{note.pk}/", {"title": "Rail", "text": "x"})
    assert Note.objects.get().title == "Rail"
    assert client.post(f"/notes/{note.pk}/", {"title": "", "text": " "}).status_code == 422
    assert as_person(bob).get(f"/notes/{note.pk}/").status_code == 404
    assert as_person(bob).get("/api/notes").json() == {"notes": []}
    client.post(f"/notes/{note.pk}/delete/")
    assert not Note.objects.exists()


def test_an_answer_becomes_a_note_and_a_note_a_file_of_a_question(alice, bob):
    client = as_person(alice)
    made = post(client, "/api/notes", {"text": "**Answer**: 5,000\nmore"}).json()
    assert made["title"] == "Answer: 5,000"
    assert client.get("/api/notes", {"q": "more"}).json()["notes"][0]["id"] == made["id"]
    file = post(client, f"/api/notes/{made['id']}/attachment", {})
    assert (file.status_code, file.json()["kind"]) == (201, "document")
    assert file.json()["name"].endswith(".md")
    assert all(reading._unread([file.json()["id"]]).values()), "whoever looks at it first has it read"
    asked = client.post(f"/notes/{made['id']}/ask/")
    newest = Attachment.objects.order_by("-created_at").first()
    assert asked["Location"] == f"/?attach={newest.pk}"
    assert post(as_person(bob), f"/api/notes/{made['id']}/attachment", {}).status_code == 404


def test_a_note_is_put_into_a_library_once_and_read_again_when_it_changed(alice, bob):
    mine, theirs = Library.objects.create(owner=alice, name="Mine"), Library.objects.create(owner=bob, name="Theirs")
    client = as_person(alice)
    note = Note.objects.create(owner=alice, title="Trains", text="The limit is 5,000.")
    client.post(f"/notes/{note.pk}/library/", {"library": theirs.pk})
    assert not Document.objects.exists()
    client.post(f"/notes/{note.pk}/library/", {"library": mine.pk})
    document = Document.objects.get()
    assert (document.is_note, document.library_id, document.name) == (True, mine.pk, "Trains.md")
    client.post(f"/notes/{note.pk}/", {"title": "Trains", "text": "The limit is 8,000."})
    client.post(f"/notes/{note.pk}/library/", {"library": mine.pk})
    again = Document.objects.get()
    assert (again.pk, again.sha256 != document.sha256) == (document.pk, True)
    client.post(f"/notes/{note.pk}/delete/")
    assert Document.objects.exists(), "its copy stays"


@pytest.fixture
def pair(alice):
    """An answer with a passage of a library, and one without."""
    chat = conversation_of(alice, "What is the limit?", "It is 5,000 [1].")
    question, first = chat.messages.order_by("pk")
    Source.objects.create(message=first, n=1, title="plan.md", text="secret passage", chunk=7, cited=True)
    second = Message.objects.create(
        conversation=chat, parent=question, role="assistant", text="Many.", model_name="gemma"
    )
    return first, second


def test_two_answers_are_kept_once_opened_again_and_judged(alice, bob, pair):
    client, (first, second) = as_person(alice), pair
    body = {"first": second.pk, "second": first.pk}
    made = post(client, "/api/comparisons", body).json()
    assert post(client, "/api/comparisons", body).json() == made
    assert post(as_person(bob), "/api/comparisons", body).status_code == 422
    assert post(client, "/api/comparisons", {"first": first.pk, "second": first.parent_id}).status_code == 422
    assert "What is the limit?" in client.get("/comparisons/").content.decode()
    page = client.get(made["url"]).content.decode()
    assert page.index("With passages") < page.index("Without passages")
    assert "secret passage" in page
    assert as_person(bob).get(made["url"]).status_code == 404
    client.post(made["url"], {"verdict": "first", "note": " better\x00 ", "shared": "on"})
    kept = Comparison.objects.get()
    assert (kept.verdict, kept.note, kept.shared) == ("first", "better", True)
    client.post(made["url"], {"verdict": "nonsense"})
    assert Comparison.objects.get().verdict == "first"
    client.post(f"{made['url']}delete/")
    assert Message.objects.count() == 3


def test_what_was_judged_is_given_out_as_preference_data_with_consent(alice, root, pair):
    first, second = pair
    kept = Comparison.objects.create(owner=alice, first=first, second=second, verdict="first")
    (line,) = lines(as_person(alice).get("/comparisons/judged/"))
    assert line["prompt"] == [{"role": "user", "content": "What is the limit?"}]
    assert (line["chosen"][0]["content"], line["rejected"][0]["content"]) == ("It is 5,000 [1].", "Many.")
    assert (line["chosen_libraries"], line["rejected_libraries"]) == (True, False)
    assert "secret passage" not in json.dumps(line)
    assert lines(as_person(root).get("/admin/arena/export/")) == []
    Comparison.objects.filter(pk=kept.pk).update(shared=True, verdict="tie")
    found = lines(as_person(root).get("/admin/arena/export/"))
    assert [(line["label"], line["libraries"]) for line in found] == [(True, True), (True, False)]
    assert lines(as_person(root).get("/admin/arena/export/", {"kind": "pairs"})) == []


def test_what_was_judged_anywhere_makes_one_table(alice, pair):
    """Trainers read columns: each line of a form has the same ones, in the same types."""
    first, second = pair
    Comparison.objects.create(owner=alice, first=first, second=second, verdict="second", note="short")
    Rating.objects.create(message=first, person=alice, value="up", reasons=["clear"])
    Rating.objects.create(message=second, person=alice, value="down")
    said = {"ended": True, "problem": ""}
    answers = {"left": {"text": "A.", **said}, "right": {"text": "B.", **said}}
    Duel.objects.create(owner=alice, question="Who?", left="qwen", right="gemma", answers=answers, vote="left")
    client = as_person(alice)
    for kind, needed in (("pairs", {"prompt", "chosen", "rejected"}), ("single", {"prompt", "completion", "label"})):
        found = lines(client.get("/api/ratings/export", {"kind": kind}))
        assert {line["why"] for line in found} == {"rated", "comparison", "arena"}
        assert {line["blind"] for line in found} == {True, False}
        (columns,) = {tuple((name, type(value)) for name, value in line.items()) for line in found}
        assert needed <= dict(columns).keys()
        assert not [line for line in found if line["prompt"][-1]["role"] != "user"]


def test_a_comparison_goes_with_its_answers(alice, pair):
    first, second = pair
    Comparison.objects.create(owner=alice, first=first, second=second)
    as_person(alice).delete(f"/api/chats/{first.conversation_id}/messages/{second.pk}")
    assert not Comparison.objects.exists()
