"""May this person have this picture, from whom, how large, how many? Synchronous. Raises `CommandRejected`."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.images import daily
from chat.images.wish import IMAGE, LONGEST_PROMPT, ImageWish, Order
from chat.models import Attachment, Message
from chat.refusal import CommandRejected
from chat.replies import running_now
from providers.models import ImageServer

if TYPE_CHECKING:
    from webui.accounts.models import User

MOST_RUNNING = 3  # drawings of one person at once
_SIZE = re.compile(r"(\d{2,4})x(\d{2,4})")


def ordered(user: "User", wish: ImageWish, question: Message) -> tuple[list[Message], list[Attachment]]:
    """The answer that is to be a picture, and the files that go with its question."""
    _server, order = judged(user, wish, question.text)
    return [reply_to(question, order)], files_of(user, wish)


def judged(user: "User", wish: ImageWish, prompt: str, *, one_of: Sequence[str] = ()) -> tuple[ImageServer, Order]:
    """The server that is to draw, and the order for it; `one_of` leaves only servers of these public ids."""
    if len(prompt) > LONGEST_PROMPT:
        sentence = _("This is longer than the %(most)s characters that a picture may be described with.")
        raise CommandRejected(sentence % {"most": LONGEST_PROMPT}, code="too_large")
    server = _server(user, wish.server, one_of)
    width, height = _size(server, wish.size)
    count = _count(user, server, wish.count)
    if wish.edits and not server.can_edit:
        raise CommandRejected(
            _("“%(server)s” makes pictures and changes none.") % {"server": server.name}, code="bad_request"
        )
    order = Order(
        server=str(server.pk),
        name=server.name,
        width=width,
        height=height,
        count=count,
        tokens=server.tokens * count,
        negative=wish.negative.strip(),
        seed=wish.seed,
        strength=wish.strength,
        edits=str(wish.edits or ""),
        mask=str(wish.mask or ""),
    )
    return server, order


def files_of(user: "User", wish: ImageWish) -> list[Attachment]:
    """The picture that is to be changed and its mask: one's own alone, which go with the question."""
    wanted = [pk for pk in (wish.edits, wish.mask) if pk]
    if not wanted:
        return []
    found = _pictures(user, wanted)
    if any(pk not in found for pk in wanted):
        raise CommandRejected(_("The picture that is to be changed is not there any more."), code="not_found")
    return [found[pk] for pk in wanted]


def reply_to(question: Message, order: Order) -> Message:
    """The answer that is about to be drawn, not stored yet."""
    reply = Message(conversation=question.conversation, parent=question, params={IMAGE: order.to_params()})
    for name, value in running_now().items():
        setattr(reply, name, value)
    reply.role, reply.model_name = Message.Role.ASSISTANT, order.name
    return reply


def _server(user: "User", wanted: str, one_of: Sequence[str]) -> ImageServer:
    servers = list(ImageServer.objects.usable_by(user))
    if one_of:
        servers = [server for server in servers if server.public_id in one_of]
    if not servers:
        raise CommandRejected(
            _("You may not have pictures made here. An administrator decides that."), code="not_allowed"
        )
    if not wanted:
        return servers[0]
    named = [server for server in servers if wanted in (str(server.pk), server.name, server.public_id, server.model)]
    if not named:
        raise CommandRejected(
            _("“%(server)s” makes no pictures here, or not for you. Choose another.") % {"server": wanted[:100]},
            code="not_allowed",
        )
    return named[0]


def _size(server: ImageServer, wanted: str) -> tuple[int, int]:
    sizes = server.offered_sizes
    size = wanted if wanted and wanted != "auto" else sizes[0]
    found = _SIZE.fullmatch(size)
    if size not in sizes or found is None:
        raise CommandRejected(
            _("“%(server)s” draws these sizes here: %(sizes)s.") % {"server": server.name, "sizes": ", ".join(sizes)},
            code="bad_request",
        )
    return int(found[1]), int(found[2])


def _count(user: "User", server: ImageServer, wanted: int) -> int:
    if wanted > server.most:
        raise CommandRejected(
            ngettext(
                "“%(server)s” draws one picture at a time here.",
                "“%(server)s” draws at most %(most)s pictures at once here.",
                server.most,
            )
            % {"server": server.name, "most": server.most},
            code="bad_request",
        )
    if len(_running(user.pk)) >= MOST_RUNNING:
        sentence = _("Wait for the pictures that are being drawn for you, or stop one.")
        raise CommandRejected(sentence, code="busy", retryable=True)
    # What counts is taken when it is drawn; here it is said before anything stands in the chat.
    if server.daily is not None and daily.had(user.pk, server) + wanted > server.daily:
        raise daily.used_up(server)
    return wanted


def _running(user_id: int) -> list[dict[str, Any]]:
    rows = Message.objects.filter(
        conversation__owner=user_id, state=Message.State.RUNNING, writer__isnull=False, model=None
    )
    return [params[IMAGE] for params in rows.values_list("params", flat=True) if IMAGE in params]


def _pictures(user: "User", ids: Sequence[UUID]) -> dict[UUID, Attachment]:
    rows = Attachment.objects.filter(owner=user, pk__in=ids, kind=Attachment.Kind.IMAGE)
    return {row.pk: row for row in rows.filter(state=Attachment.State.READY).defer("text")}
