"""Pictures for programs: the official package against our own door, with the rights and limits of its person."""

import base64
import io
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from django.utils import timezone
from PIL import Image

from chat.attachments.sweeping import sweep
from chat.models import Attachment
from providers import counting
from providers.models import ImageServer, Limit, Usage
from tests.servers.local_picture_servers import A1111Pictures
from tests.servers.picture_servers import OpenAIPictures, bomb, png

pytestmark = pytest.mark.django_db(transaction=True)


async def asked(key, **body):
    headers = {"Authorization": f"Bearer {key}"}
    return await AsyncClient().post(
        "/v1/images/generations", {"prompt": "a red fox", **body}, content_type="application/json", headers=headers
    )


@sync_to_async
def key_of(user, **fields):
    from webui.accounts.models import ApiKey

    return ApiKey.issue(user, "a program", **fields)[1]


async def test_a_program_gets_pictures_that_were_drawn_anew_and_are_counted(alice, painter):
    with OpenAIPictures() as server:
        await sync_to_async(painter)(server.base_url, model="gpt-image-1", tokens=700)
        answer = await asked(await key_of(alice), model="dall-e-3", n=2, size="96x64")
    assert answer.status_code == 200, answer.content
    first, _second = answer.json()["data"]
    content = base64.b64decode(first["b64_json"])
    assert Image.open(io.BytesIO(content)).size == (96, 64)
    assert b"secret prompt" not in content
    await sync_to_async(counting.store)()
    usage = await Usage.objects.aget(user=alice)
    assert (usage.purpose, usage.answers, usage.completion_tokens) == ("image", 2, 1400)
    assert usage.model_name == "image:Atelier"


async def test_an_address_is_good_for_an_hour_without_a_key_and_its_file_is_swept(alice, painter, files):
    with OpenAIPictures() as server:
        await sync_to_async(painter)(server.base_url, model="gpt-image-1")
        answer = await asked(await key_of(alice), response_format="url")
    (row,) = answer.json()["data"]
    address = urlsplit(row["url"]).path
    assert "b64_json" not in row
    anybody = AsyncClient()
    picture = await anybody.get(address)
    content = b"".join([part async for part in picture.streaming_content])
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(content)).size == (96, 64)
    assert (await anybody.get(address[:-3] + "xx/")).status_code == 404
    assert (await anybody.post(address)).status_code in (403, 405)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chat.gateway.picture_links.HOUR", -1)
        assert (await anybody.get(address)).status_code == 404
    await sync_to_async(sweep)()
    assert len(files()) == 2
    await Attachment.objects.aupdate(created_at=timezone.now() - timedelta(days=2))
    await sync_to_async(sweep)()
    assert files() == []
    assert (await anybody.get(address)).status_code == 404


def form(**fields):
    files = {name: SimpleUploadedFile(f"{name}.png", fields.pop(name)) for name in ("image", "mask") if name in fields}
    return {"prompt": "a blue fox", **fields, **files}


async def changed(key, **fields):
    return await AsyncClient().post("/v1/images/edits", form(**fields), headers={"Authorization": f"Bearer {key}"})


def holes(size=(96, 64)):
    """A mask as the images API knows it: the left half is transparent."""
    mask = Image.new("RGBA", size, (255, 255, 255, 255))
    mask.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    mask.save(out, "PNG")
    return out.getvalue()


async def test_a_program_has_a_picture_changed_where_its_mask_has_holes(alice, painter):
    with A1111Pictures() as server:
        await sync_to_async(painter)(server.base_url, kind="a1111", tokens=700)
        key = await key_of(alice)
        answer = await changed(key, image=png(), mask=holes())
        assert answer.status_code == 200, answer.content
        assert Image.open(io.BytesIO(base64.b64decode(answer.json()["data"][0]["b64_json"]))).size == (96, 64)
        (sent,) = server.bodies("img2img")
        source, mask = base64.b64decode(sent["init_images"][0]), Image.open(io.BytesIO(base64.b64decode(sent["mask"])))
        assert b"secret prompt" not in source
        assert (mask.convert("L").getpixel((5, 5)), mask.convert("L").getpixel((90, 5))) == (255, 0)
        for fields, words in (
            ({}, "in the field"),
            ({"image": b"no picture"}, "no picture that can be opened"),
            ({"image": png()[:60]}, "damaged"),
            ({"image": bomb()}, "million pixels"),
            ({"image": png(), "mask": png()}, "Nothing of the mask is transparent"),
            ({"image": png(), "mask": holes((10, 10))}, "as wide and as high"),
            ({"image": png(), "response_format": "tiff"}, "b64_json or url"),
            ({"image": png(), "prompt": ""}, "prompt"),
        ):
            refused = await changed(key, **fields)
            assert refused.status_code == 400, fields.keys()
            assert words in refused.json()["error"]["message"]
        await ImageServer.objects.aupdate(can_edit=False)
        assert "changes none" in (await changed(key, image=png())).json()["error"]["message"]
        assert len(server.bodies("img2img")) == 1
    await sync_to_async(counting.store)()
    assert (await Usage.objects.aget(user=alice)).answers == 1


async def test_whoever_may_not_or_has_used_it_up_is_told_in_the_shape_of_the_api(alice, bob, painter):
    with OpenAIPictures() as server:
        await sync_to_async(painter)(server.base_url, rule="nobody")
        refused = await asked(await key_of(bob))
        assert refused.status_code == 404
        assert refused.json()["error"]["code"] == "not_allowed"
        await sync_to_async(painter)(server.base_url, name="Studio", model="gpt-image-1")
        narrow = await asked(await key_of(alice, model_ids=["qwen"]))
        assert narrow.status_code == 404
        size = await asked(await key_of(alice), size="31x31")
        assert size.status_code == 400
        assert "96x64" in size.json()["error"]["message"]
        await Limit.objects.acreate(user=alice, tokens_day=1)
        from providers import allowances

        allowances.forget()
        first = await asked(await key_of(alice))
        second = await asked(await key_of(alice))
        assert (first.status_code, second.status_code) == (200, 429)
        assert len(server.bodies("generations")) == 1
