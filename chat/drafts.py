"""/api/chats/…/draft and /api/drafts/new: what is typed and not sent, for a person's other devices. The newest wins."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from chat.commands import LONGEST_MESSAGE
from chat.models import Conversation, Draft

if TYPE_CHECKING:
    from webui.accounts.models import User

router = Router(tags=["chats"])
OLDEST = 90 * 24 * 3600 * 1000  # ms


class Typed(Schema):
    """An empty text takes the draft away. `age`: ms since the last key, so that no clocks are compared."""

    text: str = Field(max_length=LONGEST_MESSAGE)
    age: float = Field(0, ge=0)


@router.get("/drafts/new")
def read_new(request: HttpRequest) -> dict[str, Any]:
    """What is typed into the chat that is not there yet."""
    return draft_of(request.auth, None)  # type: ignore[attr-defined]


@router.put("/drafts/new")
def write_new(request: HttpRequest, body: Typed) -> dict[str, Any]:
    return _kept(request.auth, None, body)  # type: ignore[attr-defined]


@router.get("/chats/{uuid:chat_id}/draft")
def read_draft(request: HttpRequest, chat_id: uuid.UUID) -> dict[str, Any]:
    return draft_of(request.auth, _mine(request, chat_id))  # type: ignore[attr-defined]


@router.put("/chats/{uuid:chat_id}/draft")
def write_draft(request: HttpRequest, chat_id: uuid.UUID, body: Typed) -> dict[str, Any]:
    """Gives what is kept then: this text, or one that was typed later elsewhere."""
    return _kept(request.auth, _mine(request, chat_id), body)  # type: ignore[attr-defined]


def draft_of(user: "User", chat: uuid.UUID | None) -> dict[str, Any]:
    """One query; `chat` has been looked up with the rights of this person."""
    return _to_wire(Draft.objects.filter(user=user, conversation=chat).first())


def _kept(user: "User", chat: uuid.UUID | None, body: Typed) -> dict[str, Any]:
    typed_at = timezone.now() - timedelta(milliseconds=min(body.age, OLDEST))
    text = body.text.replace("\x00", "")
    try:
        return _store(user, chat, text, typed_at)
    except IntegrityError:
        # Another device was the first at this moment: its row is there now.
        return _store(user, chat, text, typed_at)


@transaction.atomic
def _store(user: "User", chat: uuid.UUID | None, text: str, typed_at: datetime) -> dict[str, Any]:
    draft = Draft.objects.select_for_update().filter(user=user, conversation=chat).first()
    if draft and draft.typed_at > typed_at:
        return _to_wire(draft)
    if not text:
        if draft:
            draft.delete()
        return _to_wire(None)
    draft = draft or Draft(user=user, conversation_id=chat)
    draft.text, draft.typed_at = text, typed_at
    draft.save()
    return _to_wire(draft)


def _to_wire(draft: Draft | None) -> dict[str, Any]:
    return {"text": draft.text, "at": draft.typed_at.isoformat()} if draft else {"text": "", "at": None}


def _mine(request: HttpRequest, chat_id: uuid.UUID) -> uuid.UUID:
    if not Conversation.objects.visible_to(request.auth).filter(pk=chat_id).exists():  # type: ignore[attr-defined]
        raise Http404
    return chat_id
