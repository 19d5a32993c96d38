"""A picture in a chat, from the wish to the file, through each of the three ways in which servers are spoken to."""

import fcntl
import io
import json
from datetime import date

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from PIL import Image

from providers.images import turns
from providers.images.workflow import guessed
from providers.models import PictureCount
from tests.chat.conftest import text_of
from tests.servers.local_picture_servers import EDITING, WORKFLOW, A1111Pictures, ComfyPictures
from tests.servers.picture_servers import OpenAIPictures, png
from tests.waiting import eventually_async

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


async def test_the_same_through_automatic1111_with_percents_and_a_preview(alice, tab, painter, monkeypatch):
    monkeypatch.setattr("providers.images.automatic1111.LOOK", 0.05)
    with A1111Pictures(user="web:secret") as server:
        fields = {"kind": "a1111", "key": "web:secret", "steps": 12, "model": "sdxl"}
        await sync_to_async(painter)(server.base_url, **fields)
        server.scenario = "slow"
        page = await tab(alice)
        await page.say(type="send", id=1, text="a red fox", image={"count": 2, "negative": "blurry", "seed": 7})
        accepted = await page.hear()
        reply = accepted["replies"][0]["message"]
        while (await page.hear()).get("detail") != "40 1":
            pass
        _answer, content = await fetched(alice, f"/api/images/{reply}/preview")
        assert Image.open(io.BytesIO(content)).size == (32, 32)
        server.release.set()
        frames = await page.hear_until("done", "error")
        (asked,) = server.bodies("txt2img")
    pictures = [json.loads(one["detail"]) for one in frames if one.get("stage") == "drawn"]
    assert [picture["made"]["seed"] for picture in pictures] == [7, 8]
    assert (asked["prompt"], asked["negative_prompt"], asked["n_iter"]) == ("a red fox", "blurry", 2)
    assert (asked["steps"], asked["width"], asked["height"]) == (12, 96, 64)
    assert asked["override_settings"] == {"sd_model_checkpoint": "sdxl"}


async def test_unfinished_pictures_of_the_images_api_are_shown_and_older_servers_do_without(alice, tab, painter):
    with OpenAIPictures() as server:
        await sync_to_async(painter)(server.base_url, model="gpt-image-1")
        server.scenario = "live"
        page = await tab(alice)
        await page.say(type="send", id=1, text="a red fox", image={})
        reply = (await page.hear())["replies"][0]["message"]
        while (await page.hear()).get("detail") != "33 1":
            pass
        _answer, content = await fetched(alice, f"/api/images/{reply}/preview")
        assert Image.open(io.BytesIO(content)).getpixel((2, 2))[0] > 200
        server.release.set()
        frames = await page.hear_until("done", "error")
        (picture,) = [json.loads(one["detail"]) for one in frames if one.get("stage") == "drawn"]
        assert (frames[-1]["type"], picture["width"]) == ("done", 96)
        (asked,) = server.bodies("generations")
        assert (asked["stream"], asked["partial_images"]) == (True, 2)
        _frames, (_changed,) = await drawn(page, "a blue fox", edits=picture["id"])
        assert b'name="partial_images"' in server.bodies("edits")[0]
        server.scenario = "older"
        frames, pictures = await drawn(page)
        assert (frames[-1]["type"], len(pictures)) == ("done", 1)
        assert "stream" not in server.bodies("generations")[-1]
        server.scenario = "normal"  # takes the word and sends no stream
        assert len((await drawn(page))[1]) == 1
        before = len(server.bodies("generations"))
        assert len((await drawn(page, count=2))[1]) == 2
        assert "stream" not in server.bodies("generations")[before]


async def test_the_same_through_comfyui_with_the_marked_inputs_filled_in(alice, tab, painter):
    with ComfyPictures() as server:
        fields = {"kind": "comfyui", "workflow": WORKFLOW, "marks": guessed(WORKFLOW), "steps": 9}
        await sync_to_async(painter)(server.base_url, **fields)
        page = await tab(alice)
        frames, pictures = await drawn(page, count=2, seed=41, size="64x64")
        first, second = [body["prompt"] for body in server.bodies("/prompt")]
    assert frames[-1]["type"] == "done"
    assert [picture["made"]["seed"] for picture in pictures] == [41, 42]
    assert first["6"]["inputs"]["text"] == "a red fox"
    assert first["5"]["inputs"] == {"width": 64, "height": 64, "batch_size": 1}
    assert (first["3"]["inputs"]["seed"], second["3"]["inputs"]["seed"]) == (41, 42)
    assert first["3"]["inputs"]["steps"] == 9
    assert first["7"]["inputs"]["text"] == "blurry"
    told = [frame["detail"] for frame in frames if frame.get("stage") == "drawing"]
    assert "25" in told or "25 1" in told


async def test_a_stop_takes_the_work_from_each_kind_of_server(alice, tab, painter, monkeypatch):
    monkeypatch.setattr("providers.images.automatic1111.LOOK", 0.05)
    monkeypatch.setattr("providers.images.comfyui.LOOK", 0.05)
    with OpenAIPictures() as openai, A1111Pictures() as a1111, ComfyPictures() as comfy:
        comfy_fields = {"kind": "comfyui", "workflow": WORKFLOW, "marks": guessed(WORKFLOW)}
        for server, fields in ((openai, {}), (a1111, {"kind": "a1111"}), (comfy, comfy_fields)):
            server.scenario = "hang"
            await sync_to_async(painter)(server.base_url, name=type(server).__name__, **fields)
            page = await tab(alice)
            await page.say(type="send", id=1, text="a red fox", image={"server": type(server).__name__})
            reply = (await page.hear())["replies"][0]["message"]
            await page.hear_until("status")
            waiting = {"OpenAIPictures": lambda: openai.bodies("generations"), "A1111Pictures": lambda: a1111.task}
            await eventually_async(waiting.get(type(server).__name__, lambda: comfy.queue))
            await page.say(type="stop", message=reply)
            end = (await page.hear_until("done", "error"))[-1]
            assert end["finish_reason"] == "stopped"
        await eventually_async(openai.gone.is_set)
        assert len(a1111.interrupted) == 1
        assert a1111.interrupted[0].startswith("task(")
        assert comfy.interrupted == comfy.queue


