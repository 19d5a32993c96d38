"""The wish that is noted with a reply, with the answers it is to be written out of. Raises `CommandRejected`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from chat.commands import Regenerate
from chat.models import Message
from chat.origin import MERGED, WISH
from chat.refusal import CommandRejected
from chat.sight import open_sources
from chat.tokens import estimate_tokens
from chat.tree import name_of
from chat.wishes import Draft, Wish, length_wished

if TYPE_CHECKING:
    from providers.models import Model

ROOM = "draft_tokens"  # in `Message.params`: what each draft may take
UNKNOWN_WINDOW = 32_768


def note(replies: Sequence[Message], asked_beside: Message, command: Regenerate) -> None:
    """Keep with the replies what is wished of them."""
    noted: dict[str, object] = {}
    if command.wish:
        before = asked_beside.text if asked_beside.role == Message.Role.ASSISTANT else ""
        noted[WISH] = length_wished(command.wish, before)
    if command.merge:
        rows = _rows(asked_beside, command.merge)
        if len(rows) < 2:
            raise CommandRejected(_("There are not two answers here that one could be written out of."))
        noted[MERGED] = [{"id": row.pk, "name": name_of(row)} for row in rows]
        for reply in replies:
            reply.params = {**reply.params, ROOM: _room(reply.model, len(rows))}
    for reply in replies if noted else ():
        reply.params = {**reply.params, **noted}


def wish_of(reply: Message) -> Wish | None:
    """As it is told to the model. Only answers that one is written out of are looked up."""
    noted, merged = reply.params.get(WISH), reply.params.get(MERGED)
    if not noted and not merged:
        return None
    drafts = _drafts(reply, [one["id"] for one in merged]) if merged else []
    return Wish(**(noted or {}), drafts=drafts)


def _drafts(reply: Message, ids: Sequence[int]) -> list[Draft]:
    """What is still there of them, with the sources that the owner of the chat may read now."""
    rows = _rows(reply, ids)
    open_sources(reply.conversation.owner, rows)
    room = reply.params.get(ROOM) or UNKNOWN_WINDOW
    return [
        Draft(text=_cut(row.text, room), sources={one.n: one.passage() for one in row.sources.all() if not one.is_shut})
        for row in rows
    ]


def _rows(beside: Message, ids: Sequence[int]) -> list[Message]:
    """Answers with words to the same question."""
    question = beside.parent_id if beside.role == Message.Role.ASSISTANT else beside.pk
    rows = Message.objects.filter(parent=question, role=Message.Role.ASSISTANT, pk__in=ids).exclude(text="")
    return list(rows.select_related("model", "assistant").prefetch_related("sources").order_by("id"))


def _room(model: "Model | None", drafts: int) -> int:
    """Half of the window for all of them together."""
    return ((model.usable_window if model else None) or UNKNOWN_WINDOW) // (2 * drafts)


def _cut(text: str, room: int) -> str:
    cost = estimate_tokens(text)
    return text if cost <= room else text[: len(text) * room // cost].rstrip() + " …"
