"""Three connections, one of them dead: it greys its own models, and nobody waits for it."""

import threading

import pytest

from chat import picker
from providers import catalog
from providers.models import Connection, Model
from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer
from tests.waiting import eventually

EACH = 100
PULLED = {"capabilities": ["completion", "tools"], "qwen3.context_length": 40960}


@pytest.fixture
def silent():
    """Takes connections and never answers, which is worse than being off."""
    with OpenAIServer("hang", models=[{"id": f"lab-{number}"} for number in range(EACH)]) as server:
        yield server
        server.release.set()


@pytest.fixture
def house(db, silent):
    listed = [{"id": f"org/model-{number}", "max_model_len": 8192} for number in range(EACH)]
    pulled = {f"model-{number}:8b": PULLED for number in range(EACH)}
    with OpenAIServer(models=listed) as vllm, OllamaServer(models=pulled) as ollama:
        Connection.objects.create(name="vLLM", base_url=vllm.base_url)
        Connection.objects.create(name="Ollama", base_url=ollama.address, kind="ollama")
        Connection.objects.create(name="silent", base_url=silent.base_url)
        yield


def known() -> dict[str, int]:
    counted = Model.objects.values_list("connection__name", flat=True)
    return {name: list(counted).count(name) for name in set(counted)}


@pytest.mark.django_db(transaction=True)
def test_the_models_of_the_others_are_there_while_a_silent_server_is_still_waited_for(house, silent, monkeypatch):
    given_up = threading.Event()
    store = catalog.store

    def stored(connection, outcome):
        if connection.name == "silent":
            given_up.set()
        return store(connection, outcome)

    monkeypatch.setattr(catalog, "store", stored)
    look = threading.Thread(target=catalog.discover_all, args=(list(Connection.objects.all()),))
    look.start()
    eventually(lambda: known() == {"vLLM": EACH, "Ollama": EACH})
    assert not given_up.is_set(), "they were not kept back"
    silent.release.set()
    look.join(20)
    assert given_up.is_set()


def test_a_dead_server_greys_its_own_models_and_the_picker_asks_nobody(
    house, silent, alice, django_assert_max_num_queries
):
    silent.scenario = "normal"
    catalog.discover_all(list(Connection.objects.all()))
    silent.scenario = "hang"
    dead = Connection.objects.get(name="silent")
    catalog.store(dead, "timeout")
    Model.objects.update(for_everyone=True)
    asked = len(silent.requests)
    with django_assert_max_num_queries(5):
        shown = picker.offered(alice)
    assert len(shown) == 3 * EACH
    assert {(one["connection"], one["available"]) for one in shown} == {
        ("vLLM", True),
        ("Ollama", True),
        ("silent", False),
    }
    assert all(("does not answer" in (one["why"] or "")) != one["available"] for one in shown)
    assert len(silent.requests) == asked


def test_the_picker_answers_at_once_while_a_silent_server_is_looked_at_again(house, silent, alice, client, monkeypatch):
    """The look goes on behind the page, and one look at a time is enough."""
    begun = []
    monkeypatch.setattr(catalog, "_refreshed_at", float("-inf"))
    monkeypatch.setattr(catalog, "_refresh", lambda stale: begun.append({one.name for one in stale}))
    Connection.objects.update(checked_at="2026-01-01T00:00:00Z")
    client.force_login(alice)
    assert client.get("/api/models").status_code == 200
    assert client.get("/api/models").status_code == 200
    eventually(lambda: begun == [{"vLLM", "Ollama", "silent"}])
    assert not silent.requests
    catalog._refreshing.release()
