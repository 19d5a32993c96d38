"""Pictures for programs: the official package against our own door, with the rights and limits of its person."""

import base64
import io

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from PIL import Image

from providers import counting
from providers.models import Limit, Usage
from tests.servers.picture_servers import OpenAIPictures

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
