"""/api/shares: the links of a person, made and revoked."""

import uuid
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from chat.models import Conversation, ShareLink
from chat.sharing import door

router = Router(tags=["shares"])


class NewLink(Schema):
    """`message` is the end of the path, where the chat stands when it is left out; without `days` it never runs out."""

    message: int | None = None
    days: int | None = Field(None, ge=1, le=door.LONGEST.days)
    passages: bool = False


@router.get("/shares")
def list_links(request: HttpRequest) -> dict[str, Any]:
    """All of one's own, the newest first, with whether sharing is allowed here."""
    links = door.of_person(request.auth)[: door.MOST]  # type: ignore[attr-defined]
    return {"allowed": door.is_allowed(), "links": [_to_wire(link) for link in links]}


@router.post("/chats/{uuid:chat_id}/shares", response={201: dict[str, Any]})
def share_chat(request: HttpRequest, chat_id: uuid.UUID, body: NewLink) -> Status[dict[str, Any]]:
    user = request.auth  # type: ignore[attr-defined]
    chat = Conversation.objects.visible_to(user).select_related("active").filter(pk=chat_id).first()
    if chat is None:
        raise Http404
    leaf = chat.messages.filter(pk=body.message).first() if body.message else chat.active
    if leaf is None:
        raise Http404
    if not door.is_allowed():
        raise HttpError(403, _("The administrator of this server does not allow chats to be shared."))
    if door.of_person(user).count() >= door.MOST:
        raise HttpError(422, _("You have %(most)s links already. Revoke one first.") % {"most": door.MOST})
    ends = timezone.now() + timedelta(days=body.days) if body.days else None
    link = ShareLink.objects.create(conversation=chat, leaf=leaf, passages=body.passages, expires_at=ends)
    return Status(201, _to_wire(link))


@router.delete("/shares/{int:link_id}", response={204: None})
def revoke(request: HttpRequest, link_id: int) -> Status[None]:
    """The link leads nowhere from this moment on."""
    if not door.of_person(request.auth).filter(pk=link_id).delete()[0]:  # type: ignore[attr-defined]
        raise Http404
    return Status(204, None)


def _to_wire(link: ShareLink) -> dict[str, Any]:
    return {
        "id": link.pk,
        "chat": str(link.conversation_id),
        "title": link.conversation.title,
        "path": f"/s/{link.token}/",
        "passages": link.passages,
        "expires_at": link.expires_at.isoformat() if link.expires_at else None,
        "expired": bool(link.expires_at and link.expires_at <= timezone.now()),
        "created_at": link.created_at.isoformat(),
    }
