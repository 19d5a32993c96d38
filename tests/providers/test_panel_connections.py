"""The administration's pages of connections, driven as root would."""

import re

import pytest
from django.contrib.messages import get_messages

from providers.access import models_for
from providers.models import Connection, Model
from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer
from webui.panel import connections as pages

pytestmark = pytest.mark.django_db
ADD = "/admin/connections/add/"


@pytest.fixture
def panel(client, root):
    client.force_login(root)
    return client


@pytest.fixture
def server():
    with OpenAIServer(models=[{"id": "qwen", "owned_by": "vllm"}, {"id": "bge-m3"}]) as server:
        yield server


def said(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def one_path() -> str:
    return f"/admin/connections/{Connection.objects.get().pk}/"


@pytest.mark.parametrize("path", ["/admin/connections/", "/admin/connections/nearby/", "/admin/models/"])
def test_only_administrators_see_the_pages(client, alice, path):
    assert client.get(path).status_code == 302
    client.force_login(alice)
    assert client.get(path).status_code == 404


def test_an_address_becomes_a_connection_with_models_to_tick(panel, server, alice):
    response = panel.post(ADD, {"address": server.address}, follow=True)
    page = response.content.decode()
    connection = Connection.objects.get()
    assert (connection.base_url, connection.product, connection.encrypted_key) == (server.base_url, "vLLM", "")
    assert "vLLM" in page
    assert server.base_url in page
    assert "qwen" in page
    assert not models_for(alice).exists(), "nobody but administrators before the ticks are saved"

    shown = re.findall(r'name="shown" value="(\d+)"', page)
    assert len(shown) == 1, "the embedding model is not for chats"
    assert re.findall(r'name="everyone" value="(\d+)" checked', page) == shown
    panel.post("/admin/models/everyone/", {"shown": shown, "everyone": shown, "next": one_path()})
    assert [model.name for model in models_for(alice)] == ["qwen"]


def test_ollama_is_connected_by_its_own_api(panel):
    with OllamaServer() as ollama:
        panel.post(ADD, {"address": f"{ollama.address}/v1"})
    assert (Connection.objects.get().kind, Model.objects.count()) == ("ollama", 3)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "This field is required"),
        ("http://127.0.0.1:9", "Nothing answers at http://127.0.0.1:9."),
        ("http://no-such-host.invalid:8000", "is not known to this server"),
        ("http://169.254.169.254", "clouds hand out credentials"),
        ("http://me:pw@gpu:8000", "Leave the user name and password out"),
        ("file:///etc/passwd", "begin with http"),
    ],
)
def test_each_wrong_address_has_its_sentence_and_makes_nothing(panel, address, words):
    response = panel.post(ADD, {"address": address})
    assert words in response.content.decode()
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("container", "words"),
    [(True, "localhost is the container itself"), (False, "the machine on which this chat server runs")],
)
def test_localhost_is_explained(panel, monkeypatch, container, words):
    monkeypatch.setattr("providers.advice.in_container", lambda: container)
    assert words in panel.post(ADD, {"address": "http://127.0.0.1:9"}).content.decode()


def test_a_mistyped_port_is_put_right(panel, server, monkeypatch):
    monkeypatch.setattr("providers.neighbours.USUAL_PORTS", {server.port: "openai"})
    page = panel.post(ADD, {"address": "http://127.0.0.1:9"}).content.decode()
    assert f"But vLLM answers at {server.base_url}." in page


def test_a_key_is_asked_for_refused_and_never_shown_again(panel, server):
    server.key = "sk-right-and-long"
    assert "wants a key" in panel.post(ADD, {"address": server.address}).content.decode()
    refused = panel.post(ADD, {"address": server.address, "key": "sk-wrong-and-long"}).content.decode()
    assert "refused the key" in refused
    assert "sk-wrong" not in refused
    page = panel.post(ADD, {"address": server.address, "key": "sk-right-and-long"}, follow=True).content.decode()
    assert "····long" in page
    assert "sk-right" not in page
    assert Connection.objects.get().api_key == "sk-right-and-long"


