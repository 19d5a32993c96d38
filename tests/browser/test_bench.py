"""The bench of a library, its test questions, and answers with and without it, as people see them."""

import pytest
from playwright.sync_api import expect

from knowledge.golden import keeping, watching
from knowledge.golden.measuring import Outcome, Run
from knowledge.models import Chunk
from tests.browser.conftest import ask
from tests.browser.test_look import PHONE, faults
from tests.knowledge.libraries import document_in, library_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("chroma_server", "embedder")]

LEAVE = "Employees receive 25 days of paid holiday a year. Unused days expire at the end of March."
KITCHEN = "The kitchen on the third floor is cleaned every Friday afternoon by the person on duty."
ZH_LEAVE = "员工每年享有二十五天带薪年假。未使用的假期于三月底失效。"
ZH_KITCHEN = "三楼的厨房每周五下午由值班人员打扫。"


@pytest.fixture
def handbook(alice):
    library = library_of(alice)
    document_in(library, LEAVE, name="leave.txt")
    document_in(library, KITCHEN, name="kitchen.txt")
    document_in(library, *(f"Room {number} has {number} chairs." for number in range(8)), name="rooms.txt")
    return library


def test_alice_sees_why_a_passage_is_missing_and_brings_it_back(visit, alice, handbook):
    page = visit(alice, f"/knowledge/{handbook.pk}/", reduced_motion="reduce")
    page.get_by_role("link", name="Search and explain").click()
    Chunk.objects.filter(document__name="leave.txt").update(disabled=True)
    page.get_by_role("searchbox", name="Question").fill("How many days of paid holiday are there?")
    page.get_by_role("button", name="Search", exact=True).click()
    hit = page.locator(".hit", has_text="leave.txt")
    expect(hit).to_contain_text("switched off")
    hit.get_by_role("link", name="Why?").click()
    expect(page.locator(".why__text")).to_have_text("The passage is switched off. It is never found as long as it is.")
    assert not faults(page)
    page.get_by_role("button", name="Switch the passage on").click()
    expect(page.locator(".passage")).to_be_visible()
    page.goto(f"/knowledge/{handbook.pk}/search/?q=How many days of paid holiday are there?")
    expect(hit.locator(".hit__number")).to_have_text("1")
    hit.get_by_role("button", name="This is right").click()
    expect(page.locator(".notice")).to_contain_text("Kept as a test question.")
    page.get_by_role("link", name="Test questions").click()
    expect(page.locator(".golden__question")).to_contain_text("How many days of paid holiday are there?")
    assert not faults(page)
    assert not page.complaints


def test_the_bench_speaks_chinese_and_fits_a_phone(visit, alice):
    library = library_of(alice, "员工手册")
    document_in(library, ZH_LEAVE, ZH_KITCHEN, name="手册.txt")
    where = f"/knowledge/{library.pk}/search/?q=每年有几天年假？&document=手册.txt&phrase=三楼的厨房"
    page = visit(alice, where, locale="zh-CN", color_scheme="dark", reduced_motion="reduce", **PHONE)
    expect(page.locator(".hit").first).to_contain_text("已发送")
    expect(page.locator(".why__passed")).to_contain_text("这句话在第 2 个段落中。")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    assert not faults(page)


def test_a_fall_is_drawn_and_the_question_named(visit, alice, handbook):
    row = keeping.keep(handbook, alice, "How many days?", [keeping.expected_of(handbook.documents.first())])
    for place in (1, 1, 0):
        watching.keep_run(handbook, Run(outcomes={row.pk: Outcome(key=row.pk, places=(place,))}), {}, asked=True)
    page = visit(alice, f"/knowledge/{handbook.pk}/questions/", reduced_motion="reduce")
    expect(page.locator(".golden__moved")).to_contain_text("1 question got worse")
    expect(page.locator("polyline.golden__sent")).to_be_attached()
    assert not faults(page)
    page.locator(".golden__moved").get_by_role("link", name="How many days?").click()
    expect(page.get_by_role("searchbox", name="Question")).to_have_value("How many days?")


def test_an_answer_is_asked_again_without_the_library_and_both_stand_side_by_side(
    visit, alice, handbook, model, model_server
):
    page = visit(alice, "/", reduced_motion="reduce", viewport={"width": 1400, "height": 900})
    page.get_by_role("button", name="Libraries", exact=True).click()
    page.get_by_role("option", name="Handbook").click()
    page.keyboard.press("Escape")
    model_server.say("25 days", " [1].")
    ask(page, "How many days of paid holiday are there?")
    expect(page.locator(".prose")).to_contain_text("25 days")
    page.get_by_role("button", name="Keep as a test question").click()
    expect(page.locator(".kept")).to_contain_text("Handbook")
    assert handbook.golden_questions.get().expected[0]["quote"] == LEAVE
    model_server.say("I do not know.")
    page.get_by_role("button", name="Ask without the libraries, side by side").click()
    expect(page.locator(".beside__one")).to_have_count(2)
    expect(page.locator(".beside__one").nth(0)).to_contain_text("With passages of libraries")
    expect(page.locator(".beside__one").nth(1)).to_contain_text("I do not know.")
    expect(page.locator(".beside__one").nth(1)).to_contain_text("Without passages of libraries")
    assert not faults(page)
    page.get_by_role("button", name="Show one answer").click()
    expect(page.locator(".beside")).to_have_count(0)
    page.get_by_role("button", name="Two versions side by side").click()
    expect(page.locator(".beside__one")).to_have_count(2)
    assert not page.complaints
