"""The page under a link: one path of a chat, to be read, printed, and taken along as a chat of one's own."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from chat.models import Message
from chat.rendering import rendered
from chat.sharing import copying, door

if TYPE_CHECKING:
    from webui.accounts.models import User


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    found = door.opened(request.user, token)
    if found is None:
        if not request.user.is_authenticated and door.is_allowed():
            return redirect(f"/accounts/login/?next={request.path}")
        raise Http404
    context = {
        "link": found.link,
        "title": found.link.conversation.title,
        "owner": found.link.conversation.owner.display_name,
        "messages_shown": [_shown(message, found.link.passages) for message in found.messages],
    }
    answer = render(request, "chat/shared.html", context)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@require_POST
@login_required
def copy(request: HttpRequest, token: str) -> HttpResponse:
    found = door.opened(request.user, token)
    if found is None:
        raise Http404
    return redirect(f"/c/{copying.copy_for(cast('User', request.user), found).pk}/")


def _shown(message: Message, passages: bool) -> dict[str, Any]:
    is_answer = message.role == Message.Role.ASSISTANT
    return {
        "is_answer": is_answer,
        "who": message.model_name,
        "html": rendered(message.text) if is_answer else "",
        "text": message.text,
        "sources": [source.to_wire() for source in message.sources.all() if source.cited] if passages else [],
    }
