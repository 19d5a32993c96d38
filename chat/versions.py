"""Messages written anew by a person, and the one of several answers with which a chat goes on.

Nothing is lost by it: new words are another version beside the first ones. What was said after the message on the shown
branch comes along below the new version, so that the chat goes on where it stood.
"""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from chat.citations import checked
from chat.finding.catching_up import changed
from chat.forking import copied, copy_files, copy_sources
from chat.models import Conversation, Message, Source
from chat.origin import EDITED, GROUP, KEPT
from chat.tree import newest_leaf, path_to

if TYPE_CHECKING:
    from webui.accounts.models import User

_ASKED_OF = ("libraries", "web_search", "params", "granted")


class NotNow(Exception):
    """It cannot be done at this moment; says why."""


def edit(message: Message, text: str, by: "User") -> Message:
    """Another version with these words, shown from now on. Raises `NotNow`."""
    below = _below(message)
    if any(row.state == Message.State.RUNNING for row in [message, *below]):
        raise NotNow(_("An answer is still being written here. Wait for its end, or stop it."))
    with transaction.atomic():
        new = _version(message, text, by)
        rows = {message.pk: new}
        if message.conversation.has_files:
            copy_files(rows)
        leaf = _take_along(below, rows) if below else new
        message.conversation.show(leaf)
        changed(message.conversation_id)
    return new


def keep(message: Message) -> None:
    """Go on with this one of several answers; the others stay as its versions."""
    chat = message.conversation
    with transaction.atomic():
        _mark_kept(message, message.pk)
        leaf = newest_leaf(chat, message.pk)
        Conversation.objects.filter(pk=chat.pk).update(active=leaf, model_ids=[message.model_name])


def keep_none(message: Message) -> None:
    """Show them side by side again."""
    chat = message.conversation
    with transaction.atomic():
        _mark_kept(message, None)
        Conversation.objects.filter(pk=chat.pk).update(active=newest_leaf(chat, message.pk))


def _version(message: Message, text: str, by: "User") -> Message:
    new = Message(conversation=message.conversation, parent=message.parent, role=message.role, text=text)
    new.params = {EDITED: {"by": by.display_name, "of": message.pk}}
    if message.role == Message.Role.USER:
        new.author = by
        new.save()
        return new
    new.params |= {name: message.params[name] for name in _ASKED_OF if name in message.params}
    new.model, new.model_name, new.model_digest = message.model, message.model_name, message.model_digest
    new.assistant, new.host, new.told_from = message.assistant, message.host, message.told_from
    new.trail, new.seq = [len(text)], 2
    new.save()
    copy_sources({message.pk: new})
    _check_again(new)
    return new


def _check_again(answer: Message) -> None:
    """Its citations are those of the new words."""
    rows = list(answer.sources.all())
    found = checked(answer.text, [{"n": r.n, "title": r.title, "heading": r.heading, "text": r.text} for r in rows])
    for row in rows:
        row.cited, row.checks = row.n in found, found.get(row.n, [])
    Source.objects.bulk_update(rows, ["cited", "checks"])


def _below(message: Message) -> list[Message]:
    """What follows on the shown branch, or on the newest one through the message, oldest first."""
    chat = message.conversation
    shown = path_to(chat.active) if chat.active else []
    if message.pk not in shown and (newest := newest_leaf(chat, message.pk)):
        shown = path_to(chat.messages.get(pk=newest))
    ids = shown[: shown.index(message.pk)] if message.pk in shown else []
    return list(chat.messages.filter(pk__in=ids).order_by("id"))


def _take_along(below: list[Message], rows: dict[int, Message]) -> Message:
    """Copies below the new version; returns the last. `rows` gains them, by the id of what they are copies of."""
    made = copied(below[0].conversation, below)
    rows_below = dict(zip([row.pk for row in below], made, strict=True))
    rows |= rows_below
    for row in below:
        copy = rows[row.pk]
        copy.parent, copy.created_at = rows[row.parent_id or 0], row.created_at
        oldest = rows.get(row.told_from or 0)
        copy.told_from = oldest.pk if oldest else row.told_from
        # They are not several any more: only the shown one comes along.
        copy.params = {name: value for name, value in row.params.items() if name not in (GROUP, KEPT)}
    Message.objects.bulk_update(made, ["parent", "told_from", "created_at", "params"])
    copy_sources(rows_below)
    if below[0].conversation.has_files:
        copy_files(rows_below)
    return made[-1]


def _mark_kept(message: Message, kept: int | None) -> None:
    beside = message.conversation.messages.filter(parent=message.parent_id, role=message.role)
    for row in beside.only("params").order_by("id"):
        params = {name: value for name, value in row.params.items() if name != KEPT}
        if row.pk == kept:
            params[KEPT] = True
        if params != row.params:
            Message.objects.filter(pk=row.pk).update(params=params)
