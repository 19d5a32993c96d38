"""The chat page: one template; everything that moves in it is fed over the socket and /api."""

import uuid
from typing import TYPE_CHECKING, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from chat import picker
from chat.attachments import taking
from chat.commands import LONGEST_MESSAGE
from chat.drafts import draft_of
from chat.images.api import is_possible
from chat.models import Conversation
from chat.reading import reads_others
from chat.voice import chosen as voice
from knowledge.models import Library
from providers.budgets import standing
from providers.catalog import refresh_if_stale
from providers.tools.rights import any_server, tools_for
from webui.conf import conf

if TYPE_CHECKING:
    from webui.accounts.models import User


@login_required
@require_safe
def chat_page(request: HttpRequest, chat_id: uuid.UUID | None = None) -> HttpResponse:
    """A conversation, or the empty page that becomes one."""
    from knowledge.web.configuration import available

    user = cast("User", request.user)
    if chat_id and not Conversation.objects.visible_to(user).filter(pk=chat_id).exists():
        if not reads_others(user):
            raise Http404
        return redirect("panel_chat", chat_id)
    refresh_if_stale()
    boot: dict[str, object] = {
        "user": {"name": user.display_name, "email": user.email, "administrator": user.is_superuser},
        "chat": str(chat_id) if chat_id else None,
        **({"remembers": True} if user.memory_on else {}),
        "models": picker.offered(user),
        "libraries": _libraries(user),
        "web_search": available(user),
        "draft": draft_of(user, chat_id),
        "language": get_language(),
        "remaining": standing(user),
        "voice": voice.offered(user),
        "limits": {"message": LONGEST_MESSAGE, "upload_mb": conf.max_upload_mb, "accept": taking.endings()},
    }
    if is_possible(user):
        boot["images"] = True
    if any_server() and tools_for(user).exists():
        boot["tools"] = True
    return render(request, "chat/chat.html", {"boot": boot})


def _libraries(user: "User") -> list[dict[str, str]]:
    """`owner` is empty for one's own."""
    return [
        {
            "id": str(library.pk),
            "name": library.name,
            "owner": "" if library.owner_id == user.pk else library.owner.display_name,
        }
        for library in Library.objects.visible_to(user).select_related("owner")
    ]
