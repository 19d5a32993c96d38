"""/api/images: who makes pictures for this person, what was made for them, and how one looks that is not finished."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from chat.images import daily, previews
from chat.models import Attachment, Message
from providers.models import ImageServer

if TYPE_CHECKING:
    from webui.accounts.models import User

router = Router(tags=["images"])
A_PAGE = 40


def is_possible(user: "User") -> bool:
    """Whether there is anything for this person to draw with."""
    return bool(ImageServer.objects.usable_by(user).exists())


@router.get("/images/servers")
def list_servers(request: HttpRequest) -> list[dict[str, Any]]:
    """The makers of pictures that this person may ask, with what may be asked of each; `left` of today, or null."""
    user: User = request.auth  # type: ignore[attr-defined]
    return [_to_wire(user, server) for server in ImageServer.objects.usable_by(user)]


@router.get("/images")
def list_made(request: HttpRequest, before: str | None = None) -> dict[str, Any]:
    """The pictures that were made for this person, newest first, with the chats that they are in."""
    rows = Attachment.objects.filter(owner=request.auth, made__isnull=False).order_by("-created_at")  # type: ignore[attr-defined]
    if before:
        rows = rows.filter(created_at__lt=_moment(before))
    found = list(rows.defer("text")[: A_PAGE + 1])
    places = _places([row.pk for row in found[:A_PAGE]])
    pictures = [
        row.to_wire() | {"created_at": row.created_at.isoformat()} | places.get(row.pk, {"chat": None, "message": None})
        for row in found[:A_PAGE]
    ]
    return {"pictures": pictures, "before": pictures[-1]["created_at"] if len(found) > A_PAGE else None}


@router.get("/images/{int:message_id}/preview", response={200: None})
async def preview(request: HttpRequest, message_id: int) -> HttpResponse:
    """The picture of this answer as far as it is; 404 when there is nothing to be seen of it."""
    visible = Message.objects.visible_to(request.auth).filter(pk=message_id)  # type: ignore[attr-defined]
    if not await visible.aexists():
        raise Http404
    try:
        content = await sync_to_async(previews.path_of(message_id).read_bytes, thread_sensitive=False)()
    except FileNotFoundError:
        raise Http404 from None
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(content, content_type="image/jpeg", headers=headers)


def _to_wire(user: "User", server: ImageServer) -> dict[str, Any]:
    left = None if server.daily is None else max(0, server.daily - daily.had(user.pk, server))
    edits = server.can_edit and (server.kind != ImageServer.Kind.COMFYUI or bool(server.edit_workflow))
    return {
        "id": str(server.pk),
        "name": server.name,
        "sizes": server.offered_sizes,
        "most": server.most,
        "left": left,
        "edits": edits,
        "negative": server.kind != ImageServer.Kind.COMFYUI or "negative" in server.marks,
        "seeds": server.kind != ImageServer.Kind.OPENAI,
        "price": None if server.price is None else float(server.price),
    }


def _places(pictures: list[Any]) -> dict[Any, dict[str, Any]]:
    """The chat and the answer that each was made in, where they are still there."""
    through = Attachment.messages.through.objects.filter(attachment__in=pictures, message__role="assistant")
    rows = through.order_by("-id").values_list("attachment_id", "message_id", "message__conversation_id")
    return {pk: {"chat": str(chat), "message": message} for pk, message, chat in rows}


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise Http404 from None