async def test_what_waits_in_the_queue_of_comfyui_leaves_it_and_nobody_else_is_interrupted(
    alice, tab, painter, monkeypatch
):
    monkeypatch.setattr("providers.images.comfyui.LOOK", 0.05)
    with ComfyPictures() as server:
        server.ahead = ["somebody", "else"]
        await sync_to_async(painter)(server.base_url, kind="comfyui", workflow=WORKFLOW, marks=guessed(WORKFLOW))
        page = await tab(alice)
        await page.say(type="send", id=1, text="a red fox", image={})
        reply = (await page.hear())["replies"][0]["message"]
        while (await page.hear()).get("detail") != "queue 2":
            pass
        await page.say(type="stop", message=reply)
        await page.hear_until("done")
    assert server.deleted == server.queue
    assert server.interrupted == []


async def test_a_picture_is_changed_where_it_was_painted_over_by_each_kind_of_server(alice, bob, tab, painter, uploads):
    mask = await uploads(alice, "mask.png", png((96, 64), "white"))
    comfy_fields = {"kind": "comfyui", "workflow": WORKFLOW, "marks": guessed(WORKFLOW)}
    comfy_fields |= {"edit_workflow": EDITING, "edit_marks": guessed(EDITING)}
    page = await tab(alice)
    for kind, fields in ((OpenAIPictures, {}), (A1111Pictures, {"kind": "a1111"}), (ComfyPictures, comfy_fields)):
        with kind() as server:
            await sync_to_async(painter)(server.base_url, name=kind.__name__, **fields)
            _frames, (first,) = await drawn(page, server=kind.__name__)
            edits = {"edits": first["id"], "mask": mask.json()["id"]}
            frames, (second,) = await drawn(page, "a blue fox", server=kind.__name__, **edits)
            assert (frames[-1]["type"], second["made"]["prompt"]) == ("done", "a blue fox")
            sent = b"".join(
                request.body for request in server.requests if b"PNG" in request.body or b"mask" in request.body
            )
            assert b"PNG" in sent or b'"mask"' in sent
            stranger = await tab(bob)
            refused, _pictures = await drawn(stranger, server=kind.__name__, **edits)
            assert refused[-1]["code"] == "not_found"


async def test_a_chat_that_goes_takes_its_pictures_with_it_and_a_model_is_told_of_them(
    alice, model, says, tab, painter, files
):
    provider = says("A fox.")
    with OpenAIPictures() as server:
        await sync_to_async(painter)(server.base_url)
        page = await tab(alice)
        frames, _pictures = await drawn(page)
    chat = frames[0]["chat"]
    await page.say(type="send", id=2, chat=chat, text="What is it?", models=["qwen"])
    await page.hear_until("done")
    told = [message.content for message in provider.requests[-1].messages]
    assert "[Picture: a red fox]" in told
    assert len(files()) == 2
    client = AsyncClient()
    await client.aforce_login(alice)
    assert (await client.delete(f"/api/chats/{chat}")).status_code == 204
    assert files() == []


async def test_carol_who_may_not_and_a_daily_limit_are_told(alice, carol, tab, painter):
    with OpenAIPictures() as server:
        row = await sync_to_async(painter)(server.base_url, daily=1, model="gpt-image-1")
        page = await tab(alice)
        assert (await drawn(page))[0][-1]["type"] == "done"
        assert (await drawn(page))[0][-1]["code"] == "over_budget"
        # What another process has not seen yet when it says yes, it sees before it draws.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("chat.images.daily.had", lambda user, server: 0)
            assert (await drawn(page))[0][-1]["code"] == "over_budget"
        await PictureCount.objects.aupdate(day=date(2020, 1, 1))  # another day
        server.scenario = "refused"
        assert (await drawn(page))[0][-1]["code"] == "refused"
        assert (await PictureCount.objects.aget()).pictures == 0  # what was not made is given back
        row.rule = "groups"
        await row.asave()
        assert (await drawn(await tab(carol)))[0][-1]["code"] == "not_allowed"
        assert len(server.bodies("generations")) == 2


async def test_two_processes_take_turns_at_a_server_that_draws_one_at_a_time(alice, tab, painter, monkeypatch):
    monkeypatch.setattr("providers.images.turns.LOOK", 0.02)
    with A1111Pictures() as server:
        await sync_to_async(painter)(server.base_url, kind="a1111")
        place = turns.path_of(server.base_url)
        place.parent.mkdir(parents=True)
        with place.open("ab") as other:
            fcntl.flock(other, fcntl.LOCK_EX)  # as another process holds it
            page = await tab(alice)
            await page.say(type="send", id=1, text="a red fox", image={})
            while (await page.hear()).get("stage") != "drawing":
                pass
            assert server.bodies("txt2img") == []
        assert (await page.hear_until("done", "error"))[-1]["type"] == "done"
        assert len(server.bodies("txt2img")) == 1
        assert len((await drawn(page))[1]) == 1  # and it is free again
