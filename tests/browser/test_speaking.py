"""What comes into the box without being typed: quotations, and what is said."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

# A browser that hears what the test says; Chromium's own would ask its maker.
EARS = """
window.webkitSpeechRecognition = window.SpeechRecognition = class extends EventTarget {
  start() { window.ears = this; }
  abort() { this.stopped = true; }
  hears(...words) {
    this.dispatchEvent(Object.assign(new Event("result"), { results: words.map((transcript) => [{ transcript }]) }));
  }
  fails(error) { this.dispatchEvent(Object.assign(new Event("error"), { error })); }
};
"""
MARK = """(message) => {
  const range = document.createRange();
  range.selectNodeContents(message);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


def when(page, expression):
    """Waits until this is so on the page. Playwright's own way to wait evaluates a text there, which ours forbid."""
    eventually(lambda: page.evaluate(f"Boolean({expression})"))


def test_marked_words_are_quoted_in_the_box(visit, alice, model, model_server):
    page = visit(alice)
    model_server.say("Freight costs 12 euros.\n\nFrom 100 euros it is free.")
    ask(page, "Freight?")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    answer = page.locator(".message--assistant .prose")
    expect(page.get_by_role("button", name="Quote")).to_have_count(0)
    box = page.get_by_role("textbox", name="Your question")
    box.fill("And this?")
    answer.evaluate(MARK)
    page.get_by_role("button", name="Quote").click()
    expect(box).to_be_focused()
    expect(box).to_have_value("> Freight costs 12 euros.\n>\n> From 100 euros it is free.\n\nAnd this?")
    expect(page.get_by_role("button", name="Quote")).to_have_count(0)


def test_what_is_said_is_written_and_sent_after_a_silence(visit, alice, model, model_server):
    page = visit(alice, "about:blank")
    page.context.add_init_script(EARS)
    page.goto("/")
    box = page.get_by_role("textbox", name="Your question")
    box.fill("Dear model,")
    page.get_by_role("button", name="Dictate").click()
    when(page, "window.ears && !window.ears.stopped")
    assert page.evaluate("window.ears.lang") == "en-GB"
    page.evaluate("window.ears.fails('network')")
    expect(page.get_by_role("alert")).to_contain_text("What you have is kept")
    expect(box).to_have_value("Dear model,")
    page.get_by_role("button", name="Dictate").click()
    when(page, "window.ears && !window.ears.stopped")
    page.evaluate("window.ears.hears('what is ')")
    page.evaluate("window.ears.hears('what is ', 'the fee')")
    expect(box).to_have_value("Dear model, what is the fee")
    expect(page.get_by_role("button", name="Stop dictating")).to_be_visible()
    expect(page.locator(".question")).to_have_text("Dear model, what is the fee")
    assert page.evaluate("window.ears.stopped")
    expect(page.get_by_role("button", name="Dictate")).to_be_visible()
