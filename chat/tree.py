"""The tree of a conversation, read: the branch that is shown, a page of it, and what a model is told of it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from chat.attachments.showing import names_of
from chat.attachments.sweeping import forget_unused, unsend
from chat.living import mark_changes
from chat.models import Assistant, Conversation, Message
from chat.origin import origin_of
from chat.rating.giving import ratings_of
from chat.sight import open_sources
from chat.tools.calls import calls_in
from providers.base import ChatMessage
from providers.models import Model

PAGE = 20  # messages


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPage:
    """Messages of the shown branch, oldest first; `before` continues upwards, None at the top."""

    messages: list[dict[str, Any]]
    before: str | None


def branch_page(conversation: Conversation, before: int | None = None) -> BranchPage:
    """A page of the shown branch; the replies that were asked for together with the leaf are among its messages.

    Costs the same however long the chat is. A `before` that is not a message of it gives the end of the branch.
    """
    leaf = conversation.active_id
    if before is not None and (message := conversation.messages.filter(pk=before).first()):
        leaf = message.parent_id
    at_end = leaf == conversation.active_id
    above = [pk for pk, _parent in _upwards(leaf, most=PAGE + 1)]
    ids = above[:PAGE]
    siblings = _siblings(conversation, ids)
    beside = siblings[ids[0]] if ids and at_end else []
    messages = _shown(conversation, siblings | dict.fromkeys(beside, beside))
    return BranchPage(messages=messages, before=str(ids[-1]) if len(above) > PAGE else None)


def versions(message: Message) -> list[dict[str, Any]]:
    """All that stand beside a message, itself among them, oldest first."""
    beside = _siblings(message.conversation, [message.pk])[message.pk]
    return _shown(message.conversation, dict.fromkeys(beside, beside))


def _shown(conversation: Conversation, siblings: dict[int, list[int]]) -> list[dict[str, Any]]:
    """These messages as they go to the page, as far as their sources may be read; `siblings` by message."""
    rows = Message.objects.filter(pk__in=siblings).select_related("model", "assistant").prefetch_related("sources")
    shown = list(rows.order_by("id"))
    open_sources(conversation.owner, shown)
    mark_changes(source for row in shown for source in row.sources.all())
    files = names_of(shown) if conversation.has_files else {}
    ratings = ratings_of(conversation, shown)
    return [
        message_to_wire(row, siblings[row.pk]) | {"attachments": files.get(row.pk, []), "rating": ratings.get(row.pk)}
        for row in shown
    ]


def newest_leaf(conversation: Conversation, start: int) -> int | None:
    """The end of the branch through `start` that follows the newest child each time; None when `start` is not there."""
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for pk, parent in conversation.messages.order_by("id").values_list("id", "parent_id"):
        children[parent].append(pk)
    if not any(start in siblings for siblings in children.values()):
        return None
    while children[start]:
        start = children[start][-1]
    return start


def path_to(message: Message) -> list[int]:
    """The ids from this message up to the first."""
    return [pk for pk, _parent in _upwards(message.pk, most=2**31)]


def remove(message: Message, *, keep_files: bool = False) -> None:
    """Delete a message with all that stands under it; the conversation then shows the branch beside or above."""
    conversation = message.conversation
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BELOW, [message.pk])
        ids = [pk for (pk,) in cursor.fetchall()]
        shown_is_going = conversation.active_id in ids
        if conversation.has_files and keep_files:
            unsend(message)
        Message.objects.filter(pk__in=ids).delete()
        if conversation.has_files:
            forget_unused(conversation.owner_id)
        if shown_is_going:
            beside = conversation.messages.filter(parent=message.parent_id).order_by("-id").first()
            start = beside.pk if beside else message.parent_id
            leaf = newest_leaf(conversation, start) if start else None
            type(conversation).objects.filter(pk=conversation.pk).update(active=leaf)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a model may be told, and the ids of those messages; `is_whole`: nothing was said before them."""

    messages: list[ChatMessage]
    ids: list[int]
    is_whole: bool = True


def history(question: Message, most: int) -> History:
    """The branch down to the question, without reasoning and without answers that are empty.

    Begins where the last answer's prompt began, so that the same words stand first from turn to turn, and reads `most`
    characters at the most, beside the question itself.
    """
    if question.parent_id is None:
        return History(messages=[ChatMessage(role=question.role, content=question.text)], ids=[question.pk])
    return _told(_BEGUN, question.pk, question.parent_id, most)


