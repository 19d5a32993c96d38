"""Where the page stands: the box, one's own question, and the place where reading stopped."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.waiting import eventually

LOOKS_AWAY = """() => {
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
# A system that shows nothing, and remembers what it was to show.
SYSTEM = """
window.shown = [];
window.Notification = class {
  static permission = "granted";
  static requestPermission = () => Promise.resolve("granted");
  constructor(title, { body }) { window.shown.push([title, body]); window.last = this; }
  close() {}
};
"""


@pytest.fixture
def long_chat(alice, model):
    from chat.models import Conversation, Message

    chat = Conversation.objects.create(owner=alice, title="Long", model_ids=["qwen"])
    leaf = None
    for n in range(8):
        leaf = Message.objects.create(conversation=chat, parent=leaf, role="user", text=f"Question {n}")
        leaf = Message.objects.create(
            conversation=chat,
            parent=leaf,
            role="assistant",
            state="complete",
            model=model,
            text=f"Answer {n}.\n\n" * 20,
        )
    chat.show(leaf)
    return f"/c/{chat.pk}/"


def test_reading_goes_on_where_it_stopped(visit, alice, long_chat):
    page = visit(alice, long_chat)
    expect(page.locator(".prose").last).to_contain_text("Answer 7.")
    fifth = page.locator(".message", has_text="Question 4")
    for _step in range(16):
        page.keyboard.press("Alt+ArrowUp")
        if fifth.evaluate("message => message === document.activeElement"):
            break
    expect(fifth).to_be_focused()
    here = fifth.get_attribute("data-id")
    eventually(lambda: f":{here}}}" in (page.evaluate("sessionStorage.getItem('places')") or ""))
    page.get_by_role("link", name="New chat").first.click()
    expect(page.locator(".welcome")).to_be_visible()
    page.get_by_role("link", name="Long").click()
    expect(fifth).to_be_in_viewport()
    page.reload()
    expect(fifth).to_be_in_viewport()
    expect(page.locator(".prose").last).not_to_be_in_viewport()


def test_the_box_grows_and_ones_question_stands_near_the_top(visit, alice, long_chat, model_server):
    page = visit(alice, long_chat, reduced_motion="reduce")
    box = page.get_by_role("textbox", name="Your question")
    expect(box).to_be_focused()
    one = box.bounding_box()["height"]
    box.fill("\n".join("line" for _n in range(6)))
    assert box.bounding_box()["height"] > 3 * one
    box.fill("\n".join("line" for _n in range(200)))
    assert box.bounding_box()["height"] < page.viewport_size["height"] / 2
    assert box.evaluate("box => box.scrollHeight > box.clientHeight")
    ask(page, "Short")
    expect(page.locator(".message--assistant").last.get_by_role("button", name="Answer again")).to_be_visible()
    question, thread = page.locator(".question").last.bounding_box(), page.locator(".thread").bounding_box()
    assert question["y"] - thread["y"] < thread["height"] / 3
    moving = page.evaluate("document.getAnimations().filter((one) => one.effect.getTiming().duration > 1).length")
    assert moving == 0
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--quick')") == "0ms"


def test_the_system_tells_of_an_answer_that_nobody_looks_at(visit, alice, model, model_server):
    page = visit(alice, "/account/")
    page.context.add_init_script(SYSTEM)
    page.goto(page.url.replace("/account/", "/account/?again"))
    page.locator("#look button[data-look=notify][value=on]").click()
    page.goto(page.url.split("/account/")[0] + "/")
    model_server.scenario = "pausing"
    ask(page, "Tell me later")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    page.evaluate(LOOKS_AWAY)
    model_server.release.set()
    eventually(lambda: page.evaluate("window.shown.length") == 1)
    [[title, body]] = page.evaluate("window.shown")
    assert title == "An answer is there"
    assert "Hello, world" not in body
