"""The chats that somebody looks for: best first, each with the message that fits best and the words marked in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils import timezone

from chat.finding import index
from chat.finding.catching_up import catch_up
from chat.finding.snippets import snippet
from chat.finding.words import Term, terms
from chat.models import Indexed, Message

if TYPE_CHECKING:
    from webui.accounts.models import User

MOST = 30  # chats
PATIENCE = 0.3  # seconds for indexing what is new before looking
TITLE = 1.0  # what a title adds that holds all the words: as much as the best message has
RECENT = 0.25  # what a chat of this moment has before one that is very old
FADES = timedelta(days=60)
_OF_ITS_CHAT = ("conversation__owner_id", "conversation_id", "conversation__title", "conversation__updated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`whole` is False while older chats are still being prepared, and may hold the words, too."""

    results: list[dict[str, Any]]
    whole: bool


@dataclass(slots=True)
class _Hit:
    chat: UUID
    title: str
    updated_at: datetime
    score: float = 0.0
    message: int | None = None


def find(user: "User", typed: str) -> Found:
    """Up to 30 of a person's chats with all the words in one message, or in the title; in any order."""
    wanted = terms(typed)
    if not wanted:
        return Found(results=[], whole=True)
    whole = catch_up(user.pk, PATIENCE)
    rows, now = list(_by_chat(user, wanted).values()), timezone.now()
    rows.sort(key=lambda row: row.score + _recency(now - row.updated_at), reverse=True)
    return Found(results=_results(rows[:MOST], wanted), whole=whole)


def _by_chat(user: "User", wanted: Sequence[Term]) -> dict[UUID, _Hit]:
    """Only those that are this person's now: the index knows who owned them when it was written.

    By key alone: a database that began with all chats of a person would read all their messages.
    """
    hits: dict[UUID, _Hit] = {}
    messages = dict(index.search(index.MESSAGES, user.pk, wanted))
    best = max(messages.values(), default=0.0) or 1.0
    rows = Message.objects.filter(pk__in=messages).order_by("-pk").values_list("pk", *_OF_ITS_CHAT)
    for pk, owner, *chat in rows:
        if owner != user.pk:
            continue
        hit = hits.setdefault(chat[0], _Hit(*chat))
        if hit.message is None or messages[pk] / best > hit.score:
            hit.message, hit.score = pk, messages[pk] / best
    titles = [pk for pk, _score in index.search(index.TITLES, user.pk, wanted)]
    for owner, *chat in Indexed.objects.filter(pk__in=titles).values_list(*_OF_ITS_CHAT):
        if owner == user.pk:
            hits.setdefault(chat[0], _Hit(*chat)).score += TITLE
    return hits


def _recency(age: timedelta) -> float:
    return RECENT * FADES / (FADES + max(age, timedelta()))


def _results(rows: Sequence[_Hit], wanted: Sequence[Term]) -> list[dict[str, Any]]:
    texts = dict(Message.objects.filter(pk__in=[hit.message for hit in rows]).values_list("pk", "text"))
    results = []
    for hit in rows:
        said = snippet(texts.get(hit.message or 0, ""), wanted)
        results.append(
            {
                "chat": str(hit.chat),
                "title": hit.title,
                "message": hit.message if hit.message in texts else None,
                "snippet": said.text,
                "marks": said.marks,
                "updated_at": hit.updated_at.isoformat(),
            }
        )
    return results
