"""The table of models and groups in a real browser, when it is long."""

from django.contrib.auth.models import Group
from playwright.sync_api import expect

from providers.models import Connection, Model

MODELS = 130


def test_rows_far_below_come_when_somebody_comes_near(visit, root):
    connection = Connection.objects.create(name="Lab", base_url="http://127.0.0.1:9/v1")
    for number in range(MODELS):
        Model.objects.create(connection=connection, name=f"m{number:03}", public_id=f"m{number:03}", present=True)
    Group.objects.bulk_create([Group(name="Team 10"), Group(name="Team 2")])
    page = visit(root)
    page.goto("/admin/access/")
    expect(page.get_by_role("status").first).to_have_text(f"{MODELS} models, 2 groups")
    assert page.locator("thead bdi").all_text_contents() == ["Team 2", "Team 10"]
    last = page.get_by_role("checkbox", name="m129: Team 10")
    expect(last).to_be_hidden()
    page.get_by_role("checkbox", name="m000: Team 10").focus()
    page.keyboard.press("Control+ArrowDown")
    expect(last).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 change, not saved yet")).to_be_visible()

    page.get_by_placeholder("Filter models").fill("m")
    expect(last).to_be_hidden()
    page.evaluate("const frame = document.querySelector('.matrix__frame'); frame.scrollTop = frame.scrollHeight")
    expect(page.get_by_role("checkbox", name="m070: Team 2")).to_be_visible()
    page.get_by_placeholder("Filter models").fill("m129")
    expect(last).to_be_checked()
