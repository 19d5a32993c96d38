"""Up to three tags for a chat out of what a model wrote.

Where WEBUI_AUTO_TAGS is on, its owner has not said no, and the chat has none yet.
"""

import re
from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth import get_user_model

from chat.models import Conversation, Tag

MOST = 3
LONGEST = 24  # characters of a tag
MOST_WORDS = 3
MOST_KNOWN = 30  # tags of this person that the model is told of
_ASK = (
    "Write one to three tags for this conversation: general topics, one or two words each, in its language, separated"
    " by commas. Answer with the tags alone.{known}\n\nQuestion: {question}\n\nAnswer: {answer}"
)
_BETWEEN = re.compile(r"[,，、;；\n]+")
_HEAD = re.compile(r"^(tags?|标签)\s*[:：]\s*", re.IGNORECASE)
_MARKS = re.compile(r"[*_`#<>\[\]{}()\u0000-\u001f\u200b-\u200f\u202a-\u202e]")


def prompt(question: str, answer: str, known: Sequence[str]) -> str:
    told = f" Where one of these fits, take it: {', '.join(known)}." if known else ""
    return _ASK.format(known=told, question=question[:500], answer=answer[:500])


def tags_in(written: str) -> list[str]:
    """Plain words; nothing when the model wrote more, or something else, than it was asked for."""
    parts = [part for part in _BETWEEN.split(_HEAD.sub("", written.strip())) if part.strip()]
    if not 0 < len(parts) <= MOST:
        return []
    tags = [" ".join(_MARKS.sub(" ", part).split()).strip(" \"'“”‘’「」.。-") for part in parts]
    fit = all(0 < len(tag) <= LONGEST and len(tag.split()) <= MOST_WORDS for tag in tags)
    return list(dict.fromkeys(tag.casefold() if tag.isascii() else tag for tag in tags)) if fit else []


def are_wanted_by(user_id: int) -> bool:
    """Whether this person leaves tags to the model; asked where the administrator does."""
    return get_user_model().objects.filter(pk=user_id, auto_tags=True).exists()


def known_to(user_id: int) -> list[str]:
    names = Tag.objects.filter(conversation__owner=user_id).order_by("name").values_list("name", flat=True)
    return list(names.distinct()[:MOST_KNOWN])


def put(chat: UUID, tags: Sequence[str]) -> None:
    """Not where somebody has put tags meanwhile, nor on a chat that is gone."""
    if Conversation.objects.filter(pk=chat, tags=None).exists():
        Tag.objects.bulk_create([Tag(conversation_id=chat, name=tag) for tag in tags], ignore_conflicts=True)
