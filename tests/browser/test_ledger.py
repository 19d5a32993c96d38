"""What a model was given and what may still be used, as people see it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ask
from tests.browser.test_look import PHONE, faults
from tests.servers.ollama_server import OllamaServer
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

CUT = {"seen": 4096, "sent": 8200, "lost_passages": [4, 5, 6, 7, 8], "can_raise_to": 16384}


def test_the_account_of_an_answer_opens_to_the_exact_words(visit, alice, model, model_server):
    page = visit(alice, "/", reduced_motion="reduce")
    ask(page, "What is the secret word?")
    page.get_by_role("button", name="Figures of this answer").click()
    expect(page.locator(".figures__facts")).to_contain_text("4 tokens written")
    expect(page.locator(".figures__facts")).to_contain_text("qwen on Lab")
    expect(page.locator(".bar__part").first).to_be_visible()
    page.get_by_role("button", name="All that the model was given").click()
    panel = page.locator("dialog.ledger")
    panel.locator("[data-kind=question] summary").click()
    expect(panel.locator("[data-kind=question] .piece__text")).to_have_text("What is the secret word?")
    panel.locator("[data-kind=request] summary").click()
    expect(panel.locator(".piece__text--request")).to_contain_text('"What is the secret word?"')
    assert not faults(page)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.get_by_role("button", name="All that the model was given")).to_be_focused()
    assert not page.complaints


def test_the_account_is_a_sheet_on_a_phone(visit, alice, model, model_server):
    page = visit(alice, "/", color_scheme="dark", reduced_motion="reduce", **PHONE)
    ask(page, "Hello?")
    page.get_by_role("button", name="Figures of this answer").click()
    page.locator(".legend button").first.click()
    expect(page.locator("dialog.ledger:modal .fold[open]")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert not faults(page)


def test_a_cut_question_is_told_and_asked_again_in_a_larger_window(visit, alice):
    from chat.models import Conversation, Message
    from providers.models import Connection, Model

    with OllamaServer() as server:
        connection = Connection.objects.create(name="House", base_url=server.address, kind=Connection.Kind.OLLAMA)
        model = Model.objects.create(
            connection=connection, name="qwen", public_id="qwen", for_everyone=True, window=32768
        )
        chat = Conversation.objects.create(owner=alice, title="Long", model_ids=["qwen"])
        asked = Message.objects.create(conversation=chat, author=alice, role="user", text="Read all of this.")
        said = {"text": "I read it.", "model": model, "model_name": "qwen", "ledger": {"truncated": CUT}}
        chat.active = Message.objects.create(conversation=chat, parent=asked, role="assistant", **said)
        chat.save()
        page = visit(alice, f"/c/{chat.pk}/")
        expect(page.locator(".truncation")).to_contain_text(
            "The server cut about 4,104 of 8,200 tokens; passages 4–8 were not seen."
        )
        page.get_by_role("button", name="Raise the window and ask again").click()
        expect(page.locator(".prose")).to_have_text("Hello, world.")
        expect(page.locator(".truncation")).to_have_count(0)
        assert server.asked[-1]["options"]["num_ctx"] == 16384


def test_what_is_left_is_seen_before_sending_and_a_refusal_keeps_the_words(visit, alice, model, model_server):
    from providers.models import Limit

    Limit.objects.create(user=alice, tokens_day=8)
    page = visit(alice, "about:blank")

    def the_limit_is_known():
        page.goto("/")
        return page.locator(".limit").count()

    eventually(the_limit_is_known, seconds=15)
    expect(page.locator(".limit")).to_contain_text("of 8 tokens left today")
    ask(page, "One")
    expect(page.get_by_role("button", name="Answer again")).to_be_visible()
    expect(page.locator(".limit")).to_contain_text("No tokens left today")
    ask(page, "A long and careful question")
    expect(page.get_by_role("alert")).to_contain_text("tokens for today are used up")
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("A long and careful question")
