"""/api/chats/{chat}/messages/{id}/rating and /api/ratings/export: a person's own ratings."""

import uuid
from itertools import chain
from typing import Any, Literal

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from chat.arena import counting
from chat.comparisons import keeping
from chat.models import Message
from chat.models.rating import LONGEST_NOTE
from chat.notices import tell_of_change
from chat.rating import giving, preferences
from chat.rating.lines import Kind

router = Router(tags=["ratings"])


class GivenRating(Schema):
    """Reasons that do not go with `value` are left out. `shared`: administrators may read the exchange."""

    value: Literal["up", "down"]
    reasons: list[str] = Field(default_factory=list, max_length=20)
    note: str = Field("", max_length=LONGEST_NOTE)
    shared: bool = False


@router.put("/chats/{uuid:chat_id}/messages/{int:message_id}/rating")
def rate(request: HttpRequest, chat_id: uuid.UUID, message_id: int, body: GivenRating) -> dict[str, Any]:
    """What one thinks of an answer, in place of what one thought before."""
    message = _answer(request, chat_id, message_id)
    if message.state == Message.State.RUNNING:
        raise HttpError(409, _("This answer is still being written. Rate it when it has ended."))
    given = body.dict() | {"note": body.note.replace("\x00", "").strip()}
    rating = giving.rate(request.auth, message, **given)  # type: ignore[attr-defined]
    async_to_sync(tell_of_change)(message.conversation)
    return rating.to_wire()


@router.delete("/chats/{uuid:chat_id}/messages/{int:message_id}/rating", response={204: None})
def take_back(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> Status[None]:
    message = _answer(request, chat_id, message_id)
    giving.take_back(request.auth, message)  # type: ignore[attr-defined]
    async_to_sync(tell_of_change)(message.conversation)
    return Status(204, None)


@router.get("/ratings/export")
def export(request: HttpRequest, kind: Kind = "all") -> HttpResponseBase:
    """All that one has judged, by thumbs, in the arena and side by side, as preference data (docs/judgement.md)."""
    sources = (preferences.of_person, counting.of_person, keeping.of_person)
    return as_download(chain.from_iterable(of_person(request.auth, kind) for of_person in sources))  # type: ignore[attr-defined]


def as_download(lines: Any) -> HttpResponseBase:
    headers = {"Content-Disposition": 'attachment; filename="ratings.jsonl"'}
    return StreamingHttpResponse(lines, content_type="application/jsonl; charset=utf-8", headers=headers)


def _answer(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> Message:
    mine = Message.objects.visible_to(request.auth).filter(conversation=chat_id)  # type: ignore[attr-defined]
    message = mine.filter(role=Message.Role.ASSISTANT, pk=message_id).select_related("conversation").first()
    if message is None:
        raise Http404
    return message
