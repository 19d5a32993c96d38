"""Several models on one question, in a real browser: columns, a reload in the middle, one kept, words of one's own."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.browser.test_look import faults

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def models(model):
    from providers.models import Model

    for name in ("gemma", "phi", "yi"):
        at = {"connection": model.connection, "name": name, "public_id": name}
        Model.objects.create(**at, for_everyone=True)
    return model


def add(page, *names):
    for name in names:
        page.get_by_role("button", name="Add a model").click()
        page.get_by_role("combobox", name="Search models").fill(name)
        page.keyboard.press("Enter")


def columns(page):
    return page.locator(".column")


def test_four_models_answer_through_a_reload_and_one_is_kept_in_every_tab(visit, alice, models, model_server):
    page = visit(alice)
    add(page, "phi", "qwen", "yi")
    expect(page.get_by_role("list", name="Models that answer side by side").get_by_role("listitem")).to_have_count(4)
    model_server.scenario = "pausing"
    model_server.say("Once ", "upon ", "a time.")
    ask(page, "Where?")
    expect(columns(page)).to_have_count(4)
    expect(columns(page).nth(3)).to_contain_text("upon")
    other = visit(alice, re.sub(r"^https?://[^/]+", "", page.url))
    page.reload()
    columns(page).nth(1).get_by_role("button", name=re.compile("^Stop")).click()
    expect(columns(page).nth(1)).to_contain_text("Stopped")
    expect(columns(other).nth(0)).to_contain_text("upon")
    model_server.scenario = "normal"  # for the title
    model_server.release.set()
    for tab in (page, other):
        for at in (0, 2, 3):
            expect(columns(tab).nth(at).locator(".prose")).to_have_text("Once upon a time. Later.")
    assert faults(page) == []
    page.get_by_role("button", name="Keep the answer of qwen").click()
    for tab in (page, other):
        expect(columns(tab)).to_have_count(0)
        expect(tab.locator(".answer__head")).to_have_text("qwen")
        expect(tab.get_by_role("group", name="Versions")).to_contain_text("/4")
    page.get_by_role("button", name="Show all answers side by side").click()
    expect(columns(page)).to_have_count(4)
    assert not page.complaints


def test_on_a_phone_answers_lie_beside_each_other_and_are_reached_by_their_names(visit, alice, models, model_server):
    page = visit(alice, viewport={"width": 390, "height": 844}, has_touch=True)
    add(page, "phi")
    ask(page, "Where?")
    expect(page.get_by_role("button", name="Keep the answer of phi")).to_be_attached()
    tabs = page.get_by_role("group", name="Answers", exact=True)
    tabs.get_by_role("button", name="phi").click()
    expect(tabs.get_by_role("button", name="phi")).to_have_attribute("aria-pressed", "true")
    expect(columns(page).nth(1)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Merge into one").click()
    page.get_by_role("combobox", name="Search models").fill("yi")
    page.keyboard.press("Enter")
    expect(page.locator(".origin")).to_have_text("written out of gemma, phi")
    assert "Hello, world." in model_server.asked[-1]["messages"][-1]["content"]
    assert not page.complaints


def test_a_model_is_asked_once_with_an_at_sign_and_its_answer_is_written_anew(visit, alice, models, model_server):
    page = visit(alice)
    box = page.get_by_role("textbox", name="Your question")
    box.press_sequentially("@")
    page.get_by_role("combobox", name="Search models").fill("q")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="For this question alone")).to_contain_text("qwen")
    expect(box).to_have_value("")
    ask(page, "Where?")
    expect(page.locator(".answer__head")).to_have_text("qwen")
    expect(page.get_by_role("list", name="For this question alone")).to_have_count(0)
    expect(page.get_by_role("button", name="Model: gemma")).to_be_visible()
    page.get_by_role("button", name="Other ways to answer").click()
    page.get_by_role("menuitem", name="Shorter").click()
    expect(page.locator(".origin")).to_have_text("asked to be shorter")
    answer = page.locator(".message--assistant")
    answer.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Edit this answer").click()
    page.get_by_role("textbox", name="The answer in your words").fill("Hello, wide world.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".origin")).to_have_text("edited by alice")
    answer.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Differences to another version").click()
    expect(page.locator(".differences__text ins")).to_have_text(re.compile("^wide"))
    assert faults(page) == []
    page.keyboard.press("Escape")
    box.press("ArrowUp")
    box.fill("Where to?")
    page.get_by_role("button", name="Save only").click()
    expect(page.locator(".question")).to_have_text("Where to?")
    expect(page.locator(".origin")).to_contain_text("as it was worded before")
    assert not any("Where to?" in str(body) for body in model_server.asked)
    assert not page.complaints
