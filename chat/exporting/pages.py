"""/c/…/print/: the whole shown branch on a page for the printer, which makes a PDF of it as well."""

import uuid
from typing import TYPE_CHECKING, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chat.exporting import page
from chat.reading import readable

if TYPE_CHECKING:
    from webui.accounts.models import User


@login_required
@require_safe
def print_chat(request: HttpRequest, chat_id: uuid.UUID) -> HttpResponse:
    chat = readable(cast("User", request.user), chat_id)
    if chat is None:
        raise Http404
    answer = render(request, "chat/print.html", {"chat": chat, "messages_shown": page.messages_shown(chat)})
    answer["Cache-Control"] = "private, no-store"
    return answer
