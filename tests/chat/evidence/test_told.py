"""What becomes of citations: told with the end of an answer, kept with it, and marked when their source changes."""

import pytest

from chat import living
from chat.models import Conversation, Message, Source
from chat.rows import Ending
from chat.storing import with_checks
from chat.tree import branch_page
from knowledge.models import Chunk, Document, Library
from knowledge.passages import Looked, Passage
from knowledge.radar import deciding
from webui.live import Record

PASSAGES = [
    Passage(title="Travel", text="The allowance is 65 euros a day. Receipts are due within 30 days.", score=0.9),
    Passage(title="Leave", text="Margaret Osborne approves leave of up to three weeks.", score=0.5),
]
ANSWER = "It is 65 euros a day [1]. Margaret Osborne approves leave [1]. Receipts are due within 40 days [1, 2]."
FOUND = {
    "1": [
        {"verdict": "found"},
        {"verdict": "elsewhere", "where": 2, "missed": ["Margaret", "Osborne"]},
        {"verdict": "missing", "missed": ["40 days"]},
    ],
    "2": [{"verdict": "missing", "missed": ["40 days"]}],
}


@pytest.mark.django_db(transaction=True)
async def test_alice_is_told_with_the_end_of_an_answer_and_by_the_database(alice, model, says, tab, monkeypatch):
    async def on_the_web(self, question):
        return Looked(passages=PASSAGES)

    monkeypatch.setattr("chat.retrieving.PersonsRetriever.on_the_web", on_the_web)
    says(ANSWER)
    page = await tab(alice)
    await page.say(type="send", id=1, text="What is the allowance?", models=["qwen"], web_search=True)
    frames = await page.hear_until("done", "error")
    assert frames[-1]["evidence"] == FOUND
    stored = await Message.objects.prefetch_related("sources").aget(pk=frames[-1]["message"])
    assert stored.record().end["evidence"] == FOUND
    assert [source.cited for source in stored.sources.all()] == [True, True]


def test_an_answer_is_kept_when_its_citations_cannot_be_checked(monkeypatch, caplog):
    def broken(text, sources):
        raise ValueError("no")

    monkeypatch.setattr("chat.storing.checked", broken)
    record = Record(message=7, text="So [1].", sources=[{"n": 1}])
    ending = with_checks(Ending(record=record, frame={"type": "done"}, state="complete"))
    assert ending.checks == {1: []}
    assert ending.frame == {"type": "done"}
    assert "could not be checked" in caplog.text


@pytest.fixture
def cited(alice):
    """An answer of alice's that cites the passage of a document: (document, what its chat shows of the source)."""
    document = Document.objects.create(library=Library.objects.create(owner=alice, name="House"), name="rules.md")
    text = "The allowance is 65 euros a day."
    chunk = Chunk.objects.create(document=document, ordinal=0, text=text, start=0, end=len(text))
    chat = Conversation.objects.create(owner=alice, title="Allowance")
    asked = Message.objects.create(conversation=chat, author=alice, role="user", text="How much?")
    reply = Message.objects.create(conversation=chat, parent=asked, role="assistant", text="65 euros [1].")
    chat.active = reply
    chat.save()
    Source.objects.create(message=reply, n=1, title="rules.md", document=document, chunk=chunk.pk, text=text)
    return document, lambda: branch_page(chat).messages[-1]["sources"][0]["state"]


def test_a_source_that_stands_as_it_stood_is_not_marked(cited):
    document, state = cited
    assert state() is None
    # Read anew: other chunks, the same words.
    again = Chunk.objects.get(document=document)
    Chunk.objects.all().delete()
    again.pk = None
    again.save()
    assert state() is None


def test_a_source_that_changed_is_marked(cited):
    document, state = cited
    Chunk.objects.filter(document=document).update(text="The allowance is 75 euros a day.")
    assert state() == "changed"


def test_a_source_that_was_read_anew_in_other_words_is_marked(cited):
    document, state = cited
    Chunk.objects.filter(document=document).delete()
    Chunk.objects.create(document=document, ordinal=0, text="No allowance.", start=0, end=13)
    assert state() == "changed"


def test_a_source_that_was_superseded_is_marked_whatever_its_words_are_now(cited):
    document, state = cited
    deciding.supersede(document, None)
    assert state() == "superseded"
    Chunk.objects.filter(document=document).update(text="No allowance.")
    assert state() == "superseded"
    deciding.take_back(document)
    assert state() == "changed"


def test_a_source_that_went_is_marked(cited):
    document, state = cited
    document.delete()
    assert state() == "gone"


@pytest.fixture
def long_one(cited, monkeypatch):
    """The document is long now, and cited in its middle: (document, state, how often it was read whole)."""
    document, state = cited
    lines = [f"Rule number {number} says what nobody reads." for number in range(400)]
    read_anew(document, lines)
    Source.objects.update(text=lines[200], start=200 * 100, end=200 * 100 + len(lines[200]))
    whole, texts = [], living._texts
    monkeypatch.setattr(living, "_texts", lambda which: whole.append(which) or texts(which))
    return document, state, whole


def read_anew(document, lines):
    document.chunks.all().delete()
    Chunk.objects.bulk_create(
        Chunk(document=document, ordinal=number, text=line, start=number * 100, end=number * 100 + len(line))
        for number, line in enumerate(lines)
    )
    document.save()  # as reading it does, with the time


def test_a_long_document_that_was_read_anew_is_looked_at_where_the_words_stood(long_one):
    document, state, whole = long_one
    read_anew(document, ["A new first rule.", *document.chunks.order_by("ordinal").values_list("text", flat=True)])
    assert state() is None
    assert whole == []


def test_words_that_moved_far_are_looked_for_once_in_the_whole_document(long_one):
    document, state, whole = long_one
    lines = list(document.chunks.order_by("ordinal").values_list("text", flat=True))
    read_anew(document, lines[200:] + lines[:200])
    assert [state(), state()] == [None, None]
    assert len(whole) == 1
    read_anew(document, lines[201:] + lines[:200])
    assert [state(), state()] == ["changed", "changed"]
    assert len(whole) == 2
