"""The clients of connections: kept while nothing changes, renewed when something does, closed at the end."""

import asyncio
import subprocess
import sys
from contextlib import aclosing

import pytest

from providers import clients
from providers.base import ProviderError
from providers.clients import close_all, is_busy_local, provider_for
from providers.models import Connection, Model
from tests.providers.answers import answer_of, question
from tests.servers.ollama_server import OllamaServer
from tests.servers.openai_server import OpenAIServer


@pytest.fixture
def server():
    with OpenAIServer() as server:
        yield server
        server.release.set()


@pytest.fixture
async def model(server):
    connection = Connection(name="GPU box", base_url=server.base_url)
    yield Model(connection=connection, name="qwen", public_id="qwen")
    await close_all()


async def test_the_key_is_decrypted_once(model, monkeypatch):
    model.connection.api_key = "sk-1"
    seen = []
    monkeypatch.setattr(clients, "_key_of", lambda connection: seen.append(connection) or "sk-1")
    assert provider_for(model) is provider_for(model)
    assert len(seen) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda connection: setattr(connection, "api_key", "sk-2"),
        lambda connection: setattr(connection, "base_url", "http://other:8000/v1"),
        lambda connection: setattr(connection, "kind", "ollama"),
    ],
)
async def test_a_changed_connection_gets_a_new_client(model, change):
    first = provider_for(model)
    change(model.connection)
    assert provider_for(model) is not first
    assert provider_for(model) is provider_for(model)


async def test_an_answer_goes_on_when_its_connection_is_changed_and_its_client_ends_with_it(server, model):
    server.scenario = "pausing"
    old = provider_for(model)
    async with aclosing(old.stream(question())) as pieces:
        text = (await anext(pieces)).text
        model.connection.api_key = "sk-2"
        assert provider_for(model) is not old
        await asyncio.sleep(0)
        assert old._session is not None, "closed under the answer"
        server.release.set()
        text += "".join([piece.text async for piece in pieces if hasattr(piece, "text")])
    assert text.endswith("Later.")
    assert old._session is None


async def test_a_key_that_cannot_be_read_is_told(model):
    model.connection.encrypted_key = "of another installation"
    with pytest.raises(ProviderError) as caught:
        provider_for(model)
    assert caught.value.code == "unreadable_key"


async def test_clients_are_closed_at_shutdown(server, model):
    provider = provider_for(model)
    await answer_of(provider)
    await close_all()
    assert provider._session is None
    assert provider_for(model) is not provider


async def test_a_server_in_the_house_is_busy_while_it_answers(server, model):
    assert not is_busy_local(model)
    server.scenario = "stalled"
    async with aclosing(provider_for(model).stream(question())) as pieces:
        await anext(pieces)
        assert is_busy_local(model)
    assert not is_busy_local(model)


async def test_a_server_far_away_is_never_in_the_way(model):
    model.connection.base_url = "https://api.example.org/v1"
    provider_for(model).open = 5
    assert not is_busy_local(model)


async def test_an_ollama_is_spoken_to_by_its_own_api(model):
    with OllamaServer() as ollama:
        model.connection.kind, model.connection.base_url = "ollama", ollama.address
        assert (await answer_of(provider_for(model))).text == "Hello, world."


def test_after_warming_up_nothing_is_left_to_import():
    """What the first answer imports besides would keep everybody waiting, so it is none of the heavy packages."""
    script = """
import asyncio, sys, django
django.setup()
assert "openai" not in sys.modules and "aiohttp" not in sys.modules, "heavy from the start"
from providers.clients import warm
warm()
before = set(sys.modules)
from providers.openai_compatible import OpenAIProvider
from tests.providers.answers import answer_of
from tests.servers.openai_server import OpenAIServer
before |= {name for name in sys.modules if name.startswith("tests.")}
async def main():
    with OpenAIServer() as server:
        provider = OpenAIProvider(server.base_url)
        assert (await answer_of(provider)).text == "Hello, world."
        await provider.close()
asyncio.run(main())
late = {name for name in sys.modules if name.split(".")[0] in ("openai", "aiohttp", "httpx2", "pydantic", "anyio")}
print(len(late - before), sorted(late - before))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0 "), done.stdout
