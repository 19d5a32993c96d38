"""Themes, languages, narrow screens, keyboards and screen readers; and how much a first visit loads."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
WIDE_TABLE = "| column " * 12 + "|\n" + "|---" * 12 + "|\n" + "| value " * 12 + "|"
ANSWER = """So **it is** [1].

```python
print('hi')  # comment
```

| a | b |
|---|---|
| 1 | 2 |

$$x^2$$

> quoted
"""
# Whatever can be pressed and is no word within a sentence; a box in a label is pressed by its label.
SMALL = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter(one => one.checkVisibility({ visibilityProperty: true }) && one.type !== "hidden")
    .filter(one => !one.closest(".visually-hidden, .skip-link, [inert], .prose"))
    .map(one => one.matches("input") ? one.closest("label") ?? one : one)
    .filter(one => getComputedStyle(one).display !== "inline")
    .filter(one => one.getBoundingClientRect().width < 43.5 || one.getBoundingClientRect().height < 43.5)
    .map(one => one.outerHTML.replace(/\\s+/g, " ").slice(0, 120))"""
AT_END = """() => {
    const thread = document.querySelector(".thread");
    return thread.scrollHeight - thread.scrollTop - thread.clientHeight < 50;
}"""


def faults(page):
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{item['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for item in found
        for node in item["nodes"]
    ]


@pytest.fixture
def told(alice, model):
    """A chat with an answer from sources, code, a table and a formula."""
    from chat.models import Conversation, Message, Source

    chat = Conversation.objects.create(owner=alice, title="Told")
    asked = Message.objects.create(conversation=chat, author=alice, role="user", text="Well?")
    said = {"text": ANSWER, "reasoning": "Let me see.", "model_name": "qwen"}
    chat.active = Message.objects.create(conversation=chat, parent=asked, role="assistant", **said)
    chat.save()
    Source.objects.create(
        message=chat.active, n=1, title="Report", url="https://example.org/a", text="It is.", cited=True
    )
    return f"/c/{chat.pk}/"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chat_has_no_accessibility_faults(visit, alice, told, theme):
    page = visit(alice, told, color_scheme=theme, reduced_motion="reduce")
    expect(page.locator(".hljs-built_in")).to_be_visible()
    assert not faults(page)
    page.locator(".thoughts summary").click()
    page.locator(".cite").first.click()
    expect(page.locator("dialog.reader mark")).to_be_visible()
    assert not faults(page)
    page.get_by_role("button", name="All passages").click()
    expect(page.locator(".source")).to_be_visible()
    page.get_by_role("button", name="Model: qwen").click()
    assert not faults(page)


def test_wide_tables_and_long_words_scroll_in_themselves_on_a_phone(visit, alice, model, model_server):
    model_server.say(WIDE_TABLE, "\n\n`" + "x" * 300 + "`\n\n", "w" * 300, "\n\n```\n" + "y" * 300 + "\n```\n")
    page = visit(alice, "/", **PHONE)
    ask(page, "q" * 300)
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(
        "document.querySelector('.thread').scrollWidth <= document.querySelector('.thread').clientWidth"
    )
    assert page.locator(".table-scroll").evaluate("box => box.scrollWidth > box.clientWidth")


def test_the_list_of_chats_is_a_drawer_on_a_phone(visit, alice, told):
    page = visit(alice, told, **PHONE)
    expect(page.get_by_role("navigation", name="Chats")).to_be_hidden()
    page.get_by_role("button", name="Show the list of chats").click()
    expect(page.get_by_role("link", name="Told")).to_be_visible()
    assert page.locator("#main").evaluate("main => main.inert")
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="Chats")).to_be_hidden()
    expect(page.get_by_role("button", name="Show the list of chats")).to_be_focused()


def test_nothing_that_a_finger_is_to_meet_is_smaller_than_44_pixels(visit, alice, told):
    found = []
    for person, paths in ((None, ["/accounts/login/"]), (alice, ["/account/", "/prompts/new/", told])):
        page = visit(person, "about:blank", **PHONE)
        for path in paths:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            found += [f"{path}: {one}" for one in page.evaluate(SMALL)]
    page.get_by_role("button", name="Show the list of chats").click()
    expect(page.get_by_role("link", name="Told")).to_be_visible()
    found += page.evaluate(SMALL)
    assert not found, "\n".join(found)


def test_the_sources_are_a_sheet_on_a_phone_and_a_column_on_a_desk(visit, alice, told):
    page = visit(alice, told, **PHONE)
    page.locator(".sources-line").click()
    expect(page.locator("dialog.sources:modal .source")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".source")).to_have_count(0)
    page = visit(alice, told)
    page.locator(".sources-line").click()
    expect(page.locator("dialog.sources:not(:modal) .source")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".source")).to_have_count(0)


def test_the_theme_is_chosen_and_kept(visit, alice, model):
    page = visit(alice, "/", color_scheme="light")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark


