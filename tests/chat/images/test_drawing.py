"""A picture in a chat, from the wish to the file, through each of the three ways in which servers are spoken to."""

import io
import json

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from PIL import Image

from tests.chat.conftest import text_of
from tests.servers.picture_servers import OpenAIPictures, png

pytestmark = pytest.mark.django_db(transaction=True)


async def drawn(page, text="a red fox", **image):
    """All frames up to the end of the answer, and the pictures among them."""
    await page.say(type="send", id=1, text=text, image=image)
    frames = await page.hear_until("done", "error")
    details = [frame["detail"] for frame in frames if frame["type"] == "status" and frame["stage"] == "drawn"]
    return frames, [json.loads(detail) for detail in details]


async def fetched(user, address):
    client = AsyncClient()
    await client.aforce_login(user)
    answer = await client.get(address)
    content = b"".join([part async for part in answer.streaming_content]) if answer.streaming else answer.content
    return answer, content


async def test_alice_has_a_picture_made_and_it_is_a_file_of_the_chat(alice, bob, tab, painter):
    with OpenAIPictures() as server:
        await sync_to_async(painter)(server.base_url, model="gpt-image-1")
        page = await tab(alice)
        frames, (picture,) = await drawn(page)
    assert frames[-1]["type"] == "done"
    assert text_of(frames) == "[Picture: a red fox]"
    assert picture["made"] == {"prompt": "a red fox", "server": "Atelier"}
    assert (picture["width"], picture["height"], picture["name"]) == (96, 64, "a red fox.png")
    answer, content = await fetched(alice, f"/api/attachments/{picture['id']}/file")
    assert answer["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(content)).getpixel((5, 5)) == (0, 128, 128)
    assert b"secret prompt" not in content
    assert b"secret prompt" in png()
    strange, _ = await fetched(bob, f"/api/attachments/{picture['id']}/file")
    assert strange.status_code == 404
    chat, _ = await fetched(alice, f"/api/chats/{frames[0]['chat']}")
    question, reply = chat.json()["messages"]
    assert [file["id"] for file in reply["attachments"]] == [picture["id"]]
    assert reply["model"]["name"] == "Atelier"
    assert question["text"] == "a red fox"
