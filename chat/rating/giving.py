"""Ratings given, changed, taken back, and read again with the chat."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import transaction

from chat.models import Conversation, Message, Rating
from chat.models.rating import fitting

if TYPE_CHECKING:
    from webui.accounts.models import User


def rate(user: "User", message: Message, *, value: str, reasons: list[str], note: str, shared: bool) -> Rating:
    """What this person thinks of the answer from now on; an earlier rating of theirs is replaced."""
    given = {"value": value, "reasons": fitting(value, reasons), "note": note, "shared": shared}
    with transaction.atomic():
        rating, _created = Rating.objects.update_or_create(message=message, person=user, defaults=given)
        # A chat in which nobody ever rated anything is read without a look for ratings.
        Conversation.objects.filter(pk=message.conversation_id, has_ratings=False).update(has_ratings=True)
    return rating


def take_back(user: "User", message: Message) -> None:
    Rating.objects.filter(message=message, person=user).delete()


def ratings_of(conversation: Conversation, messages: Iterable[Message]) -> dict[int, dict[str, Any]]:
    """By message, as they go to the page: those of whom the chat belongs to. No query where none was ever given."""
    if not conversation.has_ratings:
        return {}
    rows = Rating.objects.filter(person=conversation.owner_id, message__in=[message.pk for message in messages])
    return {row.message_id: row.to_wire() for row in rows}