def test_size_colour_and_enter_are_chosen_and_kept(visit, alice, model, model_server):
    page = visit(alice, "/account/")
    size = "parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)"
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--hue').trim()"
    normal, pine = page.evaluate(size), page.evaluate(accent)
    look = page.locator("#look")
    look.get_by_role("button", name="Largest").click()
    look.get_by_role("button", name="Plum").click()
    height = "document.querySelector('#look button').closest('main').getBoundingClientRect().height"
    roomy = page.evaluate(height)
    look.get_by_role("button", name="Compact").click()
    assert page.evaluate(height) < roomy
    look.get_by_role("button", name="starts a new line").click()
    assert page.evaluate(size) == pytest.approx(normal * 1.25)
    page.goto(page.url.replace("/account/", "/"))
    assert page.evaluate(accent) != pine
    box = page.get_by_role("textbox", name="Your question")
    box.fill("First")
    box.press("Enter")
    page.keyboard.type("Second")
    expect(box).to_have_value("First\nSecond")
    box.press("Control+Enter")
    expect(page.locator(".question")).to_have_text("First\nSecond")


def test_keys_go_from_message_to_message_and_are_bound_anew(visit, alice, told):
    page = visit(alice, told)
    expect(page.locator(".message--assistant .prose").last).not_to_be_empty()
    page.keyboard.press("Alt+ArrowUp")
    first, last = page.locator(".messages > .message").first, page.locator(".messages > .message").last
    for _step in range(20):
        page.keyboard.press("Alt+ArrowUp")
    expect(first).to_be_focused()
    page.keyboard.press("Control+/")
    keys = page.get_by_role("dialog", name="Keys")
    keys.get_by_role("button", name="Change the keys: To the message below").click()
    page.keyboard.press("Alt+J")
    expect(keys.get_by_role("row", name="To the message below")).to_contain_text("J")
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    for _step in range(20):
        page.keyboard.press("Alt+J")
    expect(last).to_be_focused()
    page.reload()
    expect(page.locator(".message--assistant .prose").last).not_to_be_empty()
    page.keyboard.press("Control+Shift+S")
    expect(page.locator(".chat")).to_have_attribute("data-list", "hidden")


def test_chinese_at_once_and_everywhere(visit, alice, model, model_server):
    page = visit(alice)
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_role("link", name="新对话")).to_be_visible()
    page.get_by_role("textbox", name="您的问题").fill("你好")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="重新回答")).to_be_visible()
    expect(page.locator(".sidebar__day")).to_have_text("今天")


def test_a_question_goes_all_the_way_by_keyboard(visit, alice, model, model_server):
    page = visit(alice)
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.type("Only keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Attach files")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Libraries")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Search libraries")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Libraries")).to_be_focused()


def test_libraries_are_picked_with_a_hash_sign(visit, alice, model, model_server):
    from knowledge.models import Library

    Library.objects.create(owner=alice, name="Handbook")
    Library.objects.create(owner=alice, name="Papers")
    page = visit(alice)
    page.keyboard.type("About ＃")
    expect(page.get_by_role("combobox", name="Search libraries")).to_be_focused()
    page.keyboard.type("hand")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator(".chip")).to_have_text("Handbook")
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("About ")
    page.get_by_role("button", name="Do not ask Handbook").click()
    expect(page.locator(".chip")).to_have_count(0)
    page.get_by_role("button", name="Libraries").click()
    page.get_by_role("option", name="Papers").click()
    expect(page.locator(".chip")).to_have_text("Papers")


def test_the_list_of_chats_is_put_away_on_a_desk(visit, alice, told):
    page = visit(alice, told)
    page.get_by_role("button", name="Hide the list of chats").click()
    expect(page.get_by_role("navigation", name="Chats")).to_be_hidden()
    assert page.locator("#main").bounding_box()["width"] == page.viewport_size["width"]
    page.reload()
    expect(page.get_by_role("button", name="Show the list of chats")).to_be_visible()


def test_the_reader_who_scrolled_up_is_left_alone(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    model_server.say("A long line.\n\n" * 80)
    page = visit(alice)
    ask(page, "Write a lot")
    expect(page.locator(".prose p")).to_have_count(80)
    eventually(lambda: page.evaluate(AT_END))
    page.mouse.move(700, 400)
    page.mouse.wheel(0, -600)
    expect(page.locator(".latest")).to_be_visible()
    model_server.release.set()
    expect(page.get_by_role("button", name="Answer again")).to_be_attached()
    assert not page.evaluate(AT_END)
    page.locator(".latest").click()
    eventually(lambda: page.evaluate(AT_END))
    expect(page.locator(".latest")).to_have_count(0)


def test_the_first_visit_is_light(visit, alice, model, record_property):
    page = visit(alice, "about:blank")
    seen = []
    page.on("response", lambda response: seen.append(response) or None)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    size = 0
    for response in seen:
        sizes = response.request.sizes()
        if "/static/" in response.url:
            size += sizes["responseBodySize"]
    record_property("requests", len(seen))
    record_property("bytes", size)
    assert len(seen) <= 12, [response.url for response in seen]
    assert size <= 120 * 1024, json.dumps({response.url: response.request.sizes() for response in seen}, indent=1)
