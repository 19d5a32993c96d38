"""The packaged model with a real MCP server of ten tools, in an English chat: which it calls, and with what.

Half a billion parameters choose the right one of ten, fill it in, and say what it gave.
"""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async

from providers.clients import close_all
from providers.models import Connection, Model, Tool, ToolServer
from providers.tools import finding, rights
from tests.chat.conftest import text_of
from tests.chat.tools.conftest import ids, states
from tests.servers.mcp_tools import MCPProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_model, pytest.mark.timeout(600)]
QUESTIONS = {
    "What is the weather in Bern today?": ("weather", "17"),
    "Use find_person to find out which room alice is in.": ("find_person", "4"),
}


@pytest.fixture
def office_process():
    server = MCPProcess().start()
    yield server
    server.stop()


async def heard(page):
    frames = []
    while not frames or frames[-1]["type"] not in ("done", "error"):
        frames.append(json.loads(await page.socket.receive_from(300)))
    return frames


async def test_a_small_model_uses_real_tools(llama_server, office_process, alice, tab):
    connection = await Connection.objects.acreate(name="Llama", base_url=llama_server.url)
    name = llama_server.model
    await Model.objects.acreate(
        connection=connection, name=name, public_id=name, for_everyone=True, capabilities_by_hand=["tools"], window=8192
    )
    server = await ToolServer.objects.acreate(name="Office", url=office_process.url, for_everyone=True)
    found = await finding.look(server)
    assert found.new == 10
    await Tool.objects.filter(nature="reads").aupdate(policy="always")
    await Tool.objects.exclude(nature="reads").aupdate(policy="ask")
    rights.forget()
    chosen = await sync_to_async(ids)(server)
    assert len(chosen) == 10
    page = await tab(alice)
    right = 0
    for question, (tool, gave) in QUESTIONS.items():
        params = {"temperature": 0, "max_tokens": 60}
        await page.say(type="send", id=1, text=question, models=[name], tools=chosen, params=params)
        async with asyncio.timeout(300):
            frames = await heard(page)
        told = [frame["detail"] for frame in frames if frame.get("stage") == "tool"]
        assert (tool, "done") in states(frames)
        right += gave in json.loads(told[-1])["result"] and gave in text_of(frames)
        assert '"arguments"' not in text_of(frames)
    assert right == len(QUESTIONS)
    await page.close()
    await close_all()
