"""/api/chats/import: one chat of this product's own form, by key."""

from typing import TYPE_CHECKING, Any

from ninja.errors import HttpError

from chat.bundle import reading
from chat.bundle.writing import FORM
from chat.importing import own, storing
from chat.importing.shapes import Unreadable

if TYPE_CHECKING:
    from webui.accounts.models import User


def take_in(user: "User", body: dict[str, Any]) -> dict[str, Any]:
    """Add an exported conversation, unless this person has it already. Raises `HttpError` 422 with a sentence."""
    try:
        if body.get("form") == FORM:
            brought, added = reading.take_in(user, body)
            return {"id": str(brought.pk), "added": added}
        chat = own.read(body)
    except Unreadable as reason:
        raise HttpError(422, str(reason)) from None
    if here := storing.here_already(user, [(chat.product, chat.key)]):
        return {"id": str(next(iter(here.values()))), "added": 0}
    stored = storing.store(user, chat)
    return {"id": str(storing.id_of(user, chat.product, chat.key)), "added": len(chat.said) if stored else 0}
