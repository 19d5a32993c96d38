"""Files in questions: who may send what to which model, and what the model is shown, turn by turn."""

import base64
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from chat.models import Attachment, Conversation, Message
from tests.chat.attachments.conftest import picture
from tests.chat.conftest import text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sighted(model):
    model.capabilities = ["completion", "vision"]
    model.save()
    return model


@pytest.fixture
async def attach(uploads):
    """await attach(alice, "cat.png") uploads a picture, or these words, and gives its id."""

    async def upload(user, name, content=None):
        return (await uploads(user, name, content or picture())).json()["id"]

    return upload


async def ask(tab, text, attachments=None, **more):
    """Sends a question and reads to its end; gives (accepted, frames), or the refusal alone."""
    files = {} if attachments is None else {"attachments": attachments}
    question = {"models": ["qwen"], "client_id": str(uuid.uuid4()), "text": text}
    await tab.say(type="send", id="q", **question | files | more)
    frames = await tab.hear_until("done", "error")
    return frames[0], frames


def urls_in(message):
    if isinstance(message.content, str):
        return []
    return [part["image_url"]["url"] for part in message.content if part["type"] == "image_url"]


def pictures_in(provider):
    """How many pictures each message of the last request has."""
    return [len(urls_in(message)) for message in provider.requests[-1].messages]


def words_of(provider):
    return str(provider.requests[-1].messages[-1].content)


async def test_a_picture_reaches_a_model_that_sees(alice, sighted, says, tab, attach):
    provider = says("A red square.")
    pk = await attach(alice, "red.png")
    accepted, frames = await ask(await tab(alice), "What is this?", [pk])
    assert text_of(frames) == "A red square."
    [url] = urls_in(provider.requests[0].messages[-1])
    assert url.startswith("data:image/png;base64,")
    assert base64.b64decode(url.partition(",")[2]).startswith(b"\x89PNG")
    client = AsyncClient()
    await client.aforce_login(alice)
    chat = (await client.get(f"/api/chats/{accepted['chat']}")).json()
    assert [file["name"] for file in chat["messages"][0]["attachments"]] == ["red.png"]
    assert chat["messages"][1]["attachments"] == []


async def test_a_model_that_does_not_see_is_not_asked(alice, model, says, tab, attach):
    from providers.models import Model

    provider = says("?")
    await Model.objects.acreate(
        connection=model.connection, name="llava", public_id="llava", for_everyone=True, capabilities=["vision"]
    )
    refusal, _frames = await ask(await tab(alice), "What is this?", [await attach(alice, "red.png")])
    assert (refusal["type"], refusal["code"]) == ("error", "no_vision")
    assert "qwen cannot look at pictures" in refusal["detail"]
    assert "llava" in refusal["detail"]
    assert provider.requests == []
    assert not await Message.objects.aexists()


async def test_where_no_model_sees_an_administrator_is_named(alice, model, says, tab, attach):
    refusal, _frames = await ask(await tab(alice), "What is this?", [await attach(alice, "red.png")])
    assert "administrator" in refusal["detail"]


async def test_bobs_file_is_not_there_for_alice(alice, bob, sighted, says, tab, attach):
    provider = says("?")
    for pk in (await attach(bob, "red.png"), str(uuid.uuid4())):
        refusal, _frames = await ask(await tab(alice), "What is this?", [pk])
        assert (refusal["type"], refusal["code"]) == ("error", "not_found")
        assert "does not exist" in refusal["detail"]
    assert provider.requests == []
    assert not await Conversation.objects.aexists()


async def test_more_than_ten_files_are_refused(alice, model, tab):
    refusal, _frames = await ask(await tab(alice), "What are these?", [str(uuid.uuid4()) for _ in range(11)])
    assert refusal["code"] == "too_large"


async def test_a_question_without_files_looks_for_none(alice, model, says, tab, django_assert_num_queries, monkeypatch):
    says("Hello")
    looked = []
    monkeypatch.setattr("chat.attachments.showing.files_above", looked.append)
    tab = await tab(alice)
    accepted, _frames = await ask(tab, "Hi")
    await ask(tab, "And?", chat=accepted["chat"])
    assert looked == []
    assert not (await Conversation.objects.aget()).has_files


async def test_a_document_is_quoted_whole_and_can_be_cited(alice, model, says, tab, attach):
    provider = says("It is 80 [1].")
    pk = await attach(alice, "plan.md", b"# Plan\n\nThe limit is 80.\n\n# Later\n\nNothing.")
    _accepted, frames = await ask(await tab(alice), "What is the limit?", [pk])
    [sources] = [frame["sources"] for frame in frames if frame["type"] == "sources"]
    assert [(source["document_name"], source["heading"]) for source in sources] == [
        ("plan.md", "Plan"),
        ("plan.md", "Later"),
    ]
    assert "The limit is 80." in words_of(provider)
    assert 'title="plan.md' in words_of(provider)
    assert words_of(provider).endswith("What is the limit?")
    assert next(frame["stage"] for frame in frames if frame["type"] == "status") == "reading"


