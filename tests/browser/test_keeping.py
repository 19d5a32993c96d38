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
