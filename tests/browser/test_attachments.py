"""Files in the chat page: pasted and dropped in a real browser, seen by the model, there again after a reload."""

import base64
import json

import pytest
from playwright.sync_api import expect

from tests.chat.attachments.conftest import picture

pytestmark = pytest.mark.django_db(transaction=True)

ARRIVE = """([kind, files]) => {
  const board = new DataTransfer();
  for (const [name, type, content] of files)
    board.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name, { type }));
  const how = { bubbles: true, cancelable: true };
  const pasted = new ClipboardEvent(kind, { ...how, clipboardData: board });
  if (kind === "paste") document.querySelector("textarea").dispatchEvent(pasted);
  else document.body.dispatchEvent(new DragEvent(kind, { ...how, dataTransfer: board }));
}"""


def arrive(page, kind, *files):
    page.evaluate(ARRIVE, [kind, [[name, mime, base64.b64encode(content).decode()] for name, mime, content in files]])


@pytest.fixture
def sighted(model):
    model.capabilities = ["vision"]
    model.save()
    return model


def test_a_pasted_picture_and_a_dropped_document_reach_the_model(alice, sighted, model_server, visit):
    model_server.say("Red, and it is 80 [1].")
    page = visit(alice)
    arrive(page, "paste", ("image.png", "image/png", picture()))
    expect(page.locator(".file[data-state=ready] img")).to_be_visible()
    plan = ("plan.md", "text/markdown", b"# Plan\n\nThe limit is 80.")
    arrive(page, "dragenter", plan)
    expect(page.get_by_text("Drop files here")).to_be_visible()
    arrive(page, "drop", plan)
    expect(page.get_by_text("Drop files here")).to_be_hidden()
    expect(page.locator(".file[data-state=ready]")).to_have_count(2)

    page.locator("textarea").fill("What is this, and what is the limit?")
    page.locator("textarea").press("Enter")
    expect(page.locator(".prose")).to_contain_text("Red, and it is 80")
    asked = json.dumps(model_server.asked[0])
    assert "data:image/png;base64," in asked
    assert "The limit is 80." in asked

    page.reload()
    page.get_by_role("button", name="Show Pasted").click()
    shown = page.locator("dialog.lightbox img")
    expect(shown).to_be_visible()
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 64
    page.keyboard.press("Escape")
    expect(page.locator("dialog.lightbox")).to_have_count(0)
    expect(page.get_by_role("button", name="Show Pasted")).to_be_focused()
    expect(page.get_by_role("link", name="plan.md")).to_have_attribute("download", "plan.md")
    assert page.complaints == []


def test_a_model_that_does_not_see_is_changed_with_one_click(alice, sighted, visit):
    from providers.models import Model

    Model.objects.create(connection=sighted.connection, name="blind", public_id="blind", for_everyone=True)
    page = visit(alice)
    page.locator("textarea").fill("What is this?")
    arrive(page, "paste", ("image.png", "image/png", picture()))
    send = page.get_by_role("button", name="Send")
    expect(page.get_by_text("blind cannot look at pictures.")).to_be_visible()
    expect(send).to_have_attribute("aria-disabled", "true")
    page.reload()
    expect(page.locator("textarea")).to_have_value("What is this?")
    page.locator(".tray__note").get_by_role("button", name="qwen").click()
    expect(send).to_have_attribute("aria-disabled", "false")
