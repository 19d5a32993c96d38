"""One model on two hosts: answers come from where there is least to do, each tells where, and one host may die."""

import contextlib

import pytest
from asgiref.sync import sync_to_async

from chat.account import account_of
from chat.models import Message
from providers import catalog, pools
from providers.clients import close_all, running_on
from providers.models import Connection, Model
from tests.chat.conftest import text_of
from tests.servers.openai_server import OpenAIServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hosts(db):
    """Two machines of one pool by name, each saying its own word, and everybody may ask for qwen."""
    with contextlib.ExitStack() as stack:
        servers = {}
        for name in ("gpu-one", "gpu-two"):
            server = servers[name] = stack.enter_context(OpenAIServer())
            server.say(f"I am {name}.")
            catalog.discover(Connection.objects.create(name=name, base_url=server.base_url))
        one, two = Connection.objects.order_by("created_at")
        pools.join(two, one)
        Model.objects.update(for_everyone=True)
        pools.read(running_on)
        yield servers
        for server in servers.values():
            server.release.set()


@pytest.fixture
async def tidy():
    yield
    await close_all()


async def ask(page, number):
    await page.say(type="send", id=number, chat=None, parent=None, text="hi", models=["qwen"])
    frames = await page.hear_until("done", "error")
    return frames[0]["replies"][0]["message"], text_of(frames)


def host_of(pk):
    related = ("conversation", "parent", "model__connection", "assistant")
    return account_of(Message.objects.select_related(*related).get(pk=pk))["host"]


async def test_alice_is_answered_by_the_host_that_is_free_and_is_told_which(alice, bob, hosts, tab, tidy):
    his, hers = await tab(bob), await tab(alice)
    for server in hosts.values():
        server.scenario = "slow"
        server.say("I", " am", " slow", " today", ".", *[" …"] * 30)
    await his.say(type="send", id=1, chat=None, parent=None, text="hi", models=["qwen"])
    await his.hear_until("delta")
    (busy,) = [name for name, server in hosts.items() if server.asked]
    (free,) = set(hosts) - {busy}
    hosts[free].scenario = "normal"
    hosts[free].say(f"I am {free}.")
    reply, text = await ask(hers, 2)
    assert (text, await sync_to_async(host_of)(reply)) == (f"I am {free}.", free)


async def test_a_host_that_dies_takes_no_more_questions_and_no_model_away(alice, hosts, tab, tidy):
    page = await tab(alice)
    dead, alive = await sync_to_async(lambda: list(Connection.objects.order_by("created_at")))()
    dead.base_url = "http://127.0.0.1:9/v1"
    await sync_to_async(dead.save)()
    await sync_to_async(catalog.discover)(dead)
    await sync_to_async(pools.read)(running_on)
    for number in range(4):
        reply, text = await ask(page, number)
        assert text == "I am gpu-two."
        assert await sync_to_async(host_of)(reply) == alive.name
