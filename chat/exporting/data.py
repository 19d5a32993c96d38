"""A chat as JSON of our own form, which chat/importing/own.py reads again."""

import json
from typing import Any

from chat.exporting.rows import all_of
from chat.importing.own import FORM
from chat.models import Conversation, Message
from chat.origin import EDITED, MERGED, WISH
from chat.tools.calls import calls_in


def written(chat: Conversation) -> str:
    """All branches, with what the page says of each message, such as that it was edited."""
    rows = all_of(chat)
    here = {row.pk for row in rows}
    told = {
        "form": FORM,
        "id": str(chat.pk),
        "title": chat.title,
        "shown": chat.active_id if chat.active_id in here else None,
        "settings": {"params": chat.params, "system": chat.system},
        "tags": [tag.name for tag in chat.tags.all()],
        "messages": [_message(row) for row in rows],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def _message(row: Message) -> dict[str, Any]:
    calls = calls_in(row.trail, running=False)
    origin = {name: row.params[name] for name in (EDITED, MERGED, WISH) if row.params.get(name)}
    return (
        {
            "id": row.pk,
            "parent": row.parent_id,
            "role": row.role,
            "text": row.text,
            "reasoning": row.reasoning,
            "state": row.state,
            "model": row.model_name,
            "at": row.created_at.isoformat(timespec="milliseconds"),
            "sources": [source.to_wire() for source in row.sources.all()],
            "search": json.loads(row.search or "{}"),
        }
        | ({"origin": origin} if origin else {})
        | ({"calls": calls} if calls else {})
    )
