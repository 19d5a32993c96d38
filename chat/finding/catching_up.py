"""Brings the words of a person's chats up to date: when that person searches, and every hour in the worker.

Nothing is written for it while an answer is. A chat that is written to tells by its date that it is to be looked at;
whatever changes a chat without that says `changed` or `edited`.
"""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db import DatabaseError, transaction

from chat.finding import index, words
from chat.models import Conversation, Indexed, Message, Searched
from providers import tidying

if TYPE_CHECKING:
    from django.db.models import QuerySet

CHATS_AT_ONCE = 40
MESSAGES_AT_ONCE = 200
MOST_FRESH, MOST_NEAR = 1000, 20
# Looked at again: a transaction may be seen later than the date it has written, and a title comes after its answer.
OVERLAP = timedelta(minutes=30)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3600.0
log = logging.getLogger(__name__)


class _Chat(NamedTuple):
    id: UUID
    updated_at: datetime
    title: str


def catch_up(owner: int, seconds: float) -> bool:
    """Index what is new in a person's chats, for about so long; whether that was all."""
    try:
        return _catch_up(owner, time.monotonic() + seconds)
    except DatabaseError as problem:  # busy elsewhere: what is indexed is searched, and the next look goes on
        log.warning("the chats of person %s could not be indexed (%s)", owner, problem)
        return False


def catch_up_with_all() -> None:
    for owner in Conversation.objects.order_by("owner").values_list("owner", flat=True).distinct():
        catch_up(owner, HOUR)


tidying.JOBS.append(catch_up_with_all)


def changed(chat: UUID) -> None:
    """It has another title, or words that its date does not tell of."""
    Indexed.objects.update_or_create(conversation_id=chat, defaults={"due": True})


def edited(message: Message) -> None:
    """Its text was replaced where it stood."""
    index.forget(index.MESSAGES, [message.pk])
    changed(message.conversation_id)


def _catch_up(owner: int, until: float) -> bool:
    mine = Conversation.objects.filter(owner=owner)
    # All that are due, of whomever: there are few, and it is quicker than looking through all chats of one person.
    told = Indexed.objects.filter(due=True).values_list("conversation_id", "conversation__owner_id")
    if due := _chats(mine.filter(pk__in=[chat for chat, whose in told if whose == owner][:MOST_FRESH]), MOST_FRESH):
        done = {chat.id for chat in due} - _index(owner, due, until)
        Indexed.objects.filter(conversation__in=done).update(due=False)
    before = Searched.objects.filter(owner=owner).values_list("upto", flat=True).first()
    upto = before or LONG_AGO
    near = _chats(mine.filter(updated_at__gt=upto - OVERLAP, updated_at__lte=upto).order_by("-updated_at"), MOST_NEAR)
    _index(owner, near, until)
    while fresh := _chats(mine.filter(updated_at__gt=upto).order_by("updated_at"), MOST_FRESH):
        unfinished = _index(owner, fresh, until)
        whole = next((place for place, chat in enumerate(fresh) if chat.id in unfinished), len(fresh))
        if whole:
            upto = fresh[whole - 1].updated_at
        if unfinished:
            break
    if upto != (before or LONG_AGO):
        Searched.objects.update_or_create(owner_id=owner, defaults={"upto": upto})
    return time.monotonic() <= until


def _chats(rows: "QuerySet[Conversation]", most: int) -> list[_Chat]:
    return [_Chat(*row) for row in rows.values_list("pk", "updated_at", "title")[:most]]


def _index(owner: int, chats: Sequence[_Chat], until: float) -> set[UUID]:
    """Which of the chats are not indexed whole: no time was left, or something is being written there."""
    unfinished: set[UUID] = set()
    for start in range(0, len(chats), CHATS_AT_ONCE):
        unfinished |= _index_some(owner, chats[start : start + CHATS_AT_ONCE], until)
    return unfinished


def _index_some(owner: int, chats: Sequence[_Chat], until: float) -> set[UUID]:
    if time.monotonic() > until:
        return {chat.id for chat in chats}
    _index_titles(owner, chats)
    of_these = Message.objects.filter(conversation__in=[chat.id for chat in chats]).order_by("pk")
    there = list(of_these.values_list("pk", "seq", "state", "conversation_id"))
    known = index.known(index.MESSAGES, [pk for pk, *_rest in there])
    unfinished = {chat for _pk, _seq, state, chat in there if state == Message.State.RUNNING}
    stale = [
        (pk, seq, chat) for pk, seq, state, chat in there if state != Message.State.RUNNING and known.get(pk) != seq
    ]
    for start in range(0, len(stale), MESSAGES_AT_ONCE):
        some = stale[start : start + MESSAGES_AT_ONCE]
        if start and time.monotonic() > until:
            return unfinished | {chat for _pk, _seq, chat in stale[start:]}
        seqs = {pk: seq for pk, seq, _chat in some}
        texts = Message.objects.filter(pk__in=seqs).values_list("pk", "text")
        with transaction.atomic():
            index.put(
                index.MESSAGES,
                [index.Row(id=pk, owner=owner, seq=seqs[pk], words=words.indexed(text)) for pk, text in texts],
            )
    return unfinished


def _index_titles(owner: int, chats: Sequence[_Chat]) -> None:
    """Those that are new or have another title than was indexed."""
    titles = {chat.id: chat.title[:200] for chat in chats}
    seen = dict(Indexed.objects.filter(conversation__in=titles).values_list("conversation_id", "title"))
    new = [chat for chat, title in titles.items() if seen.get(chat) != title]
    if not new:
        return
    with transaction.atomic():
        fresh = [Indexed(conversation_id=chat) for chat in new if chat not in seen]
        Indexed.objects.bulk_create(fresh, ignore_conflicts=True)
        rows = list(Indexed.objects.filter(conversation__in=new))
        for row in rows:
            row.title = titles[row.conversation_id]
        Indexed.objects.bulk_update(rows, ["title"])
        index.put(index.TITLES, [index.Row(id=row.pk, owner=owner, words=words.indexed(row.title)) for row in rows])
