"""What can be done with the code, the tables and the words of an answer, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "```py\n" + "".join(f"row({number})\n" for number in range(40)) + "```\n"
TABLE = "| name | note |\n|---|---:|\n| pi, e | =1+1 |\n"


def copied(page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


@pytest.fixture
def alices(visit, alice, model):
    page = visit(alice)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


def test_long_code_is_open_while_it_comes_and_folded_when_it_is_read_again(alices, model_server):
    page = alices
    model_server.say(LONG)
    ask(page, "Rows?")
    expect(page.get_by_role("button", name="Show less")).to_be_visible()
    page.reload()
    unfold = page.get_by_role("button", name="Show all 40 lines")
    expect(unfold).to_have_attribute("aria-expanded", "false")
    folded = page.locator(".code pre").bounding_box()["height"]
    unfold.click()
    expect(page.get_by_role("button", name="Show less")).to_be_focused()
    assert page.locator(".code pre").bounding_box()["height"] > folded + 100
    assert not page.complaints


def test_code_is_copied_wrapped_and_kept_as_a_file(alices, model_server):
    page = alices
    model_server.say("```py\nprint('" + "x" * 400 + "')\n```")
    ask(page, "Code?")
    code = page.locator("figure.code")
    code.get_by_role("button", name="Copy").click()
    expect(code.get_by_role("status")).to_have_text("Copied")
    assert copied(page) == "print('" + "x" * 400 + "')"
    code.get_by_role("button", name="Wrap").click()
    expect(code.get_by_role("button", name="Wrap")).to_have_attribute("aria-pressed", "true")
    assert code.locator("pre").evaluate("box => box.scrollWidth <= box.clientWidth")
    with page.expect_download() as download:
        code.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "code.py"
    assert Path(download.value.path()).read_text().startswith("print('xxx")
    assert not page.complaints


def test_a_table_is_copied_for_a_spreadsheet_and_as_it_was_written(alices, model_server):
    page = alices
    model_server.say(TABLE)
    ask(page, "Table?")
    page.get_by_role("region", name="Table").hover()
    page.get_by_role("button", name="Copy as CSV").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert copied(page) == 'name,note\r\n"pi, e",\'=1+1'
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.get_by_role("button", name="Copy as Markdown").get_by_role("status")).to_be_visible()
    assert copied(page) == "| name | note |\n| --- | ---: |\n| pi, e | =1+1 |"


def test_an_answer_is_copied_as_it_was_written_or_without_marks_by_keys_alone(alices, model_server):
    page = alices
    model_server.say("The **limit** is 187.")
    ask(page, "Limit?")
    more = page.get_by_role("button", name="Copy in another form")
    more.press("Enter")
    expect(page.get_by_role("menuitem", name="Markdown")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    answer = page.locator("copy-menu")
    expect(answer.get_by_role("status")).to_have_text("Copied")
    assert copied(page) == "The limit is 187."
    answer.get_by_role("button", name="Copy", exact=True).click()
    eventually(lambda: copied(page) == "The **limit** is 187.")
    assert not page.complaints
