"""The tree of a conversation, read: the branch that is shown, a page of it, and what a model is told of it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from chat.models import Conversation, Message
from providers.base import ChatMessage
from providers.models import Model

PAGE = 50  # messages


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchPage:
    """Messages of the shown branch, oldest first; `before` continues upwards, None at the top."""

    messages: list[dict[str, Any]]
    before: str | None


class Shape:
    """Who stands under whom in one conversation: ids only, so that a long chat costs one small query."""

    def __init__(self, conversation: Conversation) -> None:
        self.parents: dict[int, int | None] = {}
        self.children: defaultdict[int | None, list[int]] = defaultdict(list)
        for pk, parent in conversation.messages.order_by("id").values_list("id", "parent_id"):
            self.parents[pk] = parent
            self.children[parent].append(pk)

    def branch(self, leaf: int | None) -> list[int]:
        """Ids from the root to `leaf`."""
        path = []
        while leaf is not None and leaf in self.parents:
            path.append(leaf)
            leaf = self.parents[leaf]
        return path[::-1]

    def newest_leaf(self, start: int) -> int:
        """The end of the branch through `start` that follows the newest child each time."""
        while self.children[start]:
            start = self.children[start][-1]
        return start

    def siblings(self, message: int) -> list[int]:
        return self.children[self.parents[message]]


def branch_page(conversation: Conversation, before: int | None = None) -> BranchPage:
    """A page of the shown branch; the replies that were asked for together with the leaf are among its messages."""
    shape = Shape(conversation)
    path = shape.branch(conversation.active_id)
    end = path.index(before) if before in path else len(path)
    ids = path[max(0, end - PAGE) : end]
    beside = shape.siblings(path[-1]) if ids and end == len(path) else []
    rows = Message.objects.filter(pk__in={*ids, *beside}).select_related("model").prefetch_related("sources")
    messages = [message_to_wire(row, shape.siblings(row.pk)) for row in rows.order_by("id")]
    return BranchPage(messages=messages, before=str(ids[0]) if end > PAGE else None)


def history(question: Message) -> list[ChatMessage]:
    """What the model is told: the branch down to the question, without reasoning and without answers that are empty."""
    shape = Shape(question.conversation)
    rows = Message.objects.in_bulk(shape.branch(question.pk))
    told = [rows[pk] for pk in shape.branch(question.pk)]
    return [ChatMessage(role=row.role, content=row.text) for row in told if row.text.strip()]


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
        "sources": [source.to_wire() for source in message.sources.all()],
        "siblings": siblings,
        "created_at": message.created_at.isoformat(),
    }


def _model_to_wire(message: Message) -> dict[str, str] | None:
    if not message.model_name:
        return None
    model: Model | None = message.model
    return {"id": message.model_name, "name": model.name if model else message.model_name}


def _error_to_wire(message: Message) -> dict[str, Any] | None:
    if not message.error_code:
        return None
    return {"code": message.error_code, "detail": message.error_detail, "retryable": message.retryable}
