"""A model that asks for a picture gets it with the rights and limits of the person it answers."""

import pytest
from asgiref.sync import sync_to_async

from chat.images import tool
from chat.models import Attachment, Conversation, Message
from providers import counting
from providers.models import Usage
from tests.servers.picture_servers import OpenAIPictures

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def reply_for(user):
    chat = Conversation.objects.create(owner=user)
    question = Message.objects.create(conversation=chat, role="user", text="Show me a fox")
    return Message.objects.create(conversation=chat, parent=question, role="assistant", state="running")


async def test_a_picture_of_a_tool_belongs_to_its_answer_and_is_counted(alice, bob, painter):
    with OpenAIPictures() as server:
        row = await sync_to_async(painter)(server.base_url, model="gpt-image-1")
        reply = await reply_for(alice)
        said = await tool.picture(alice, reply, {"prompt": "a red fox"})
        server.scenario = "refused"
        with pytest.raises(tool.NoPicture, match="does not draw this"):
            await tool.picture(alice, reply, {"prompt": "another"})
        row.rule = "nobody"
        await row.asave()
        with pytest.raises(tool.NoPicture, match="may not"):
            await tool.picture(bob, await reply_for(bob), {"prompt": "a red fox"})
    assert "a red fox" in said
    picture = await Attachment.objects.aget(messages=reply)
    assert picture.made["prompt"] == "a red fox"
    await sync_to_async(counting.store)()
    assert (await Usage.objects.aget(user=alice)).answers == 1
