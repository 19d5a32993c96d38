"""A chat as Markdown, for people."""

from django.utils.translation import gettext as _

from chat.exporting.rows import all_of
from chat.models import Conversation, Message
from chat.tools.calls import calls_in
from knowledge.web import receipts


def written(chat: Conversation) -> str:
    parts = [f"# {chat.title}"]
    for message in all_of(chat):
        who = message.model_name if message.role == Message.Role.ASSISTANT else _("Question")
        parts.append(f"## {who}\n\n{message.text}")
        cited = [source.to_wire() for source in message.sources.all() if source.cited]
        notes = [f"[{s['n']}] {s['document_name'] or s['title']} {s['url'] or ''}".rstrip() for s in cited]
        if notes:
            parts.append("\n".join(notes))
        if used := receipts.lines(message.search):
            parts.append("\n".join([_("How the web was used:"), *(f"- {line}" for line in used)]))
        if calls := [call for call in calls_in(message.trail, running=False) if call["n"]]:
            lines = [f"- {call.get('title') or call['name']} ({call['state']})" for call in calls]
            parts.append("\n".join([_("Tools that were used:"), *lines]))
    return "\n\n".join(parts) + "\n"
