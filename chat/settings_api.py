"""/api/chats/…/settings: the parameters and instructions of one chat."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router

from chat.chat_settings import ChatSettings
from chat.models import Conversation

router = Router(tags=["chats"])


@router.put("/chats/{uuid:chat_id}/settings")
def write_settings(request: HttpRequest, chat_id: uuid.UUID, body: ChatSettings) -> dict[str, Any]:
    """What is left out is default again. Answers that are being written are not changed."""
    columns = body.columns()
    if not Conversation.objects.visible_to(request.auth).filter(pk=chat_id).update(**columns):  # type: ignore[attr-defined]
        raise Http404
    return columns
