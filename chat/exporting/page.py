"""A chat as one HTML file, and as a page to be printed: the branch that is shown, as it is read, without any script."""

from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from chat.exporting.rows import shown_of
from chat.models import Conversation, Message, Source
from chat.origin import EDITED
from chat.rendering import rendered
from chat.tree import name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A source that an answer names; `place` is where in it: its page, its heading."""

    n: int
    title: str
    place: str
    url: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as it is read; `html` is safe, and empty for a question."""

    is_answer: bool
    who: str
    at: datetime
    text: str
    html: SafeString | str
    edited_by: str
    sources: list[Reference]


def written(chat: Conversation) -> str:
    """One file that loads nothing; its own rule forbids scripts, should there be any way to have one."""
    sheet = mark_safe(f"<style>{render_to_string('chat/exported.css')}</style>")  # noqa: S308  a file of ours
    context = {"title": chat.title, "messages_shown": messages_shown(chat), "sheet": sheet}
    return render_to_string("chat/exported.html", context)


def messages_shown(chat: Conversation) -> list[Shown]:
    return [_shown(message) for message in shown_of(chat)]


def _shown(message: Message) -> Shown:
    is_answer = message.role == Message.Role.ASSISTANT
    return Shown(
        is_answer=is_answer,
        who=name_of(message) if is_answer else "",
        at=message.created_at,
        text=message.text,
        html=rendered(message.text) if is_answer else "",
        edited_by=str((message.params.get(EDITED) or {}).get("by", "")),
        sources=[_reference(source) for source in message.sources.all() if source.cited],
    )


def _reference(source: Source) -> Reference:
    told = source.to_wire()
    places = [_("page %(page)s") % {"page": told["page"]} if told["page"] else "", str(told["heading"] or "")]
    return Reference(
        n=source.n,
        title=str(told["document_name"] or told["title"]),
        place=", ".join(filter(None, places)),
        url=str(told["url"] or ""),
        text=str(told["text"]),
    )
