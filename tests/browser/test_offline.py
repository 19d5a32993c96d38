"""Without a line: the page says so, keeps what is written, and sends it once."""

from playwright.sync_api import expect

from chat.models import Message
from tests.waiting import eventually

REGISTERED = "navigator.serviceWorker.ready.then(({ active }) => active.state)"
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
  }
  return found;
}"""


def test_a_question_written_without_a_line_is_kept_and_sent_once(visit, alice, model, model_server):
    page = visit(alice, service_workers="allow")
    assert page.evaluate(REGISTERED) in ("activating", "activated")
    page.reload()
    expect(page.get_by_role("textbox", name="Your question")).to_be_visible()
    eventually(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"))
    kept = page.evaluate(KEPT)
    assert "/offline/" in kept
    assert all(path == "/offline/" or path.startswith("/static/dist/") for path in kept), kept
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    box = page.get_by_role("textbox", name="Write your question now")
    box.fill("What is the limit?")
    box.press("Enter")
    expect(page.get_by_text("Waiting to be sent")).to_be_visible()
    page.reload()
    expect(page.get_by_role("listitem")).to_contain_text("What is the limit?")
    assert not Message.objects.exists()
    page.context.set_offline(False)
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    expect(page.locator(".question")).to_have_text("What is the limit?")
    page.reload()
    expect(page.locator(".question")).to_have_count(1)
    assert Message.objects.filter(role="user").count() == 1
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('offline:'))") == []