def said_above(leaf: int, *, since: int = 0, most: int) -> History:
    """The branch down to `leaf`, from message `since` on."""
    return _told(_TOLD, leaf, since, most)


def _told(statement: str, leaf: int, since: int, most: int) -> History:
    with connection.cursor() as cursor:
        cursor.execute(statement, [leaf, since, most])
        rows = cursor.fetchall()[::-1]
    said = [(pk, role, text) for pk, role, text, _parent in rows if text.strip()]
    messages = [ChatMessage(role=role, content=text) for _pk, role, text in said]
    return History(messages=messages, ids=[pk for pk, _role, _text in said], is_whole=not rows or rows[0][3] is None)


# Ids rise from the root to the leaf of a branch.
_TOLD = """
WITH RECURSIVE up(id, parent, role, text, size) AS (
    SELECT id, parent_id, role, text, 0 FROM chat_message WHERE id = %s
    UNION ALL
    SELECT m.id, m.parent_id, m.role, m.text, up.size + length(m.text)
    FROM chat_message m JOIN up ON m.id = up.parent WHERE m.id >= %s AND up.size < %s
)
SELECT id, role, text, parent FROM up ORDER BY id DESC
"""
# From where the prompt of that answer began.
_BEGUN = _TOLD.replace("m.id >= %s", "m.id >= (SELECT coalesce(max(told_from), 0) FROM chat_message WHERE id = %s)")
_BELOW = """
WITH RECURSIVE down(id) AS (
    SELECT id FROM chat_message WHERE id = %s
    UNION ALL SELECT m.id FROM chat_message m JOIN down ON m.parent_id = down.id
)
SELECT id FROM down
"""
_UPWARDS = """
WITH RECURSIVE up(id, parent, depth) AS (
    SELECT id, parent_id, 1 FROM chat_message WHERE id = %s
    UNION ALL
    SELECT m.id, m.parent_id, up.depth + 1 FROM chat_message m JOIN up ON m.id = up.parent WHERE up.depth < %s
)
SELECT id, parent FROM up ORDER BY depth
"""


def _upwards(leaf: int | None, most: int) -> list[tuple[int, int | None]]:
    """(id, parent) from `leaf` towards the root."""
    with connection.cursor() as cursor:
        cursor.execute(_UPWARDS, [leaf, most])
        return cursor.fetchall()


def _siblings(conversation: Conversation, ids: list[int]) -> dict[int, list[int]]:
    """For each message the ids of all that stand under its parent, itself among them."""
    parents = dict(Message.objects.filter(pk__in=ids).values_list("id", "parent_id"))
    under = Q(parent_id__in={parent for parent in parents.values() if parent is not None})
    if None in parents.values():
        under |= Q(conversation=conversation, parent=None)
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for pk, parent in Message.objects.filter(under).order_by("id").values_list("id", "parent_id"):
        children[parent].append(pk)
    return {pk: children[parent] for pk, parent in parents.items()}


def message_to_wire(message: Message, siblings: list[int]) -> dict[str, Any]:
    """A message as the page and the API get it. `message.model` and `message.sources` are to be fetched already."""
    return {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "text": message.text,
        "reasoning": message.reasoning,
        "state": message.state,
        "seq": message.seq,
        "stage": next((item[0] for item in reversed(message.trail) if isinstance(item, list)), ""),
        "model": _model_to_wire(message),
        "error": _error_to_wire(message),
        "finish_reason": message.finish_reason or None,
        "usage": message.usage,
        "truncated": (message.ledger or {}).get("truncated"),
        "host": message.host,
        "told_from": message.told_from,
        "sources": [source.to_wire() for source in message.sources.all()],
        "search": message.search,
        "calls": calls_in(message.trail, running=message.state == Message.State.RUNNING),
        "siblings": siblings,
        "origin": origin_of(message.params),
        "created_at": message.created_at.isoformat(),
    }


def _model_to_wire(message: Message) -> dict[str, str] | None:
    """`digest` differs from that of the answer before when the model was changed on its server in between."""
    if not message.model_name:
        return None
    return {"id": message.model_name, "name": name_of(message), "digest": message.model_digest}


def name_of(message: Message) -> str:
    """Who wrote an answer, as people know them. `message.model` and `message.assistant` are fetched already."""
    writer: Model | Assistant | None = message.assistant or message.model
    return writer.name if writer else message.model_name


def _error_to_wire(message: Message) -> dict[str, Any] | None:
    return message.failure if message.error_code else None
