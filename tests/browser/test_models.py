"""The models in a real browser: found, starred, taken by keys, refused with a reason, withdrawn, changed."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.browser.test_look import faults
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def models(model, model_server):
    """qwen and gemma in the lab, another qwen in the cloud, and one on a server that is down."""
    from providers.models import Connection, Model

    cloud = Connection.objects.create(name="Cloud", base_url=model_server.base_url)
    down = Connection.objects.create(name="Cellar", base_url="http://127.0.0.1:9/v1", problem_code="unreachable")
    for connection, name, public_id, more in (
        (model.connection, "gemma", "gemma", {"capabilities_by_hand": ["vision"], "description": "Sees pictures."}),
        (cloud, "qwen", "cloud.qwen", {}),
        (down, "mistral", "mistral", {}),
    ):
        Model.objects.create(connection=connection, name=name, public_id=public_id, for_everyone=True, **more)


def test_a_model_is_found_starred_and_taken_by_keys_alone(visit, alice, models):
    from chat.models import Favourite

    page = visit(alice)
    page.get_by_role("button", name="Model:").press("g")
    box = page.get_by_role("combobox", name="Search models")
    expect(box).to_have_value("g")
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page.locator(".models__about")).to_contain_text("Sees pictures.")
    page.keyboard.press("Control+d")
    eventually(lambda: Favourite.objects.filter(user=alice, public_id="gemma").exists())
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Model: gemma")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.reload()
    page.get_by_role("button", name="Model: gemma").press("ArrowDown")
    expect(page.get_by_role("group", name="Favourites").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Model: gemma")).to_be_focused()


def test_servers_are_named_where_names_clash_and_what_is_down_is_not_taken(visit, alice, models):
    page = visit(alice, reduced_motion="reduce")
    page.get_by_role("button", name="Model:").click()
    page.get_by_role("option", name="qwen").filter(has_text="Cloud").click()
    expect(page.get_by_role("button", name="Model: qwen · Cloud")).to_be_visible()
    page.get_by_role("button", name="Model:").click()
    down = page.get_by_role("option", name="mistral")
    expect(down).to_have_attribute("aria-disabled", "true")
    assert not faults(page)
    down.click(force=True)
    expect(page.locator(".models__why")).not_to_be_empty()
    expect(page.get_by_role("button", name="Model: qwen · Cloud")).to_be_visible()


def test_an_answer_that_failed_is_given_by_another_model(visit, alice, models, model_server):
    model_server.scenarios = ["no_such_model", "normal"]
    page = visit(alice)
    page.get_by_role("button", name="Model:").press("q")
    page.keyboard.press("Enter")
    ask(page, "Hello?")
    expect(page.locator(".failure")).to_contain_text("The model is gone")
    page.get_by_role("button", name="Other model…").click()
    page.get_by_role("option", name="gemma").click()
    expect(page.locator(".prose")).to_have_text("Hello, world.")
    expect(page.locator(".answer__head")).to_have_text("gemma")
    expect(page.locator(".branches span").last).to_have_text("2/2")
    ask(page, "And you?")
    page.get_by_role("button", name="Model: gemma").press("q")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Answer again")).to_have_count(2)
    ask(page, "And now?")
    expect(page.locator(".note")).to_contain_text("From here: qwen")


def test_a_chat_whose_model_was_withdrawn_goes_on_with_another(visit, alice, model, model_server):
    from chat.models import Conversation, Message

    chat = Conversation.objects.create(owner=alice, title="Old", model_ids=["withdrawn"])
    asked = Message.objects.create(conversation=chat, author=alice, role="user", text="Well?")
    chat.active = Message.objects.create(
        conversation=chat, parent=asked, role="assistant", text="Well.", model_name="withdrawn"
    )
    chat.save()
    page = visit(alice, f"/c/{chat.pk}/")
    expect(page.locator(".standing")).to_contain_text("no longer allowed")
    ask(page, "Go on")
    expect(page.locator(".question")).to_have_text(["Well?"])
    expect(page.get_by_role("button", name="Send")).to_have_attribute("title", re.compile("no longer allowed"))
    page.locator(".standing").get_by_role("button", name="Choose a model").click()
    page.get_by_role("option", name="qwen").click()
    expect(page.locator(".standing")).to_have_count(0)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".prose").last).to_have_text("Hello, world.")
    expect(page.locator(".note")).to_contain_text("From here: qwen")
