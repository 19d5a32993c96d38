"""The chat in a real browser: asked, streamed, stopped, resumed, drawn."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

RICH = [
    "Here is **bold** and `code`.\n\n",
    "```python\ndef area(r):\n",
    "    return 3.14 * r ** 2\n```\n\n",
    "| name | value |\n|---|---:|\n",
    "| pi | 3.14 |\n\n",
    "The area is $A = \\pi r^2$ and costs $5 and $6.\n\n",
    "$$\\int_0^1 x^2\\,dx = \\frac{1}{3}$$\n",
]


def test_alice_signs_in_and_asks(visit, alice, model, model_server):
    page = visit(None, "/")
    page.locator("input[type=email]").fill("alice@example.org")
    page.locator("input[type=password]").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    model_server.say("Hello", ", ", "Alice", ".")
    ask(page, "Hi there")
    expect(page.locator(".question")).to_have_text("Hi there")
    expect(page.locator(".prose")).to_have_text("Hello, Alice.")
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
    expect(page.get_by_role("navigation", name="Chats").get_by_role("link")).to_have_count(1)
    assert not page.complaints


def test_code_table_and_formulas_are_drawn(visit, alice, model, model_server):
    model_server.say(*RICH)
    page = visit(alice)
    ask(page, "Show me everything")
    expect(page.locator(".prose strong")).to_have_text("bold")
    expect(page.locator(".code__bar > span").first).to_have_text("python")
    expect(page.locator(".code .hljs-keyword").first).to_have_text("def")
    assert page.locator(".code code").inner_text() == "def area(r):\n    return 3.14 * r ** 2"
    expect(page.locator(".table-scroll td").last).to_have_text("3.14")
    expect(page.locator(".formula .katex-html")).to_have_count(2)
    expect(page.locator(".formula--display")).to_have_count(1)
    expect(page.locator(".prose")).to_contain_text("costs $5 and $6.")
    assert not page.complaints


def test_stop_keeps_what_was_written_and_hangs_up(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    model_server.say("Half an answer")
    page = visit(alice)
    ask(page, "Go on")
    expect(page.locator(".prose")).to_have_text("Half an answer")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".mark")).to_have_text("Stopped")
    expect(page.locator(".prose")).to_have_text("Half an answer")
    expect(page.get_by_role("button", name="Send")).to_be_visible()


def test_escape_stops(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    page = visit(alice)
    ask(page, "Go on")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    page.keyboard.press("Escape")
    expect(page.locator(".mark")).to_have_text("Stopped")


def test_a_reload_in_mid_answer_goes_on_without_doubling(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    page = visit(alice)
    ask(page, "Go on")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    page.reload()
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    model_server.release.set()
    expect(page.locator(".prose")).to_have_text("Hello, world. Later.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()


def test_a_second_tab_sees_the_same_answer_grow(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    page = visit(alice)
    ask(page, "Go on")
    expect(page).to_have_url(re.compile(r"/c/"))
    other = visit(alice, page.url)
    expect(other.locator(".prose")).to_have_text("Hello, world.")
    model_server.release.set()
    for tab in (page, other):
        expect(tab.locator(".prose")).to_have_text("Hello, world. Later.")


def test_enter_that_takes_a_candidate_of_an_input_method_does_not_send(visit, alice, model, model_server):
    page = visit(alice)
    box = page.get_by_role("textbox", name="Your question")
    box.fill("ni hao")
    for extra in ("isComposing: true", "keyCode: 229"):
        box.evaluate(
            "(box) => box.dispatchEvent(new KeyboardEvent('keydown',"
            f" {{key: 'Enter', bubbles: true, cancelable: true, {extra}}}))"
        )
    box.press("Shift+Enter")
    expect(page.locator(".question")).to_have_count(0)
    expect(box).to_have_value("ni hao\n")
    box.press("Enter")
    expect(page.locator(".question")).to_have_text("ni hao")


def test_thinking_is_folded_and_timed(visit, alice, model, model_server):
    model_server.scenario = "reasoning"
    page = visit(alice)
    ask(page, "What is it?")
    expect(page.locator(".prose")).to_have_text("42")
    thoughts = page.locator(".thoughts")
    expect(thoughts.locator(".thoughts__text")).to_be_hidden()
    thoughts.locator("summary").click()
    expect(thoughts.locator(".thoughts__text")).to_have_text("Let me think.")


def test_a_failure_says_so_and_can_be_tried_again(visit, alice, model, model_server):
    model_server.scenarios = ["no_such_model", "normal"]
    page = visit(alice)
    ask(page, "Hello?")
    expect(page.locator(".failure")).to_be_visible()
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    expect(page.locator(".branches span").last).to_have_text("2/2")
    page.get_by_role("button", name="Earlier version").click()
    expect(page.locator(".failure")).to_be_visible()


def test_a_question_is_edited_beside_the_first_one(visit, alice, model, model_server):
    page = visit(alice)
    ask(page, "First wording")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    page.get_by_role("button", name="Edit and ask again").click()
    box = page.get_by_role("textbox", name="Your question")
    expect(box).to_have_value("First wording")
    ask(page, "Second wording")
    expect(page.locator(".question")).to_have_text("Second wording")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    page.get_by_role("button", name="Earlier version").click()
    expect(page.locator(".question")).to_have_text("First wording")
    page.reload()
    expect(page.locator(".question")).to_have_text("First wording")


def test_a_draft_survives_a_reload(visit, alice, model):
    page = visit(alice)
    page.get_by_role("textbox", name="Your question").fill("not yet sent")
    page.reload()
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("not yet sent")


def test_a_chat_is_renamed_deleted_and_brought_back(visit, alice, model, model_server):
    page = visit(alice)
    ask(page, "Old name")
    chats = page.get_by_role("navigation", name="Chats")
    chats.get_by_role("button", name="More about").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_role("textbox", name="Title").fill("New name")
    page.keyboard.press("Enter")
    expect(chats.get_by_role("link", name="New name")).to_be_visible()
    chats.get_by_role("button", name="More about").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(chats.get_by_role("link", name="New name")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(chats.get_by_role("link", name="New name")).to_be_visible()
    eventually(lambda: _titles() == ["New name"])


def test_a_deleted_chat_is_gone_when_the_page_is_left(visit, alice, model, model_server):
    page = visit(alice)
    ask(page, "Forget this one")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    page.get_by_role("navigation", name="Chats").get_by_role("button", name="More about").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.goto("/account/")
    eventually(lambda: _titles() == [])


def test_the_connection_comes_back_by_itself(visit, alice, model, model_server):
    page = visit(alice)
    expect(page.locator(".sidebar__empty")).to_be_visible()
    page.context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.context.set_offline(False)
    ask(page, "Still there?")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    expect(page.locator(".reconnecting")).to_have_count(0)


def test_a_broken_line_is_mended_in_mid_answer(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    lines = []

    def through(line):
        lines.append(line)
        line.connect_to_server()

    page = visit(alice, "about:blank")
    page.route_web_socket(re.compile("/ws/chat/"), through)
    page.goto("/")
    ask(page, "Go on")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    lines[-1].close(code=4000)
    expect(page.locator(".reconnecting")).to_be_visible()
    expect(page.locator(".reconnecting")).to_have_count(0)
    assert len(lines) > 1
    model_server.release.set()
    expect(page.locator(".prose")).to_have_text("Hello, world. Later.")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()


def test_a_frame_lost_on_the_way_is_asked_for_again(visit, alice, model, model_server):
    model_server.scenario = "slow"
    model_server.say("one ", "two ", "three ", "four")
    lost = []

    def leaky(line):
        server = line.connect_to_server()

        def pass_on(frame):
            if not lost and '"delta"' in frame:
                lost.append(frame)
            else:
                line.send(frame)

        server.on_message(pass_on)

    page = visit(alice, "about:blank")
    page.route_web_socket(re.compile("/ws/chat/"), leaky)
    page.goto("/")
    ask(page, "Count")
    expect(page.locator(".prose")).to_have_text("one two three four")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    assert lost


def test_a_question_asked_without_a_line_is_sent_once_there_is_one(visit, alice, model, model_server):
    lines = []

    def first_dead(line):
        if lines:
            line.connect_to_server()
        else:
            line.close(code=4000)
        lines.append(line)

    page = visit(alice, "about:blank")
    page.route_web_socket(re.compile("/ws/chat/"), first_dead)
    page.goto("/")
    ask(page, "Anybody there?")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    expect(page.locator(".question")).to_have_count(1)


def test_what_is_refused_comes_back_into_the_box(visit, alice, model, model_server):
    page = visit(alice)
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    model.for_everyone = False
    model.save()
    ask(page, "A long and careful question")
    expect(page.get_by_role("alert")).to_contain_text("qwen")
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("A long and careful question")
    expect(page.locator(".question")).to_have_count(0)


def test_a_text_that_is_too_long_is_kept_and_not_sent(visit, alice, model):
    page = visit(alice)
    ask(page, "x" * 100_001)
    expect(page.get_by_role("button", name="Send")).to_have_attribute("title", re.compile("longer than 100000"))
    expect(page.locator(".question")).to_have_count(0)


def test_an_old_chat_is_found_by_its_words(visit, alice, model, model_server):
    model_server.say("The capital is Lisbon.")
    page = visit(alice)
    ask(page, "Portugal?")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    page.get_by_role("link", name="New chat").first.click()
    expect(page.locator(".question")).to_have_count(0)
    page.get_by_role("searchbox", name="Search chats").fill("lisbon")
    page.get_by_role("link", name=re.compile("Lisbon")).click()
    expect(page.locator(".question")).to_have_text("Portugal?")
    page.go_back()
    expect(page.locator(".question")).to_have_count(0)


def test_another_model_is_chosen_and_remembered(visit, alice, model, model_server):
    from providers.models import Model

    Model.objects.create(connection=model.connection, name="gemma", public_id="gemma", for_everyone=True)
    page = visit(alice)
    page.get_by_role("button", name="Model: gemma").click()
    page.keyboard.type("qw")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Model: qwen")).to_be_visible()
    ask(page, "Who are you?")
    expect(page.locator(".answer__head")).to_have_text("qwen")
    page.goto("/")
    page.get_by_role("button", name="Model: qwen").click()
    page.get_by_role("option", name="gemma").click()
    expect(page.get_by_role("button", name="Model: gemma")).to_be_visible()


def test_without_a_model_the_page_says_who_can_help(visit, alice, root):
    page = visit(alice)
    expect(page.get_by_text("Ask your administrator")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_have_attribute("title", "There is no model that you may use.")
    page = visit(root)
    expect(page.get_by_role("link", name="Connect a model server")).to_have_attribute("href", "/admin/connections/")


def _titles():
    from chat.models import Conversation

    return list(Conversation.objects.values_list("title", flat=True))
