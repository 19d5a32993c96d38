"""Small notices to a person's open pages: a chat was written to, an answer ended, a title changed."""

from typing import TYPE_CHECKING, Any

from webui.live import hub

if TYPE_CHECKING:
    from chat.asking import Asked
    from chat.models import Conversation


async def tell_of_chat(asked: "Asked", *, ended: int | None = None, running: bool = True) -> None:
    """A question was asked, or its answer `ended`; a page that asked or watched it knows already and drops this."""
    about = [ended] if ended else [reply.pk for reply in asked.replies]
    state = {"running": running, "changed": ended is None, "about": about}
    await hub.notify(asked.conversation.owner_id, chat_frame(asked.conversation) | state)


async def tell_of_title(conversation: "Conversation", title: str) -> None:
    await hub.notify(conversation.owner_id, chat_frame(conversation) | {"title": title})


async def tell_of_change(conversation: "Conversation") -> None:
    """Its messages are to be fetched again."""
    await hub.notify(conversation.owner_id, chat_frame(conversation) | {"changed": True, "about": []})


def chat_frame(conversation: "Conversation") -> dict[str, Any]:
    return {"type": "chat", "chat": str(conversation.pk), "title": conversation.title}
