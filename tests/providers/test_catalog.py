"""Discovery stored: models that come and go, servers that are down, connections out of the environment."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from providers import catalog
from providers.catalog import connect_from_environment, discover, discover_all, refresh_if_stale
from providers.clients import provider_for
from providers.models import Connection, Model
from providers.stock import add_by_hand
from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer
from tests.servers.processes import free_port
from tests.waiting import eventually
from webui.conf import conf

pytestmark = pytest.mark.django_db


@pytest.fixture
def server():
    with OpenAIServer(models=[{"id": "qwen", "owned_by": "vllm", "max_model_len": 5108}, {"id": "bge-m3"}]) as server:
        yield server


@pytest.fixture
def gpu(server):
    return Connection.objects.create(name="GPU box", base_url=server.base_url)


@pytest.fixture
def environment(monkeypatch):
    """Sets fields of the settings, which are frozen for everyone else."""

    def put(**fields) -> None:
        monkeypatch.setattr(catalog, "conf", conf.model_copy(update=fields))

    return put


def rows(**of) -> dict[str, tuple]:
    return {model.name: (model.kind, model.window, model.present) for model in Model.objects.filter(**of)}


def test_models_are_stored_with_kind_and_window(gpu):
    found = discover(gpu)
    assert (found.models, found.problem) == (2, "")
    assert rows() == {"qwen": ("chat", 5108, True), "bge-m3": ("embedding", None, True)}
    assert Connection.objects.get().product == "vLLM"
    assert not Model.objects.filter(for_everyone=True).exists()


def test_a_model_that_went_away_is_gone_and_comes_back_with_its_rights(gpu, server, alice):
    discover(gpu)
    Model.objects.get(name="qwen").users.add(alice)
    everything, server.models = server.models, [{"id": "bge-m3"}]
    discover(gpu)
    assert not Model.objects.get(name="qwen").present
    server.models = everything
    discover(gpu)
    qwen = Model.objects.get(name="qwen")
    assert (qwen.present, list(qwen.users.all())) == (True, [alice])


def test_what_an_administrator_set_survives(gpu):
    discover(gpu)
    Model.objects.filter(name="qwen").update(window=2000, window_by_hand=True)
    Model.objects.filter(name="bge-m3").update(kind="chat", kind_by_hand=True)
    discover(gpu)
    assert rows() == {"qwen": ("chat", 2000, True), "bge-m3": ("chat", None, True)}


def test_a_dead_server_marks_only_itself_and_keeps_its_models(gpu):
    dead = Connection.objects.create(name="dead", base_url="http://127.0.0.1:9/v1")
    Model.objects.create(connection=dead, name="old", public_id="old")
    found = discover_all([dead, gpu])
    assert "Nothing answers at http://127.0.0.1:9/v1" in found[0].problem
    assert found[1].problem == ""
    dead.refresh_from_db()
    assert (dead.problem_code, dead.checked_at is not None) == ("unreachable", True)
    assert rows(connection=dead) == {"old": ("chat", None, True)}


def test_the_same_name_on_two_servers_gets_two_ids(gpu, server):
    other = Connection.objects.create(name="Other box", base_url=server.base_url)
    unnamed = Connection.objects.create(name="盒子", base_url=server.base_url)
    for connection in (gpu, other, unnamed):
        discover(connection)
    ids = set(Model.objects.filter(name="qwen").values_list("public_id", flat=True))
    assert ids == {"qwen", "qwen@other-box", f"qwen@{str(unnamed.pk)[:8]}"}


def test_a_server_with_nothing_loaded_says_so(gpu, server):
    server.models = []
    assert "offers no model" in discover(gpu).problem


def test_a_model_typed_by_hand_stays(gpu, server):
    server.models = []
    discover(gpu)
    add_by_hand(gpu, "Org/模型:7b")
    assert discover(gpu).problem == ""
    assert rows() == {"Org/模型:7b": ("chat", None, True)}


def test_the_key_is_stored_encrypted_and_used(server):
    server.key = "sk-right"
    connection = Connection(name="x", base_url=server.base_url)
    connection.api_key = " sk-right "
    connection.save()
    assert discover(connection).problem == ""
    assert "sk-right" not in Connection.objects.get().encrypted_key
    connection.api_key = "sk-wrong"
    connection.save()
    problem = discover(connection).problem
    assert "refused the key" in problem
    assert "sk-" not in problem


def test_a_key_that_cannot_be_read_is_told(gpu):
    gpu.encrypted_key = "gAAAAA-of-another-secret"
    gpu.save()
    assert "another WEBUI_SECRET_KEY" in discover(gpu).problem


def test_a_connection_deleted_meanwhile_is_not_made_again(gpu):
    Connection.objects.all().delete()
    discover(gpu)
    assert not Connection.objects.exists()


def test_connections_from_the_environment_are_made_once_for_everyone(server, environment):
    with OllamaServer() as ollama:
        environment(openai_base_urls=(server.address,), ollama_base_urls=(ollama.address,))
        connect_from_environment()
        connect_from_environment()
    assert {(c.kind, c.base_url, c.product) for c in Connection.objects.all()} == {
        ("openai", server.base_url, "vLLM"),
        ("ollama", ollama.address, "Ollama"),
    }
    assert Model.objects.count() == 5
    assert not Model.objects.filter(for_everyone=False).exists()


def test_each_server_gets_its_own_key_and_no_other(environment):
    with OpenAIServer() as first, OpenAIServer(key="sk-2") as second:
        environment(openai_base_urls=(first.address, second.address), openai_api_keys=("", "sk-2"))
        connect_from_environment()
    assert [c.api_key for c in Connection.objects.all()] == ["", "sk-2"]
    assert not any("authorization" in request.headers for request in first.requests)


def test_a_changed_key_is_taken_over_and_a_disabled_connection_left_alone(server, environment):
    environment(openai_base_urls=(server.address,), openai_api_keys=("sk-1",))
    connect_from_environment()
    Connection.objects.update(enabled=False)
    asked = len(server.requests)
    environment(openai_base_urls=(server.address,), openai_api_keys=("sk-2",))
    connect_from_environment()
    assert Connection.objects.get().api_key == "sk-2"
    assert len(server.requests) == asked


def test_an_address_in_the_environment_that_is_none_is_left_out(environment, caplog):
    environment(openai_base_urls=("file:///etc/passwd",))
    connect_from_environment()
    assert not Connection.objects.exists()
    assert "http://" in caplog.text


def test_a_server_that_was_down_at_the_start_appears_later(environment):
    port = free_port()
    environment(openai_base_urls=(f"http://127.0.0.1:{port}",))
    connect_from_environment()
    connection = Connection.objects.get()
    assert (connection.problem_code, Model.objects.count()) == ("unreachable", 0)
    server = OpenAIServer()
    server.prefix = ""  # not even at the address that was guessed
    server.port = port
    with server:
        assert discover(connection).problem == ""
    assert Connection.objects.get().base_url == server.address
    assert Model.objects.get().for_everyone


@pytest.fixture
def fresh_clock(monkeypatch):
    monkeypatch.setattr(catalog, "_refreshed_at", float("-inf"))


@pytest.mark.django_db(transaction=True)
def test_the_picker_refreshes_stale_catalogues_behind_its_back(gpu, fresh_clock):
    Connection.objects.update(checked_at=timezone.now() - timedelta(minutes=5))
    assert refresh_if_stale()
    eventually(lambda: Model.objects.count() == 2)
    eventually(lambda: "catalogue" not in {thread.name for thread in threading.enumerate()})
    assert not refresh_if_stale(), "twice within a minute"


def test_a_fresh_catalogue_is_left_alone(gpu, fresh_clock):
    Connection.objects.update(checked_at=timezone.now())
    assert not refresh_if_stale()


@pytest.mark.django_db(transaction=True)
async def test_a_client_is_kept_until_the_address_or_key_changes(server):
    connection = await Connection.objects.acreate(name="x", base_url=server.base_url)
    model = await Model.objects.acreate(connection=connection, name="qwen", public_id="qwen")
    first = provider_for(model)
    assert provider_for(model) is first
    connection.api_key = "sk-new"
    assert provider_for(model) is not first
