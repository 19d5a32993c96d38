"""The composer in a real browser: prompts behind `/`, long pastes, drafts on another device, settings of a chat."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_look import faults

pytestmark = pytest.mark.django_db(transaction=True)


def box_of(page):
    return page.get_by_role("textbox", name="Your question")


def test_a_prompt_is_found_filled_in_and_put_into_the_box_by_keys_alone(visit, alice, bob, model):
    from chat.models import Prompt

    text = "{{user}}: a {{tone|select:formal,warm=warm}} letter about {{topic}}."
    Prompt.objects.create(owner=bob, command="letter", name="写信助手", text=text, for_everyone=True)
    Prompt.objects.create(owner=alice, command="hello", name="Greeting", text="Say <b>hello</b>.")
    page = visit(alice)
    box = box_of(page)
    box.press_sequentially("/gre")
    expect(page.get_by_role("option")).to_have_text([re.compile("Greeting/hello")])
    assert not faults(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(box).to_have_value("/gre")
    box.fill("")
    page.keyboard.type("／gre")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Say <b>hello</b>.")
    page.keyboard.type(" And /xzs")
    expect(page.get_by_role("option")).to_have_text([re.compile(r"写信助手/letter\s+bob")])
    page.keyboard.press("Tab")
    form = page.get_by_role("dialog", name="写信助手")
    expect(form.get_by_role("combobox", name="tone")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.type("{{user}}")
    expect(form.get_by_label("What will stand in the box")).to_have_text("alice: a formal letter about {{user}}.")
    assert not faults(page)
    page.keyboard.press("Enter")
    expect(box).to_have_value("Say <b>hello</b>. And alice: a formal letter about {{user}}.")
    expect(box).to_be_focused()
    expect(page.locator(".message")).to_have_count(0)
    assert page.complaints == []
