"""Around a running answer, in a real browser: questions behind it, its continuation, other tabs, a server that goes."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask, sign_in
from tests.servers.web import WebProcess
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_question_sent_while_an_answer_runs_waits_for_it(visit, alice, model, model_server):
    model_server.scenarios = ["pausing", "normal"]
    page = visit(alice)
    ask(page, "First")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    ask(page, "Second")
    expect(page.locator(".question")).to_have_text(["First", "Second"])
    expect(page.get_by_text("Waits for the answer above").first).to_be_visible()
    model_server.release.set()
    expect(page.locator(".prose")).to_have_text(["Hello, world. Later.", "Hello, world."])
    expect(page.get_by_role("button", name="Answer again")).to_have_count(2)


def test_a_waiting_question_is_put_at_once(visit, alice, model, model_server):
    model_server.scenarios = ["pausing", "normal"]
    page = visit(alice)
    ask(page, "First")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    ask(page, "Second")
    page.get_by_role("button", name="Send now").click()
    expect(page.locator(".mark")).to_have_text("Stopped")
    expect(page.locator(".prose")).to_have_text(["Hello, world.", "Hello, world."])


def test_a_waiting_question_is_taken_back_into_the_box(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    page = visit(alice)
    ask(page, "First")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    ask(page, "A question typed too early")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".question")).to_have_text(["First"])
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("A question typed too early")
    page.reload()
    expect(page.locator(".question")).to_have_text(["First"])
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("A question typed too early")


def test_stop_ends_everything_that_runs_and_waits(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    page = visit(alice)
    ask(page, "First")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    ask(page, "Second")
    expect(page.get_by_role("button", name="Send now")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".mark")).to_have_text(["Stopped", "Stopped"])
    assert len(model_server.asked) == 1


def test_a_stopped_answer_goes_on_where_it_was(visit, alice, model, model_server):
    model_server.scenarios = ["pausing", "normal"]
    model_server.say("The sea is ")
    page = visit(alice)
    ask(page, "Go on")
    expect(page.locator(".prose")).to_have_text("The sea is")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator(".mark")).to_have_text("Stopped")
    model_server.say("wide and", " deep.")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".prose p")).to_have_text("The sea is wide and deep.")
    expect(page.locator(".mark")).to_have_count(0)
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    page.reload()
    expect(page.locator(".prose p")).to_have_text("The sea is wide and deep.")


def test_an_answer_that_ends_in_the_background_leaves_a_mark(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    page = visit(alice)
    ask(page, "Take your time")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    expect(page.get_by_role("img", name="being answered")).to_be_visible()
    page.get_by_role("link", name="New chat").first.click()
    model_server.release.set()
    expect(page.get_by_role("img", name="has a new answer")).to_be_visible()
    _look_away(page, True)
    expect(page).to_have_title(re.compile("^● "))
    _look_away(page, False)
    page.get_by_role("navigation", name="Chats").get_by_role("link").click()
    expect(page.locator(".prose")).to_have_text("Hello, world. Later.")
    expect(page.get_by_role("img", name="has a new answer")).to_have_count(0)


def test_a_hidden_tab_loses_nothing(visit, alice, model, model_server):
    model_server.scenario = "pausing"
    page = visit(alice)
    ask(page, "Go on")
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    _look_away(page, True)
    # A tab that nobody looks at gets no animation frames.
    page.evaluate(
        "() => { const real = window.requestAnimationFrame; const held = []; window.held = held;"
        " window.requestAnimationFrame = (draw) => held.push(draw);"
        " window.showAgain = () => { window.requestAnimationFrame = real; held.forEach((draw) => real(draw)) } }"
    )
    model_server.release.set()
    expect(page).to_have_title(re.compile("^● "))
    assert page.locator(".prose").inner_text() == "Hello, world."
    assert page.evaluate("window.held.length") <= 1
    page.evaluate("window.showAgain()")
    _look_away(page, False)
    expect(page.locator(".prose")).to_have_text("Hello, world. Later.")
    expect(page).not_to_have_title(re.compile("^● "))


def test_a_question_asked_in_one_tab_is_answered_in_the_other_too(visit, alice, model, model_server):
    page = visit(alice)
    ask(page, "First")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    other = visit(alice, page.url)
    expect(other.locator(".prose")).to_have_text("Hello, world.")
    model_server.scenario = "pausing"
    ask(page, "Second")
    expect(other.locator(".question")).to_have_text(["First", "Second"])
    model_server.release.set()
    expect(other.locator(".prose")).to_have_text(["Hello, world.", "Hello, world. Later."])


def test_an_answer_that_dies_with_its_server_goes_on_with_the_next(visit, alice, model, model_server, tmp_path):
    from chat.models import Message

    model_server.scenarios = ["pausing", "normal"]
    with WebProcess(tmp_path) as web:
        page = visit(None, "about:blank")
        sign_in(page.context, alice, web.address)
        page.goto(web.address)
        ask(page, "Go on")
        expect(page.locator(".prose")).to_have_text("Hello, world.")
        eventually(lambda: Message.objects.filter(text="Hello, world.").exists())
        web.kill()
        expect(page.locator(".reconnecting")).to_be_visible()
        ask(page, "And then?")
        web.start()
        expect(page.locator(".failure")).to_contain_text("Interrupted")
        expect(page.locator(".question")).to_have_text(["Go on", "And then?"])
        expect(page.locator(".prose")).to_have_text(["Hello, world.", "Hello, world."])
        expect(page.locator(".reconnecting")).to_have_count(0)


def _look_away(page, hidden):
    page.evaluate(
        "(hidden) => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')) }",
        hidden,
    )
