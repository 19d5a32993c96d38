"""/api/chats/{chat}/messages/{id}/versions and /kept: words written anew, and the answer a chat goes on with."""

import uuid
from typing import Any

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from chat.api import read_chat
from chat.models import Message
from chat.notices import tell_of_change
from chat.reading import readable
from chat.tree import versions
from chat.versions import NotNow, edit, keep, keep_none

LONGEST_VERSION = 1_000_000  # characters
router = Router(tags=["chats"])


class Version(Schema):
    text: str = Field(min_length=1, max_length=LONGEST_VERSION)


@router.get("/chats/{uuid:chat_id}/messages/{int:message_id}/versions")
def list_versions(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> list[dict[str, Any]]:
    """All that stand beside a message under the same one, itself among them, oldest first."""
    chat = readable(request.auth, chat_id)  # type: ignore[attr-defined]
    message = chat.messages.filter(pk=message_id).first() if chat else None
    if message is None:
        raise Http404
    return versions(message)


@router.post("/chats/{uuid:chat_id}/messages/{int:message_id}/versions", response={201: dict[str, Any]})
def add_version(request: HttpRequest, chat_id: uuid.UUID, message_id: int, body: Version) -> Status[dict[str, Any]]:
    """A question or an answer in other words, beside the first ones; what follows comes along. No model is asked."""
    text = body.text.replace("\x00", "")
    if not text.strip():
        raise HttpError(422, "text: says nothing.")
    message = _message(request, chat_id, message_id)
    try:
        edit(message, text, request.auth)  # type: ignore[attr-defined]
    except NotNow as why:
        raise HttpError(409, str(why)) from None
    async_to_sync(tell_of_change)(message.conversation)
    return Status(201, read_chat(request, chat_id))


@router.put("/chats/{uuid:chat_id}/messages/{int:message_id}/kept")
def keep_answer(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> dict[str, Any]:
    """The one of several answers with which the chat goes on."""
    message = _answer(request, chat_id, message_id)
    keep(message)
    async_to_sync(tell_of_change)(message.conversation)
    return read_chat(request, chat_id)


@router.delete("/chats/{uuid:chat_id}/messages/{int:message_id}/kept")
def keep_all(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> dict[str, Any]:
    """All of them are shown side by side again."""
    message = _answer(request, chat_id, message_id)
    keep_none(message)
    async_to_sync(tell_of_change)(message.conversation)
    return read_chat(request, chat_id)


def _message(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> Message:
    mine = Message.objects.visible_to(request.auth).filter(conversation=chat_id)  # type: ignore[attr-defined]
    related = ("conversation__owner", "conversation__active", "parent", "model", "assistant")
    message = mine.select_related(*related).filter(pk=message_id).first()
    if message is None:
        raise Http404
    return message


def _answer(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> Message:
    message = _message(request, chat_id, message_id)
    if message.role != Message.Role.ASSISTANT:
        raise Http404
    return message
