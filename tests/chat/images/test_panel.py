"""The administration of servers that make pictures: nothing is taken that was not tried, nobody gets in by default."""

import json

import pytest

from providers.images.workflow import BadWorkflow, check, guessed, parse
from providers.models import ImageServer
from tests.servers.local_picture_servers import EDITING, WORKFLOW, A1111Pictures, ComfyPictures
from tests.servers.picture_servers import OpenAIPictures

pytestmark = pytest.mark.django_db(transaction=True)
FIELDS = {
    "name": "Atelier", "enabled": "on", "sizes": "96x64", "most": "2", "seconds": "30", "tokens": "1000",
    "rule": "nobody", "can_edit": "on", "base_url": "", "model": "",
}  # fmt: skip


def add(client, kind, **fields):
    return client.post(f"/admin/images/add/?kind={kind}", FIELDS | fields)


def test_root_adds_one_of_each_kind_and_each_was_asked_before_it_is_taken(client, root):
    client.force_login(root)
    with OpenAIPictures(key="sk-1") as openai, A1111Pictures(user="web:secret") as a1111, ComfyPictures() as comfy:
        answer = add(client, "openai", base_url=f"{openai.address}/v1/models", key="sk-1", model="gpt-image-1")
        assert answer.status_code == 302, answer.context["form"].errors
        add(client, "a1111", name="Card", base_url=a1111.base_url, key="web:secret", model="sdxl")
        add(client, "comfyui", name="Flow", base_url=comfy.base_url, workflow=json.dumps(WORKFLOW))
        assert next(one.path for one in comfy.requests) == "/system_stats"
    servers = {one.name: one for one in ImageServer.objects.all()}
    assert set(servers) == {"Atelier", "Card", "Flow"}
    assert servers["Atelier"].base_url.endswith("/v1")
    assert "sk-1" not in servers["Atelier"].encrypted_key
    assert servers["Flow"].marks["prompt"] == "6.text"
    assert {one.rule for one in servers.values()} == {"nobody"}


def test_what_does_not_answer_lacks_a_model_or_a_node_is_not_taken(client, root):
    client.force_login(root)
    with OpenAIPictures(key="sk-1") as openai, ComfyPictures() as comfy:
        comfy.lacks = {"KSampler"}
        refusals = [
            (add(client, "openai", base_url=openai.base_url, key="wrong"), "key", "turns us away"),
            (add(client, "openai", base_url=openai.base_url, key="sk-1", model="x"), "model", "It has: gpt-image-1"),
            (add(client, "a1111", base_url=openai.base_url), "base_url", "turns us away"),
            (add(client, "openai", base_url="http://169.254.169.254/"), "base_url", ""),
            (add(client, "openai", base_url=openai.base_url, sizes="big"), "sizes", "“big” is no size"),
            (add(client, "comfyui", base_url=comfy.base_url), "workflow", "Paste the workflow"),
            (add(client, "comfyui", base_url=comfy.base_url, workflow=json.dumps(WORKFLOW)), "base_url", "KSampler"),
        ]
    for answer, field, words in refusals:
        errors = answer.context["form"].errors
        assert words in " ".join(errors.get(field) or errors.get("key") or ["nothing"]), (field, errors)
    assert not ImageServer.objects.exists()


def test_a_key_does_not_follow_an_address_that_is_edited(client, root, painter):
    client.force_login(root)
    server = painter("http://127.0.0.1:1/v1", key="sk-1")
    answer = client.post(f"/admin/images/{server.pk}/", FIELDS | {"base_url": "http://127.0.0.2:1/v1"})
    assert "enter the key again" in str(answer.context["form"].errors["key"])


def test_a_first_picture_is_made_on_the_page(client, root, painter):
    client.force_login(root)
    with A1111Pictures() as server:
        row = painter(server.base_url, kind="a1111")
        page = client.post(f"/admin/images/{row.pk}/test/", {"prompt": "an apple"})
        assert b"96 \xc3\x97 64 pixels" in page.content
        server.scenario = "memory"
        page = client.post(f"/admin/images/{row.pk}/test/")
        assert "ran out of memory" in page.content.decode()


def test_a_workflow_without_its_marked_inputs_is_refused_with_what_it_lacks():
    for text, words in (
        ("{", "not JSON"),
        ('{"nodes": [], "links": []}', "Export (API)"),
        ('{"3": {"inputs": {}}}', "class_type"),
    ):
        with pytest.raises(BadWorkflow, match=words.replace("(", r"\(").replace(")", r"\)")):
            parse(text)
    nodes = parse(json.dumps({"prompt": WORKFLOW}))
    for marks, words in (
        ({"prompt": "6.text"}, "lacks marked inputs: seed"),
        ({"prompt": "6.words", "seed": "3.seed"}, "no such input"),
        ({"prompt": "3.positive", "seed": "3.seed"}, "comes from another node"),
        ({"prompt": "99.text", "seed": "3.seed"}, "no such input"),
    ):
        with pytest.raises(BadWorkflow, match=words):
            check(nodes, marks, ("prompt", "seed"))
    assert guessed(EDITING)["image"] == "10.image"
