"""What of a chat goes into a file: as much as its owner may see now."""

from chat.models import Conversation, Message
from chat.sight import open_sources


def all_of(chat: Conversation) -> list[Message]:
    """All its messages, in all branches."""
    rows = list(chat.messages.select_related("assistant", "model").prefetch_related("sources"))
    open_sources(chat.owner, rows)
    return rows


def shown_of(chat: Conversation) -> list[Message]:
    """The branch that is shown, from the first message to the last."""
    rows = {row.pk: row for row in all_of(chat)}
    path: list[Message] = []
    at = rows.get(chat.active_id or 0)
    while at is not None:
        path.append(at)
        at = rows.get(at.parent_id or 0)
    return path[::-1]
