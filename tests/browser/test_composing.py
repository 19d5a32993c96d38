"""The composer in a real browser: prompts behind `/`, long pastes, drafts on another device, settings of a chat."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.browser.test_look import faults

pytestmark = pytest.mark.django_db(transaction=True)


# Pastes as a browser does, and gives the longest time that the page did nothing else, until it rests.
PASTE = """async (lines) => {
  const box = document.querySelector("textarea");
  const text = Array.from({ length: lines }, (_, n) => `line ${n} of a log that somebody wants read\\n`).join("");
  const tasks = [];
  const note = (list) => tasks.push(...list.getEntries().map((task) => task.duration));
  new PerformanceObserver(note).observe({ type: "longtask" });
  const board = new DataTransfer();
  board.setData("text/plain", text);
  const pasted = { clipboardData: board, bubbles: true, cancelable: true };
  if (box.dispatchEvent(new ClipboardEvent("paste", pasted))) {
    box.setRangeText(text, box.value.length, box.value.length, "end");
    box.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
  }
  await new Promise((rests) => setTimeout(rests, 1500));
  return Math.max(0, ...tasks);
}"""


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


def test_thinking_and_settings_are_chosen_near_the_box_and_stay_with_the_chat(visit, alice, model, model_server):
    from chat.models import Conversation

    model.capabilities_by_hand = ["thinking"]
    model.save()
    page = visit(alice)
    page.get_by_role("combobox", name="Thinking").select_option("off")
    page.get_by_role("button", name="Settings of this chat").click()
    form = page.get_by_role("dialog", name="Settings of this chat")
    expect(form.get_by_role("textbox", name="Instructions")).to_be_focused()
    page.keyboard.type("Be brief.")
    form.get_by_role("spinbutton", name="Temperature").fill("0.2")
    assert not faults(page)
    page.keyboard.press("Enter")
    expect(form).to_have_count(0)
    expect(page.locator(".tool__count")).to_have_text("2")
    ask(page, "Where?")
    expect(page.locator(".message--assistant")).to_contain_text("Hello")
    body = next(body for body in model_server.asked if body["messages"][-1]["content"] == "Where?")
    assert (body["temperature"], body["chat_template_kwargs"]) == (0.2, {"enable_thinking": False})
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    page.reload()
    expect(page.get_by_role("combobox", name="Thinking")).to_have_value("off")
    page.get_by_role("button", name="Settings of this chat").click()
    form.get_by_role("button", name="All to default").click()
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    expect(page.locator(".tool__count")).to_have_count(0)
    chat = Conversation.objects.get()
    assert (chat.params, chat.system) == ({"think": False}, "")
    assert page.complaints == []


def test_a_model_that_only_thought_answers_without_thinking_on_a_click(visit, alice, model, model_server):
    model_server.scenarios = ["only_thinks", "normal"]
    page = visit(alice)
    ask(page, "Where?")
    answer = page.locator(".message--assistant")
    expect(answer).to_contain_text("never came to an answer")
    answer.get_by_role("button", name="Answer now without thinking").click()
    expect(answer).to_contain_text("Hello, world.")
    first, again = [body for body in model_server.asked if body["messages"][-1]["content"] == "Where?"]
    assert "chat_template_kwargs" not in first
    assert again["chat_template_kwargs"] == {"enable_thinking": False}


def test_twenty_thousand_pasted_lines_do_not_freeze_and_become_a_file(visit, alice, model, record_property):
    page = visit(alice)
    box = box_of(page)
    box.fill("Summarise this: ")
    page.evaluate(PASTE, 80)
    expect(page.get_by_text("A long text: ")).to_be_visible()
    page.get_by_role("button", name="Attach it as a file").click()
    expect(page.locator(".file")).to_contain_text("Pasted")
    expect(box).to_have_value("Summarise this: ")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".file")).to_have_count(0)
    expect(box).to_have_value(re.compile("^Summarise this: line 0 of"))
    box.fill("")
    record_property("longest task in ms", page.evaluate(PASTE, 20_000))
    expect(page.get_by_text("The pasted text is a file now.")).to_be_visible()
    expect(page.locator(".file")).to_contain_text("Pasted")
    expect(box).to_have_value("")
    assert page.complaints == []
