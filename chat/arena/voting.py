"""A vote, once; then names are told, and the chat may go on with the answer that was liked. Raises `NotNow`."""

import secrets
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.arena import masking
from chat.arena.duels import names_in
from chat.models import Conversation, Duel, Indexed, Message, Source
from chat.models.arena import SIDES
from chat.origin import GROUP, KEPT
from knowledge.models import Chunk, Library

if TYPE_CHECKING:
    from django.db.models import QuerySet


_AS_NOTED = ("n", "title", "document_name", "page", "heading", "chunk", "score")


class NotNow(Exception):
    """Why there is nothing to vote for, for the person."""


def vote(duel: Duel, value: str, *, shared: bool) -> None:
    """It stands; a second one changes nothing."""
    if not duel.complete:
        raise NotNow(_("Both answers have to be there before you can say which is better."))
    if value not in Duel.Vote.values:
        raise NotNow(_("Choose one of the four."))
    names = names_in(duel)
    named = any(masking.says(duel.text(side), names, duel.question) for side in SIDES)
    Duel.objects.filter(pk=duel.pk, vote="").update(
        vote=value, shared=shared, named_itself=named, voted_at=timezone.now()
    )
    duel.refresh_from_db()


def go_on(duel: Duel, side: str) -> Conversation:
    """A chat with the question and both answers, which goes on with this one; the one that was made before, if any."""
    if not duel.vote:
        raise NotNow(_("Say first which answer is better."))
    if duel.chat:
        return duel.chat
    with transaction.atomic():
        name = getattr(duel, side)
        chat = Conversation(owner=duel.owner, model_ids=[name])
        chat.name_after(duel.question)
        chat.save()
        question = Message.objects.create(
            conversation=chat, author=duel.owner, role=Message.Role.USER, text=duel.question, trail=[len(duel.question)]
        )
        group = secrets.token_hex(4)
        replies = {one: _reply(duel, one, question, group, kept=one == side) for one in SIDES}
        chat.libraries.set(_still_readable(duel))
        chat.show(replies[side])
        Indexed.objects.create(conversation=chat, due=True)
        Duel.objects.filter(pk=duel.pk).update(chat=chat)
    return chat


def _reply(duel: Duel, side: str, question: Message, group: str, *, kept: bool) -> Message:
    text, row = duel.text(side), duel.answers[side]
    reply = Message.objects.create(
        conversation=question.conversation,
        parent=question,
        role=Message.Role.ASSISTANT,
        text=text,
        trail=[len(text)],
        model_name=getattr(duel, side),
        model_digest=str(row.get("digest", ""))[:16],
        finish_reason="stop",
        params={GROUP: group, "libraries": duel.libraries} | ({KEPT: True} if kept else {}),
    )
    Source.objects.bulk_create(_sources(duel, row.get("sources", ()), reply))
    return reply


def _sources(duel: Duel, noted: Iterable[dict[str, Any]], reply: Message) -> Iterator[Source]:
    """With their words of now, as far as their reader may read them."""
    rows = {one["chunk"]: one for one in noted if one["chunk"]}
    found = Chunk.objects.filter(pk__in=rows, document__library__in=_still_readable(duel)).select_related("document")
    for chunk in found:
        told = {name: rows[chunk.pk][name] for name in _AS_NOTED}
        place = {"document": chunk.document, "library": chunk.document.library_id, "text": chunk.text}
        cited = f"[{told['n']}]" in reply.text
        yield Source(message=reply, **told, **place, start=chunk.start, end=chunk.end, cited=cited)


def _still_readable(duel: Duel) -> "QuerySet[Library]":
    return Library.objects.visible_to(duel.owner).filter(pk__in=duel.libraries)
