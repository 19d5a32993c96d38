"""/c/…/reproduce/: how each answer of a chat came about, asked for again as it was then, and what differs."""

import contextvars
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import activate, get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chat.bundle import replaying
from chat.bundle.files import fits, of_chat
from chat.bundle.replaying import Differs
from chat.bundle.writing import made_by
from chat.database import in_database
from chat.exporting.rows import shown_of
from chat.models import Bundled, Conversation, Message
from chat.refusal import CommandRejected
from chat.runner import Closing, runner
from chat.sight import open_sources
from chat.tree import name_of

if TYPE_CHECKING:
    from webui.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it came about, and what became of it when it was asked for again."""

    message: Message
    name: str
    question: str
    settings: str
    instructions: bool
    passages: int
    again: Message | None
    differs: list[Differs]
    words: list[tuple[str, str]]


@login_required
@require_safe
def reproduce(request: HttpRequest, chat_id: uuid.UUID) -> HttpResponse:
    chat = _one(cast("User", request.user), chat_id)
    rows = shown_of(chat)
    questions = {row.pk: row.text for row in rows if row.role == Message.Role.USER}
    answers = [_answer(chat, row, questions) for row in rows if row.role == Message.Role.ASSISTANT]
    attached = [one for files in of_chat(chat).values() for one in files]
    context = {
        "chat": chat,
        "files": len({one.pk for one in attached}) if fits(attached) else 0,
        "bytes": sum({one.pk: one.size for one in attached}.values()),
        "answers": answers,
        "is_bundle": Bundled.objects.filter(conversation=chat).exists(),
        "waits": any(one.again and one.again.state == Message.State.RUNNING for one in answers),
    }
    answer = render(request, "chat/reproduce.html", context)
    answer["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_POST
async def replay(request: HttpRequest, chat_id: uuid.UUID, message_id: int) -> HttpResponse:
    """Asks for this answer again, as it was then."""
    user = cast("User", await request.auser())
    chat = await sync_to_async(_one)(user, chat_id)
    if not await Message.objects.filter(conversation=chat, pk=message_id).aexists():
        raise Http404
    try:
        if runner.closing:
            raise Closing
        asked = await in_database(replaying.ask_as_then, user, message_id)
        # In a context of its own: a request's, which the answer outlives, has a thread that ends with it.
        context = contextvars.Context()
        context.run(activate, get_language() or "en")
        context.run(runner.write, asked)
    except CommandRejected as refusal:
        await sync_to_async(messages.error)(request, str(refusal))
    except Closing:
        await sync_to_async(messages.error)(request, _("The server is being restarted. Try again in a moment."))
    return redirect("chat_reproduce", chat_id)


def _answer(chat: Conversation, row: Message, questions: dict[int, str]) -> Answer:
    again = replaying.newest_of(row)
    if again:
        open_sources(chat.owner, [again])
    ended = again if again and again.state != Message.State.RUNNING else None
    made = made_by(row)
    return Answer(
        message=row,
        name=name_of(row),
        question=questions.get(row.parent_id or 0, ""),
        settings=replaying.settings_in(made),
        instructions=bool(made.get("instructions")),
        passages=sum(bool(source.text) and not source.is_shut for source in row.sources.all()),
        again=again,
        differs=replaying.differences(row, ended) if ended else [],
        words=replaying.words_apart(row.text, ended.text) if ended else [],
    )


def _one(user: "User", chat_id: uuid.UUID) -> Conversation:
    chat = Conversation.objects.visible_to(user).select_related("owner").filter(pk=chat_id).first()
    if chat is None:
        raise Http404
    return chat
