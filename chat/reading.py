"""Reading a chat: its owner does, and, while the switch is on that everybody sees, administrators do.

The one door of all that only reads. An administrator sees what the owner sees of the words, changes nothing, and each
look is written into the audit log before anything is given out. Files that were sent stay the owner's.
"""

import uuid
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from chat.asking import CommandRejected
from chat.models import Conversation, Message
from webui.audit.entries import record
from webui.audit.reading import ReadingRule

if TYPE_CHECKING:
    from webui.accounts.models import User


def reads_others(user: "User") -> bool:
    """Whether this person may look into chats of others now. One query, for administrators alone."""
    return user.is_active and user.is_superuser and ReadingRule.row().administrators


def readable(user: "User", chat_id: uuid.UUID) -> Conversation | None:
    """One's own chat, or that of another which an administrator may read; then the look is written down."""
    mine = Conversation.objects.visible_to(user).filter(pk=chat_id).first()
    if mine is not None or not reads_others(user):
        return mine
    chat = Conversation.objects.select_related("owner").filter(pk=chat_id).first()
    if chat is not None:
        _note(user, chat)
    return chat


def readable_message(user: "User", message_id: int) -> Message:
    """The same for a message, over the socket. Raises `CommandRejected`."""
    rows = Message.objects.select_related("conversation__owner", "parent__parent").filter(pk=message_id)
    found = rows.filter(conversation__owner=user).first()
    if found is None and reads_others(user) and (found := rows.first()):
        _note(user, found.conversation)
    if found is None:
        raise CommandRejected(_("There is no such message."))
    return found


def _note(user: "User", chat: Conversation) -> None:
    record("chat read", chat, name=str(chat.pk), by=user, after={"of": chat.owner.email})
