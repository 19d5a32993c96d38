"""What is judged and kept, as a person does it: duels, two answers side by side, a conflict, memories, notes."""

import re

import pytest
from playwright.sync_api import expect

from chat.models import ArenaRule, Comparison, Duel, Memory, Message, Note, Source
from chat.storing import keep_sources
from knowledge.models import Chunk, Document, Library
from knowledge.passages import Passage
from knowledge.radar import looking
from providers.models import Model
from tests.browser.cited import add, chat_citing
from tests.browser.conftest import ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def library(alice):
    return Library.objects.create(owner=alice, name="House rules")


def answers(page):
    return page.locator(".message--assistant .prose")


def test_alice_asks_two_models_judges_blindly_and_goes_on_with_the_better_one(visit, alice, model, library):
    Model.objects.create(connection=model.connection, name="gemma", public_id="gemma", for_everyone=True)
    ArenaRule.objects.create(players="everyone", viewers="everyone")
    page = visit(alice, "/notes/")
    page.get_by_role("link", name="Blind arena").click()
    page.get_by_label("Your question").fill("Which is the best way to sort?")
    page.get_by_text("Libraries that both are to read").click()
    page.get_by_label("House rules").check()
    page.get_by_role("button", name="Ask two models").click()
    expect(page.get_by_text("Hello, world.")).to_have_count(2)
    expect(page.get_by_text(re.compile("qwen|gemma|Lab"))).to_have_count(0)
    page.get_by_role("button", name="The right one is better").click()
    better = page.locator(".duel__side--won")
    expect(better).to_contain_text(re.compile("qwen|gemma"))
    expect(page.get_by_text("Your vote counts.")).to_be_visible()
    assert Duel.objects.get().libraries == [str(library.pk)]
    page.get_by_role("link", name="Leaderboard").first.click()
    expect(page.get_by_text("too few votes").first).to_be_visible()
    page.go_back()
    better.get_by_role("button", name="Go on with this one").click()
    expect(answers(page)).to_contain_text("Hello, world.")
    ask(page, "And then?")
    expect(answers(page).last).to_contain_text("Hello, world.")
    expect(answers(page)).to_have_count(2)
    page.get_by_role("button", name=re.compile("^More about")).first.click()
    page.get_by_role("menuitem", name="Reproduce").click()
    page.get_by_role("button", name="Ask again as then").last.click()
    expect(page.get_by_text("Word for word the same answer.")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download the bundle").click()
    assert b'"form": "webui.bundle/1"' in saved.value.path().read_bytes()
    assert not page.complaints


def test_an_answer_with_and_without_the_library_is_kept_judged_and_marked_when_superseded(visit, alice, model, library):
    said = {"2023": "The daily limit is 5,000 EUR for all.", "2024": "The daily limit is 8,000 EUR for all."}
    old, new = (add(library, f"rules {year}.txt", text.encode()) for year, text in said.items())
    answered = chat_citing(alice, "What is the limit?", "It is 5,000 EUR [1].", Chunk.objects.filter(document=old))
    Message.objects.filter(role="assistant").update(model_name=model.public_id)
    page = visit(alice, answered)
    page.get_by_role("button", name="Ask without the libraries, side by side").click()
    page.get_by_role("button", name="Keep this comparison").click()
    page.get_by_role("link", name="Kept: open and judge it").click()
    page.get_by_label("Why (optional)").fill("It names its source.")
    page.get_by_role("button", name="The left one is better").click()
    expect(page.locator(".duel__side--won")).to_contain_text("With passages of libraries")
    kept = Comparison.objects.get()
    assert (kept.verdict, kept.note, kept.shared) == ("first", "It names its source.", False)
    for document in (old, new):
        looking.look(document.pk)
    page.goto(citing_both(alice, old, new))
    expect(page.get_by_role("group", name="Sources disagree")).to_contain_text("8,000 EUR")
    page.goto(f"/knowledge/{library.pk}/")
    page.get_by_role("link", name="Duplicates and conflicts").click()
    expect(page.get_by_role("heading", name="They disagree")).to_be_visible()
    page.get_by_role("button", name="“rules 2023.txt” is superseded").click()
    expect(page.get_by_role("button", name="Let it be found again")).to_be_visible()
    page.get_by_role("link", name="Documents").click()
    expect(page.locator(".document", has_text="2023").locator("[data-state]")).to_have_text("superseded")
    page.goto(answered)
    page.get_by_role("button", name="Two versions side by side").click()
    page.locator(".cite", has_text="1").first.click()
    expect(page.get_by_text("This source has been marked as superseded since").first).to_be_visible()
    assert not page.complaints


def citing_both(alice, *documents):
    """The address of an answer that was given a passage of each, stored as an answer's passages are."""
    passages = [
        Passage(
            text=chunk.text, title="", score=1, document_id=str(chunk.document_id), chunk_id=chunk.pk, disputed=True
        )
        for chunk in Chunk.objects.filter(document__in=documents)
    ]
    address = chat_citing(alice, "Which limit?", "5,000 EUR [1], or 8,000 EUR [2].", [])
    keep_sources(Message.objects.order_by("pk").last(), passages)
    Source.objects.filter(message__text__contains="[2]").update(cited=True, library=documents[0].library_id)
    return address


def test_alice_has_a_line_remembered_and_a_note_kept_asked_about_and_put_into_a_library(
    visit, alice, model, model_server, library
):
    page = visit(alice, "/account/")
    remembered = page.locator("#memories")
    remembered.get_by_role("button", name="Switch on").click()
    page.goto("/")
    ask(page, "I live in Lyon. How far is it to the sea?")
    page.get_by_role("group", name="To be remembered?").get_by_role("button", name="Remember").click()
    expect(page.get_by_text("Remembered: “I live in Lyon.”")).to_be_visible()
    ask(page, "And to the mountains?")
    expect(answers(page)).to_have_text(["Hello, world."] * 2)
    told = {"mountains" in str(body): str(body["messages"][0]) for body in model_server.asked}
    assert "- I live in Lyon." in told[True]
    page.locator(".message--assistant").last.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Keep as a note").click()
    page.get_by_role("link", name="Kept as a note").click()
    page.get_by_label("Title").fill("Distances")
    page.get_by_label("Text", exact=True).fill("# To the sea\n\n**300** km")
    expect(page.locator("[data-preview] strong")).to_have_text("300")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Put into the library").click()
    expect(page.get_by_role("link", name="Its copy in House rules")).to_be_visible()
    assert (Note.objects.get().title, Document.objects.get().name) == ("Distances", "Distances.md")
    page.get_by_role("button", name="Ask about this note").click()
    expect(page.get_by_role("list", name="Attached files")).to_contain_text("Distances.md")
    expect(page.get_by_text("All files are ready.")).to_be_attached()
    ask(page, "How far?")
    expect(answers(page)).to_have_text("Hello, world.")
    assert any("**300** km" in str(body) for body in model_server.asked)
    page.goto("/account/")
    expect(remembered.get_by_label("A line that is remembered")).to_have_value("I live in Lyon.")
    remembered.get_by_role("button", name="Forget", exact=True).click()
    remembered.get_by_role("button", name="Switch off").click()
    expect(remembered.get_by_role("button", name="Switch on")).to_be_visible()
    assert not Memory.objects.exists()
    assert not page.complaints
