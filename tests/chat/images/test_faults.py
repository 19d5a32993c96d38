"""What goes wrong at a server that makes pictures ends the answer with a sentence; nothing is kept, nothing is lost."""

import pytest
from asgiref.sync import sync_to_async

from chat.models import Attachment, Message
from providers.images.workflow import guessed
from tests.chat.images.test_drawing import drawn
from tests.servers.local_picture_servers import WORKFLOW, A1111Pictures, ComfyPictures
from tests.servers.picture_servers import OpenAIPictures

pytestmark = pytest.mark.django_db(transaction=True)
COMFY = {"kind": "comfyui", "workflow": WORKFLOW, "marks": guessed(WORKFLOW)}
FAULTS = [
    (OpenAIPictures, {}, "html", "not_a_picture"),
    (OpenAIPictures, {}, "svg", "not_a_picture"),
    (OpenAIPictures, {}, "truncated", "not_a_picture"),
    (OpenAIPictures, {}, "bomb", "not_a_picture"),
    (OpenAIPictures, {}, "empty", "nothing_made"),
    (OpenAIPictures, {}, "refused", "refused"),
    (OpenAIPictures, {}, "busy", "rate_limited"),
    (OpenAIPictures, {}, "memory", "out_of_memory"),
    (OpenAIPictures, {}, "cut", "cut_off"),
    (OpenAIPictures, {"seconds": 1}, "hang", "timeout"),
    (A1111Pictures, {"kind": "a1111"}, "html", "not_a_picture"),
    (A1111Pictures, {"kind": "a1111"}, "memory", "out_of_memory"),
    (A1111Pictures, {"kind": "a1111"}, "cut", "cut_off"),
    (A1111Pictures, {"kind": "a1111"}, "empty", "nothing_made"),
    (A1111Pictures, {"kind": "a1111", "seconds": 1}, "hang", "timeout"),
    (ComfyPictures, COMFY, "bomb", "not_a_picture"),
    (ComfyPictures, COMFY, "memory", "out_of_memory"),
    (ComfyPictures, COMFY, "empty", "nothing_made"),
    (ComfyPictures, COMFY, "invalid", "model_not_found"),
    (ComfyPictures, COMFY, "forgotten", "cut_off"),
    (ComfyPictures, {**COMFY, "seconds": 1}, "stuck", "queue_stuck"),
]


async def test_each_fault_of_each_kind_of_server_is_a_sentence(alice, tab, painter, files, monkeypatch):
    monkeypatch.setattr("providers.images.automatic1111.LOOK", 0.05)
    monkeypatch.setattr("providers.images.comfyui.LOOK", 0.05)
    page = await tab(alice)
    for number, (kind, fields, scenario, code) in enumerate(FAULTS):
        with kind() as server:
            server.scenario = scenario
            if scenario == "stuck":
                server.ahead = ["somebody else's", "and another"]
            name = f"Number {number}"
            await sync_to_async(painter)(server.base_url, name=name, **fields)
            frames, pictures = await drawn(page, server=name)
        end = frames[-1]
        assert (end["type"], end["code"]) == ("error", code), (scenario, end)
        assert end["detail"].startswith(("“Number", "What “Number", "The line to “Number", "The queue of “Number"))
        assert "Traceback" not in end["detail"]
        assert pictures == []
    assert await Attachment.objects.acount() == 0
    assert await Message.objects.filter(state="running").acount() == 0
    assert files() == []


async def test_a_server_that_names_an_address_in_the_house_gets_nothing_from_there(alice, tab, painter):
    with OpenAIPictures() as server, OpenAIPictures() as inside:
        server.elsewhere = f"{inside.address}/picture.png"
        await sync_to_async(painter)(server.base_url)
        frames, _pictures = await drawn(await tab(alice))
        assert frames[-1]["code"] == "forbidden_address"
        server.elsewhere = f"https://localhost:{inside.port}/picture.png"
        frames, _pictures = await drawn(await tab(alice))
        assert frames[-1]["code"] == "forbidden_address"
        assert inside.requests == []


async def test_the_families_of_openais_api_are_each_asked_as_they_want_it(alice, tab, painter):
    for family, count, requests in (("gpt-image-1", 2, 1), ("dall-e-2", 2, 1), ("dall-e-3", 2, 2)):
        with OpenAIPictures(family) as server:
            await sync_to_async(painter)(server.base_url, name=family, model=family)
            frames, pictures = await drawn(await tab(alice), server=family, count=count)
            assert (frames[-1]["type"], len(pictures)) == ("done", 2), frames[-1]
            assert len(server.bodies("generations")) == requests
    assert pictures[0]["made"]["revised"] == "A teal rectangle, painted with care."
