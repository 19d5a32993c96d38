"""Which chats become read-only when people lose models: those that were asking one of them last."""

import json
from collections.abc import Collection, Mapping

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from chat.models import Assistant, Conversation


def chats_lost(lost: Mapping[str, Collection[int]]) -> dict[str, int]:
    """For each model (public id) with the people who lose it, how many of their chats nobody can go on with as is."""
    return {public_id: _count(public_id, people) for public_id, people in lost.items() if people}


def _count(public_id: str, people: Collection[int]) -> int:
    ids = {public_id, *(one.public_id for one in Assistant.objects.filter(base_model=public_id))}
    chats = Conversation.objects.filter(owner__in=people).annotate(chosen=Cast("model_ids", TextField()))
    # The column is JSON: one database escapes what is not ASCII in it, the other does not.
    written = {json.dumps(one, ensure_ascii=ascii_alone) for one in ids for ascii_alone in (True, False)}
    named = Q()
    for text in written:
        named |= Q(chosen__contains=text)
    return sum(bool(ids & set(chosen)) for chosen in chats.filter(named).values_list("model_ids", flat=True))
