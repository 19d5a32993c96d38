"""What can be done with one message of a chat, in a real browser: its link, a chat from there, its end."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def said(page):
    return page.locator(".messages")


def more(page, text):
    message = page.locator(".message", has_text=text)
    message.hover()
    message.get_by_role("button", name="More").click()


def two_questions(page, model_server):
    for question, answer in (("First?", "Lisbon."), ("Second?", "Porto.")):
        model_server.say(answer)
        ask(page, question)
        expect(said(page)).to_contain_text(answer)
        expect(page.get_by_role("button", name="Answer again")).to_have_count(1 if question == "First?" else 2)


def test_a_new_chat_begins_at_a_message_and_the_old_one_stays(visit, alice, model, model_server):
    page = visit(alice)
    two_questions(page, model_server)
    old = page.url
    more(page, "Lisbon.")
    page.get_by_role("menuitem", name="New chat from here").click()
    expect(page).not_to_have_url(old)
    expect(said(page)).to_contain_text("Lisbon.")
    expect(said(page)).not_to_contain_text("Second?")
    expect(page.get_by_role("navigation", name="Chats").get_by_role("link")).to_have_count(2)
    page.go_back()
    expect(said(page)).to_contain_text("Porto.")
    assert not page.complaints


def test_arrow_up_in_an_empty_box_takes_up_the_last_question(visit, alice, model, model_server):
    page = visit(alice)
    two_questions(page, model_server)
    box = page.get_by_role("textbox", name="Your question")
    box.press("ArrowUp")
    expect(box).to_have_value("Second?")
    box.fill("Second, in other words?")
    model_server.say("Braga.")
    box.press("Enter")
    expect(said(page)).to_contain_text("Braga.")
    expect(page.get_by_role("group", name="Versions")).to_contain_text("2/2")


def test_an_answer_is_deleted_and_brought_back_and_deleted_for_good(visit, alice, model, model_server):
    from chat.models import Message

    page = visit(alice)
    two_questions(page, model_server)
    more(page, "Second?")
    page.get_by_role("menuitem", name="Delete from here").click()
    expect(said(page)).not_to_contain_text("Porto.")
    page.get_by_role("button", name="Undo").click()
    expect(said(page)).to_contain_text("Porto.")
    more(page, "Second?")
    page.get_by_role("menuitem", name="Delete from here").click()
    model_server.say("Faro.")
    ask(page, "Third?")
    expect(said(page)).to_contain_text("Faro.")
    expect(said(page)).not_to_contain_text("Porto.")
    expect(page.get_by_text("The question was deleted.")).to_have_count(0)
    page.reload()
    expect(said(page)).to_contain_text("Faro.")
    texts = [message.text for message in Message.objects.order_by("id")]
    assert texts == ["First?", "Lisbon.", "Third?", "Faro."]


def test_what_is_deleted_is_gone_when_the_page_is_left(visit, alice, model, model_server):
    from chat.models import Message

    page = visit(alice)
    two_questions(page, model_server)
    more(page, "Second?")
    page.get_by_role("menuitem", name="Delete from here").click()
    page.goto("/account/")
    eventually(lambda: Message.objects.count() == 2)


def test_a_link_and_a_hit_lead_to_the_message_on_whichever_branch(visit, alice, model, model_server):
    page = visit(alice)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    two_questions(page, model_server)
    more(page, "Porto.")
    page.get_by_role("menuitem", name="Copy the link").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"/c/[0-9a-f-]{36}/#m\d+$", link)
    model_server.say("Madrid.")
    page.locator(".message", has_text="First?").hover()
    page.get_by_role("button", name="Answer again").first.click()
    expect(said(page)).to_contain_text("Madrid.")
    expect(said(page)).not_to_contain_text("Porto.")
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".message[data-sought]")).to_contain_text("Porto.")
    page.get_by_role("searchbox", name="Search chats").fill("madrid")
    page.locator("a[href*='/#m']").click()
    expect(page.locator(".message[data-sought]")).to_contain_text("Madrid.")
    assert not page.complaints