def test_a_server_that_is_down_can_be_saved_anyway(panel):
    offered = panel.post(ADD, {"address": "gpu.invalid:8000"}).content.decode()
    assert 'name="anyway"' in offered
    panel.post(ADD, {"address": "gpu.invalid:8000", "anyway": "1"})
    connection = Connection.objects.get()
    assert (connection.base_url, connection.problem_code) == ("https://gpu.invalid:8000/v1", "no_name")


def test_the_same_server_is_not_connected_twice(panel, server):
    panel.post(ADD, {"address": server.address})
    again = panel.post(ADD, {"address": f"{server.address}/v1/", "anyway": "1"}).content.decode()
    assert "is connected already" in again
    assert Connection.objects.count() == 1


@pytest.fixture
def stored(panel, server):
    panel.post(ADD, {"address": server.address})
    connection = Connection.objects.get()
    connection.api_key = "sk-stored-key"
    connection.save()
    return connection


def save(panel, stored, **changes):
    fields = {"name": stored.name, "base_url": stored.base_url, "enabled": "on", "key": ""} | changes
    return panel.post(one_path(), {name: value for name, value in fields.items() if value is not None})


def test_a_blank_key_leaves_the_stored_one_and_a_box_removes_it(panel, stored):
    save(panel, stored, name="Renamed")
    stored.refresh_from_db()
    assert (stored.name, stored.api_key) == ("Renamed", "sk-stored-key")
    save(panel, stored, remove_key="on")
    stored.refresh_from_db()
    assert (stored.api_key, stored.encrypted_key) == ("", "")


def test_a_key_does_not_move_to_another_server(panel, stored):
    with OpenAIServer() as other:
        response = save(panel, stored, base_url=other.address)
        assert "enter the key again" in response.content.decode()
        save(panel, stored, base_url=other.address, key="sk-for-the-other")
        assert {request.headers["authorization"] for request in other.requests} == {"Bearer sk-for-the-other"}
    stored.refresh_from_db()
    assert stored.base_url == other.base_url


def test_a_connection_is_switched_off_refreshed_and_deleted(panel, stored, server, root):
    save(panel, stored, enabled=None)
    assert not models_for(root).exists()
    save(panel, stored)
    server.models = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
    assert "3 models found." in said(panel.post(f"{one_path()}refresh/", follow=True))
    panel.post(f"{one_path()}delete/")
    assert not Model.objects.exists()


def test_a_model_is_added_by_hand(panel, stored):
    panel.post(f"{one_path()}models/", {"name": " Org/模型:7b "})
    assert Model.objects.get(name="Org/模型:7b").by_hand
    panel.post(f"{one_path()}models/", {"name": "a\nb"})
    assert Model.objects.count() == 3


def test_servers_nearby_are_offered_unless_connected(panel, monkeypatch):
    from providers.neighbours import probe_local

    with OllamaServer() as ollama:
        ports = {ollama.port: "ollama"}

        async def look_there():
            return await probe_local(("127.0.0.1",), ports)

        monkeypatch.setattr(pages, "probe_local", look_there)
        page = panel.get("/admin/connections/?nearby").content.decode()
        assert "Found <strong>Ollama</strong> with 3 models" in page
        panel.post(ADD, {"address": ollama.address})
        assert "No other model server answers" in panel.get("/admin/connections/nearby/").content.decode()


def test_no_page_changes_anything_by_get(panel, stored):
    for name in ("refresh", "delete", "models"):
        assert panel.get(f"{one_path()}{name}/").status_code == 405
    assert panel.get(ADD).status_code == 405


def test_the_page_speaks_of_trouble_in_the_readers_language(panel, stored):
    Connection.objects.update(problem_code="unreachable", problem="an old English sentence")
    assert "Nothing answers at" in panel.get("/admin/connections/").content.decode()
