"""Writes a chat's title after its first answer: a helper call that may fail without anybody noticing."""

import contextlib
import re
from typing import TYPE_CHECKING

from channels.layers import get_channel_layer

from chat.models import TITLE_LENGTH, Conversation, Message
from providers.base import ChatMessage, ChatProvider, ChatRequest, ProviderError, TextPiece
from providers.clients import provider_for

if TYPE_CHECKING:
    from chat.asking import Asked

_ASK = (
    "Write a title of two to six words for this conversation, in its language. Answer with the title alone.\n\n"
    "Question: {question}\n\nAnswer: {answer}"
)


async def improve_title(asked: "Asked", reply: Message) -> None:
    """Replace the first title, unless the conversation is older or a person named it."""
    conversation = asked.conversation
    if asked.question.parent_id is not None or reply.pk != asked.replies[0].pk or reply.model is None:
        return
    try:
        written = await _written(provider_for(reply.model), reply.model.name, asked.question.text, reply.text)
    except ProviderError:
        return
    title = clean_title(written)
    if not title:
        return
    untouched = Conversation.objects.filter(pk=conversation.pk, title_by_person=False)
    if await untouched.aupdate(title=title):
        await announce_title(conversation, title)


async def announce_title(conversation: Conversation, title: str) -> None:
    """Tell the owner's open pages."""
    layer = get_channel_layer()
    if layer is not None:
        event = {"type": "chat.titled", "chat": str(conversation.pk), "title": title}
        await layer.group_send(group_of(conversation.owner_id), event)


def group_of(user_id: int) -> str:
    """The channel group of a person's open pages; nothing but small notices goes through it."""
    return f"person.{user_id}"


def clean_title(written: str) -> str:
    """One plain line out of what a model wrote; '' when there is nothing usable."""
    line = next((line for line in written.splitlines() if line.strip()), "")
    line = re.sub(r"^(title|标题)\s*[:：]\s*", "", line.strip(), flags=re.IGNORECASE)
    line = re.sub(r"[*_`#<>\u0000-\u001f\u200b-\u200f\u202a-\u202e]", "", line).strip(" \"'“”‘’「」《》.。")
    return line if len(line) <= TITLE_LENGTH else ""


async def _written(provider: ChatProvider, model: str, question: str, answer: str) -> str:
    prompt = _ASK.format(question=question[:500], answer=answer[:500])
    request = ChatRequest(model=model, messages=[ChatMessage(role="user", content=prompt)], params={"max_tokens": 200})
    text = ""
    async with contextlib.aclosing(provider.stream(request)) as pieces:
        async for piece in pieces:
            if isinstance(piece, TextPiece):
                text += piece.text
    return text
