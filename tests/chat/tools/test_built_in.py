"""The tools of our own do what their person may do, and nothing more."""

import pytest
from asgiref.sync import sync_to_async

from chat.models import Attachment, Conversation, Message
from chat.tools import built_in
from providers.models import ImageServer, ToolServer
from providers.tools.base import ToolError
from tests.knowledge.libraries import document_in, library_of
from tests.servers.picture_servers import OpenAIPictures

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def reply_for(user):
    chat = Conversation.objects.create(owner=user)
    question = Message.objects.create(conversation=chat, role="user", text="Show me a fox")
    return Message.objects.create(conversation=chat, parent=question, role="assistant", state="running")


def test_they_are_for_nobody_and_off_until_an_administrator_says_otherwise():
    server = built_in.ensure()
    assert built_in.ensure() == server
    assert not server.enabled
    assert {tool.policy for tool in server.tools.all()} == {"off"}
    assert {tool.name: tool.nature for tool in server.tools.all()} == {
        "search_web": "reads",
        "search_libraries": "reads",
        "fetch_page": "reads",
        "time": "reads",
        "draw_picture": "writes",
    }
    assert ToolServer.objects.count() == 1


async def test_libraries_are_searched_as_far_as_the_person_may_read_them(alice, bob):
    @sync_to_async
    def filled():
        document_in(library_of(alice, "Handbook"), "The travel limit is 187 euros.", vectors=False)

    await filled()
    found = await built_in.run(alice, "search_libraries", {"query": "travel limit"})
    assert "187 euros" in found.text
    nothing = await built_in.run(bob, "search_libraries", {"query": "travel limit"})
    assert "187" not in nothing.text


async def test_a_picture_is_drawn_below_the_answer_that_wanted_it(alice):
    with OpenAIPictures() as server:
        row = await ImageServer.objects.acreate(
            name="Atelier", kind="openai", rule="everyone", sizes="96x64", base_url=server.base_url, model="gpt-image-1"
        )
        reply = await reply_for(alice)
        told = await built_in.run(alice, "draw_picture", {"prompt": "a red fox"}, reply)
        with pytest.raises(ToolError, match="in a chat alone"):
            await built_in.run(alice, "draw_picture", {"prompt": "a red fox"})
        row.rule = "nobody"
        await row.asave()
        with pytest.raises(ToolError, match="may not"):
            await built_in.run(alice, "draw_picture", {"prompt": "a red fox"}, reply)
    assert "a red fox" in told.text
    assert await Attachment.objects.filter(messages=reply).acount() == 1


async def test_the_time_is_told_and_what_is_no_tool_of_ours_is_refused(alice):
    assert "20" in (await built_in.run(alice, "time", {})).text
    with pytest.raises(ToolError, match="no tool of this name"):
        await built_in.run(alice, "shell", {})
