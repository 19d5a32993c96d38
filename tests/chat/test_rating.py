"""An answer is rated by whom it was written for, and its words are shown to nobody who was not let in."""

import json

import pytest

from chat.models import Conversation, Message, Rating
from tests.chat.test_api import as_, conversation_of  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(alice):
    chat = conversation_of(alice, "What is the limit?", "It is 5,000.")
    Message.objects.filter(role="assistant").update(model_name="qwen")
    return chat


@pytest.fixture
def rate(as_, alice):  # noqa: F811
    def put(message, value="up", user=alice, **more):
        body = json.dumps({"value": value, **more})
        return as_(user).put(address(message), body, "application/json")

    return put


def address(message):
    return f"/api/chats/{message.conversation_id}/messages/{message.pk}/rating"


def answer_of(chat, text="", **fields):
    if not text:
        return chat.messages.get(role="assistant", text="It is 5,000.")
    question = chat.messages.get(role="user")
    return Message.objects.create(
        conversation=chat, parent=question, role="assistant", text=text, model_name="llama", **fields
    )


def lines(answer):
    return [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]


def shown(client, chat):
    return [message["rating"] for message in client.get(f"/api/chats/{chat.pk}").json()["messages"]]


def test_a_rating_is_kept_changed_and_taken_back(chat, alice, rate, as_):  # noqa: F811
    answer = answer_of(chat)
    assert rate(answer, reasons=["clear", "too_long", "clear", "<b>"], note=" Well\x00 done ").status_code == 200
    given = {"value": "up", "reasons": ["clear"], "note": "Well done", "shared": False}
    assert shown(as_(alice), chat) == [None, given]
    rate(answer, "down", reasons=["wrong"], shared=True)
    assert shown(as_(alice), chat)[1] == {"value": "down", "reasons": ["wrong"], "note": "", "shared": True}
    assert as_(alice).delete(address(answer)).status_code == 204
    assert shown(as_(alice), chat) == [None, None]
    assert as_(alice).delete(address(answer)).status_code == 204


def test_nobody_rates_what_is_anothers_or_a_question_or_unfinished(chat, bob, rate):
    answer, question = answer_of(chat), chat.messages.get(role="user")
    assert rate(answer, user=bob).status_code == 404
    assert rate(question).status_code == 404
    assert rate(answer, "sideways").status_code == 422
    assert rate(answer, note="x" * 2001).status_code == 422
    Message.objects.filter(pk=answer.pk).update(state="running")
    assert rate(answer).status_code == 409
    assert not Rating.objects.exists()


def test_a_chat_without_ratings_is_read_without_a_look_for_them(chat, alice, rate, as_):  # noqa: F811
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as before:
        shown(as_(alice), chat)
    assert not any("chat_rating" in query["sql"] for query in before)
    rate(answer_of(chat))
    with CaptureQueriesContext(connection) as after:
        shown(as_(alice), chat)
    assert sum("chat_rating" in query["sql"] for query in after) == 1


def test_other_tabs_are_told(chat, alice, rate, monkeypatch):
    told = []

    async def notify(person, frame):
        told.append((person, frame["chat"], frame["changed"]))

    monkeypatch.setattr("chat.notices.hub.notify", notify)
    rate(answer_of(chat))
    assert told == [(alice.pk, str(chat.pk), True)]


def test_two_answers_to_one_question_make_a_pair(chat, alice, rate, as_):  # noqa: F811
    worse, beside = answer_of(chat, "It is 8,000."), answer_of(chat, "I do not know.")
    rate(answer_of(chat))
    rate(worse, "down", reasons=["wrong"])
    found = lines(as_(alice).get("/api/ratings/export"))
    assert len(found) == 1
    assert beside.pk
    line = found[0]
    assert line["prompt"] == [{"role": "user", "content": "What is the limit?"}]
    assert line["chosen"] == [{"role": "assistant", "content": "It is 5,000."}]
    assert line["rejected"] == [{"role": "assistant", "content": "It is 8,000."}]
    assert (line["chosen_model"], line["rejected_model"], line["why"]) == ("qwen", "llama", "rated")
    single = lines(as_(alice).get("/api/ratings/export", {"kind": "single"}))
    assert [(line["model"], line["label"]) for line in single] == [("qwen", True), ("llama", False)]
    assert as_(alice).get("/api/ratings/export", {"kind": "everything"}).status_code == 422


def test_the_answer_that_was_kept_is_the_better_one(alice, rate, as_):  # noqa: F811
    chat = conversation_of(alice, "Limit?")
    kept = answer_of(chat, "5,000.", params={"group": "g", "kept": True})
    answer_of(chat, "Many.", params={"group": "g"})
    answer_of(chat, "A later one.")
    rate(kept)
    found = lines(as_(alice).get("/api/ratings/export"))
    assert [(line["chosen"][0]["content"], line["rejected"][0]["content"], line["why"]) for line in found] == [
        ("5,000.", "Many.", "kept")
    ]


def test_root_reads_only_what_alice_shares(chat, bob, root, rate, as_):  # noqa: F811
    mine = answer_of(chat)
    rate(mine, "down", reasons=["wrong"], note="my own words")
    theirs = conversation_of(bob, "Bob's question?", "Bob's answer.")
    rate(theirs.messages.last(), user=bob, shared=True, note="bob's words")
    exported = as_(root).get("/admin/ratings/export/")
    found = lines(exported)
    assert [line["completion"][0]["content"] for line in found] == ["Bob's answer."]
    assert found[0]["note"] == "bob's words"
    assert "bob@" not in json.dumps(found)
    page = as_(root).get("/admin/ratings/").content.decode()
    assert "qwen" in page
    assert "Not correct 1" in page
    assert not any(words in page for words in ("my own words", "bob's words", "5,000", "Bob's"))


def test_a_pair_needs_no_refusal_on_either_side(chat, root, rate, as_):  # noqa: F811
    worse = answer_of(chat, "It is 8,000.")
    rate(answer_of(chat), shared=True)
    rate(worse, "down", shared=False)
    found = lines(as_(root).get("/admin/ratings/export/"))
    assert [line.get("completion", [{}])[0].get("content") for line in found] == ["It is 5,000."]
    rate(worse, "down", shared=True)
    assert [line["why"] for line in lines(as_(root).get("/admin/ratings/export/", {"kind": "pairs"}))] == ["rated"]


def test_ratings_go_with_their_answer_and_their_person(chat, alice, rate, as_):  # noqa: F811
    rate(answer_of(chat), shared=True)
    as_(alice).delete(f"/api/chats/{chat.pk}")
    assert not Rating.objects.exists()
    assert not Conversation.objects.exists()


def test_the_panel_page_is_not_there_for_alice(alice, as_):  # noqa: F811
    for path in ("/admin/ratings/", "/admin/ratings/export/"):
        assert as_(alice).get(path).status_code == 404
