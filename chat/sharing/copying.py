"""A shared path as a chat of somebody else's own: its words, and nothing that only its owner may see."""

from typing import TYPE_CHECKING

from django.db import transaction

from chat.models import Conversation, Message
from chat.sharing.door import Shared

if TYPE_CHECKING:
    from webui.accounts.models import User


def copy_for(user: "User", shared: Shared) -> Conversation:
    """Without passages, thoughts, files and figures; the copy knows nothing of the first chat afterwards."""
    old = shared.link.conversation
    with transaction.atomic():
        chat = Conversation.objects.create(owner=user, title=old.title, title_by_person=True)
        parent = None
        for message in shared.messages:
            parent = Message.objects.create(
                conversation=chat,
                parent=parent,
                author=user if message.role == Message.Role.USER else None,
                role=message.role,
                state=message.state,
                text=message.text,
                model_name=message.model_name,
                error_code=message.error_code,
                trail=[len(message.text)] if message.text else [],
            )
        if parent:
            chat.show(parent)
    return chat
