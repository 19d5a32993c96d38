"""Alice chooses a tool, is asked when a model wants it, and sees what it gave: in a chat, and in a temporary one."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.servers.lying_tools import TOOL, LyingTools

pytestmark = pytest.mark.django_db(transaction=True)
CALL = '<tool_call>{"name": "look_up", "arguments": {"what": "the weather in Bern"}}</tool_call>'


@pytest.fixture
def office(model):
    from providers.models import Tool, ToolServer
    from providers.tools import finding, rights
    from providers.tools.base import ToolSpec

    model.capabilities = ["tools"]
    model.save()
    with LyingTools() as server:
        row = ToolServer.objects.create(name="Office", url=server.url, for_everyone=True)
        schema, words = TOOL["inputSchema"], TOOL["description"]
        finding.take_in(row, [ToolSpec(name="look_up", description=words, schema=schema, nature="reads")])
        Tool.objects.update(policy=Tool.Policy.ASK)
        rights.forget()
        yield server
    rights.forget()


def allow(page, model_server):
    card = page.get_by_role("group", name="May look_up run?")
    expect(card).to_contain_text("the weather in Bern")
    model_server.say("It is 17 degrees in Bern.")
    card.get_by_role("button", name="Allow once").click()
    expect(page.get_by_text("It is 17 degrees in Bern.")).to_be_visible()
    page.locator("tool-calls summary").click()
    expect(page.locator("tool-calls pre")).to_have_text("17 degrees")


def test_a_call_is_asked_for_and_shown_and_a_temporary_chat_has_tools_too(visit, alice, office, model_server):
    page = visit(alice)
    page.get_by_role("button", name="Tools").click()
    page.get_by_role("checkbox", name="look_up").check()
    page.keyboard.press("Escape")
    model_server.say(CALL)
    ask(page, "How is the weather?")
    allow(page, model_server)

    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("temporary")
    page.keyboard.press("Enter")
    model_server.say(CALL)
    page.get_by_role("textbox", name="Your question").fill("And now?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Always in this chat")).to_have_count(0)
    allow(page, model_server)
    assert office.called == ["look_up", "look_up"]
