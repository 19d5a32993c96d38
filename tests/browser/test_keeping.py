"""Chats are filed, tagged, selected and deleted together, by mouse and by keys."""

import pytest
from playwright.sync_api import expect

from chat.models import Conversation
from tests.chat.test_api import conversation_of
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def test_alice_files_a_chat_and_deletes_two_others_together(visit, alice, model):
    for title in ("first", "second", "third"):
        conversation_of(alice, "hi", title=title)
    page = visit(alice)
    chats = page.get_by_role("navigation", name="Chats")
    chats.get_by_role("button", name="More about first").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Pin")).to_be_focused()
    for _step in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="New folder").click()
    page.get_by_label("Name").fill("Work")
    page.get_by_label("Instructions").fill("Be brief.")
    page.get_by_role("button", name="Save").click()
    expect(chats.get_by_role("link")).to_have_count(2)
    chats.get_by_role("button", name="Work").click()
    expect(chats.get_by_role("link", name="first")).to_be_visible()
    chats.get_by_role("button", name="All chats").click()
    page.get_by_role("button", name="Folders, archive and more").click()
    page.get_by_role("menuitem", name="Select chats").click()
    for title in ("second", "third"):
        chats.get_by_label(title).check()
    page.get_by_role("toolbar").get_by_role("button", name="Delete").click()
    expect(page.locator(".toast")).to_contain_text("Deleted 2 chats.")
    page.get_by_role("button", name="Undo").click()
    expect(chats.get_by_role("link")).to_have_count(2)
    assert not page.complaints
    eventually(lambda: set(Conversation.objects.values_list("title", "folder__name")) == {
        ("first", "Work"), ("second", None), ("third", None),
    })  # fmt: skip


def test_a_palette_finds_chats_commands_models_and_libraries_by_keys(visit, alice, model):
    conversation_of(alice, "Lions sleep a lot", title="Big cats")
    page = visit(alice)
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.press("Control+k")
    palette = page.get_by_role("combobox", name="Search chats")
    expect(palette).to_be_focused()
    expect(page.get_by_role("option", name="New chat")).to_be_visible()
    page.keyboard.type("lion")
    expect(page.get_by_role("option", name="Big cats")).to_contain_text("Lions sleep a lot")
    page.keyboard.press("Enter")
    expect(page.locator(".question")).to_have_text("Lions sleep a lot")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not page.complaints


def test_a_temporary_chat_answers_and_leaves_nothing(visit, alice, model, model_server):
    page = visit(alice)
    page.get_by_role("button", name="Folders, archive and more").click()
    page.get_by_role("menuitem", name="Temporary chat").click()
    expect(page.get_by_role("heading", name="Temporary chat")).to_be_visible()
    box = page.get_by_role("textbox", name="Your question")
    for number, words in enumerate(("First", "Second"), 1):
        box.fill(words)
        box.press("Enter")
        expect(page.locator(".prose")).to_have_count(number)
        expect(page.locator(".prose").last).to_have_text("Hello, world.")
        expect(page.get_by_role("button", name="Send")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Your chats will be listed here.")).to_be_visible()
    assert page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)").count("First") == 0
    assert not Conversation.objects.exists()
    assert not page.complaints


def test_words_are_found_in_the_open_chat_by_keys_alone(visit, alice, model):
    chat = conversation_of(alice, "Where do lions sleep? Lions!", title="Cats")
    page = visit(alice, f"/c/{chat.pk}/")
    expect(page.locator(".question")).to_be_visible()
    page.keyboard.press("Control+f")
    expect(page.get_by_role("textbox", name="Find in this chat")).to_be_focused()
    page.keyboard.type("LION")
    count = page.locator(".find__count")
    expect(count).to_have_text("1 of 2")
    page.keyboard.press("Enter")
    expect(count).to_have_text("2 of 2")
    page.keyboard.press("Enter")
    expect(count).to_have_text("1 of 2")
    marked = "name => [...(CSS.highlights.get(name) ?? [])].map(range => String(range))"
    eventually(lambda: page.evaluate(marked, "find") == ["lion", "Lion"])
    eventually(lambda: page.evaluate(marked, "find-here") == ["lion"])
    page.get_by_role("textbox", name="Find in this chat").fill("tigers")
    expect(count).to_have_text("Not in this chat")
    page.keyboard.press("Escape")
    expect(page.locator("find-bar")).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('chat-thread') !== null")
    assert page.evaluate(marked, "find") == []
    assert not page.complaints


def test_a_link_to_a_chat_is_made_copied_and_revoked_by_keys_alone(visit, alice, model):
    from chat.models import ShareLink

    chat = conversation_of(alice, "Where do lions sleep?", title="Cats")
    page = visit(alice, f"/c/{chat.pk}/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    more = page.get_by_role("button", name="More about Cats")
    more.press("Enter")
    page.get_by_role("menuitem", name="Share").press("Enter")
    dialog = page.get_by_role("dialog", name="Share")
    make = dialog.get_by_role("button", name="Make a link")
    expect(make).to_be_visible()
    make.press("Enter")
    copy = dialog.get_by_role("button", name="Copy the link")
    copy.press("Enter")
    link = ShareLink.objects.get()
    assert link.expires_at
    assert not link.passages
    eventually(lambda: page.evaluate("navigator.clipboard.readText()").endswith(f"/s/{link.token}/"))
    assert dialog.evaluate("box => box.contains(document.activeElement)")
    dialog.get_by_role("button", name="Revoke").press("Enter")
    expect(copy).to_have_count(0)
    assert not ShareLink.objects.exists()
    assert dialog.evaluate("box => box.contains(document.activeElement)"), "the focus was lost with the link"
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(more).to_be_focused()
    assert not page.complaints
