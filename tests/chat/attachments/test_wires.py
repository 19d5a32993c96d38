"""The bytes of a picture arrive in each server's own form."""

import base64
import uuid

import pytest
from asgiref.sync import sync_to_async

from tests.chat.attachments.conftest import picture
from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer

pytestmark = pytest.mark.django_db(transaction=True)


async def asked_about_a_picture(alice, tab, uploads, server, kind, base_url):
    """The message with the picture, as the server got it, and the bytes that are stored."""
    from chat.attachments.taking import PLACE
    from chat.models import Attachment
    from knowledge import storage
    from providers.clients import close_all
    from providers.models import Connection, Model

    connection = await Connection.objects.acreate(name="Eyes", kind=kind, base_url=base_url)
    await Model.objects.acreate(
        connection=connection, name="llava", public_id="llava", for_everyone=True, capabilities=["vision"]
    )
    pk = (await uploads(alice, "red.jpg", picture("JPEG"))).json()["id"]
    page = await tab(alice)
    await page.say(
        type="send", id=1, client_id=str(uuid.uuid4()), text="What is this?", models=["llava"], attachments=[pk]
    )
    frames = await page.hear_until("done", "error")
    await close_all()
    assert frames[-1]["type"] == "done", frames[-1]
    stored = await Attachment.objects.aget()
    content = await sync_to_async(storage.path_of(stored.file_name, PLACE).read_bytes)()
    return server.asked[-1]["messages"][-1], content


async def test_an_openai_compatible_server_gets_a_part_with_a_data_address(alice, tab, uploads):
    with OpenAIServer() as server:
        message, content = await asked_about_a_picture(alice, tab, uploads, server, "openai", server.base_url)
    shown, words = message["content"]
    head, _comma, data = shown["image_url"]["url"].partition(",")
    assert (shown["type"], head) == ("image_url", "data:image/jpeg;base64")
    assert base64.b64decode(data, validate=True) == content
    assert words == {"type": "text", "text": "What is this?"}


async def test_ollama_gets_a_list_of_bare_base64(alice, tab, uploads):
    with OllamaServer() as server:
        message, content = await asked_about_a_picture(alice, tab, uploads, server, "ollama", server.address)
    assert message["content"] == "What is this?"
    [data] = message["images"]
    assert base64.b64decode(data, validate=True) == content
