"""Finds conversations by words in their titles and messages."""

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from chat.models import Conversation, Message

if TYPE_CHECKING:
    from webui.accounts.models import User

MOST = 30
AROUND = 60  # characters of a snippet on each side


def find(user: "User", query: str) -> list[dict[str, Any]]:
    """Up to 30 conversations, newest first, with the first message that holds all the words."""
    words = query.split()[:8]
    if not words:
        return []
    chats = Conversation.objects.visible_to(user)
    titled, said = Q(), Q()
    for word in words:
        titled &= Q(title__icontains=word)
        said &= Q(text__icontains=word)
    messages = Message.objects.filter(said, conversation__in=chats).order_by("-id")
    first_hit: dict[Any, Message] = {}
    for message in messages[: MOST * 10]:
        first_hit.setdefault(message.conversation_id, message)
    found = chats.filter(titled | Q(pk__in=first_hit))[:MOST]
    return [_result(chat, first_hit.get(chat.pk), words[0]) for chat in found]


def _result(chat: Conversation, message: Message | None, word: str) -> dict[str, Any]:
    snippet = _snippet(message.text, word) if message else ""
    return {
        "chat": str(chat.pk),
        "title": chat.title,
        "message": message.pk if message else None,
        "snippet": snippet,
        "updated_at": chat.updated_at.isoformat(),
    }


def _snippet(text: str, word: str) -> str:
    at = max(0, text.lower().find(word.lower()))
    start, end = max(0, at - AROUND), at + len(word) + AROUND
    return ("…" if start else "") + " ".join(text[start:end].split()) + ("…" if end < len(text) else "")