async def test_a_document_is_there_for_the_next_question_too(alice, model, says, tab, attach):
    provider = says("80.")
    pk = await attach(alice, "plan.txt", b"The limit is 80.")
    tab = await tab(alice)
    accepted, _frames = await ask(tab, "What is the limit?", [pk])
    await ask(tab, "Are you sure?", chat=accepted["chat"])
    assert "The limit is 80." in words_of(provider)
    assert "[Attached file: plan.txt]" in provider.requests[-1].messages[0].content


async def test_a_document_that_cannot_be_read_ends_the_answer_with_the_reason(alice, model, says, tab, attach):
    provider = says("?")
    pk = await attach(alice, "plan.txt", b"The limit is 80.")
    tab = await tab(alice)
    await Attachment.objects.aupdate(state="failed", error="There is no text in this file.")
    refusal, _frames = await ask(tab, "What is the limit?", [pk])
    assert (refusal["code"], refusal["detail"]) == ("unreadable_file", "plan.txt: There is no text in this file.")
    await Attachment.objects.aupdate(state="reading", error="", read_at="2020-01-01T00:00Z")
    await Attachment.objects.aupdate(file_name=uuid.uuid4().hex)  # its bytes are gone
    _accepted, frames = await ask(tab, "What is the limit?", [pk])
    assert "no longer on the server" in frames[-1]["detail"]
    assert provider.requests == []


async def test_pictures_of_older_turns_are_sent_again_for_a_while_and_then_named(alice, sighted, says, tab, attach):
    provider = says("Red.")
    tab = await tab(alice)
    chat = None
    for number in range(5):
        accepted, _frames = await ask(tab, "And this?", [await attach(alice, f"{number}.png")], chat=chat)
        chat = accepted["chat"]
    assert pictures_in(provider) == [0, 0, 1, 0, 1, 0, 1, 0, 1]
    assert provider.requests[-1].messages[0].content.endswith("[A picture stood here and is not shown again: 0.png]")


async def test_after_a_switch_to_a_model_without_eyes_pictures_are_named(alice, sighted, says, tab, attach):
    from providers.models import Model

    provider = says("Red.")
    await Model.objects.acreate(connection=sighted.connection, name="blind", public_id="blind", for_everyone=True)
    tab = await tab(alice)
    accepted, _frames = await ask(tab, "What is this?", [await attach(alice, "red.png")])
    await ask(tab, "What did you say?", chat=accepted["chat"], models=["blind"])
    assert pictures_in(provider) == [0, 0, 0]
    assert "red.png" in provider.requests[-1].messages[0].content
    await tab.say(type="regenerate", id="r", message=accepted["message"], models=["blind"])
    [refusal] = await tab.hear_until("error")
    assert refusal["code"] == "no_vision"


async def test_an_edited_question_keeps_its_files_unless_they_are_left_out(alice, sighted, says, tab, attach):
    provider = says("Red.")
    tab = await tab(alice)
    pk = await attach(alice, "red.png")
    accepted, _frames = await ask(tab, "What is this?", [pk])
    place = {"chat": accepted["chat"], "edits": accepted["message"]}
    await ask(tab, "What colour is this?", **place)
    assert pictures_in(provider) == [1]
    await ask(tab, "What colour is it?", [pk], **place)
    assert pictures_in(provider) == [1]
    await ask(tab, "What is red?", [], **place)
    assert pictures_in(provider) == [0]
    assert await Attachment.objects.acount() == 1


async def test_an_answer_is_given_again_and_gone_on_with_the_same_files(alice, sighted, says, tab, attach):
    provider = says("Red", finish="length")
    tab = await tab(alice)
    accepted, _frames = await ask(tab, "What is this?", [await attach(alice, "red.png")])
    await tab.say(type="regenerate", id="r", message=accepted["message"])
    await tab.hear_until("done", "error")
    assert pictures_in(provider) == [1]
    await tab.say(type="continue", id="c", message=accepted["replies"][0]["message"])
    await tab.hear_until("done", "error")
    assert pictures_in(provider)[0] == 1


async def test_a_question_sent_again_has_its_files_once(alice, sighted, says, tab, attach):
    provider = says("Red.")
    tab = await tab(alice)
    frame = {"client_id": str(uuid.uuid4()), "text": "What is this?", "attachments": [await attach(alice, "red.png")]}
    for _ in range(2):
        await tab.say(type="send", id="q", **frame)
        await tab.hear_until("done")
    assert len(provider.requests) == 1
    assert await sync_to_async(Attachment.messages.through.objects.count)() == 1


async def test_the_files_of_a_question_that_waits_are_shown_when_it_is_its_turn(alice, sighted, says, tab, attach):
    import asyncio

    gate = asyncio.Event()
    provider = says(gate, "Red.")
    tab = await tab(alice)
    await tab.say(type="send", id="a", text="Hello")
    accepted = (await tab.hear_until("accepted"))[-1]
    pk = await attach(alice, "red.png")
    await tab.say(type="send", id="b", text="What is this?", chat=accepted["chat"], attachments=[pk])
    await tab.hear_until("accepted")
    gate.set()
    await tab.hear_until("done")
    await tab.hear_until("done")
    assert pictures_in(provider)[-1] == 1
