"""What a person may choose from: the allowed models that are not hidden, the assistants, favourites and last use."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chat import assistants
from chat.models import Assistant, Conversation, Favourite
from providers.access import models_for
from providers.models import Model

if TYPE_CHECKING:
    from webui.accounts.models import User

BADGES = ("vision", "tools", "thinking")
LOOKED_BACK = 100  # conversations


def offered(user: "User") -> list[dict[str, Any]]:
    """The picker's list, in its order. Reads the database alone, never a model server."""
    # One object for each connection, however many models it has: half the work of a long list.
    found = models_for(user).select_related(None).prefetch_related("connection")
    models = {model.public_id: model for model in found}
    shown = [_model(model) for model in models.values() if not model.hidden]
    shown += [_assistant(one, models[one.base_model]) for one in assistants.usable(user, models)]
    used = last_used(user)
    favourites = set(Favourite.objects.filter(user=user.pk).values_list("public_id", flat=True))
    for one in shown:
        one |= {"favourite": one["id"] in favourites, "used_at": used.get(one["id"])}
    return sorted(shown, key=lambda one: (one["position"], one["name"].casefold(), one["id"]))


def last_used(user: "User") -> dict[str, str]:
    """When each was last asked, read off the newest conversations: a question writes nothing for this."""
    recent = Conversation.objects.visible_to(user).order_by("-updated_at")
    used: dict[str, str] = {}
    for ids, moment in recent.values_list("model_ids", "updated_at")[:LOOKED_BACK]:
        for public_id in ids:
            used.setdefault(public_id, moment.isoformat())
    return used


def _model(model: Model) -> dict[str, Any]:
    return {
        "id": model.public_id,
        "name": model.name,
        "kind": "model",
        "description": model.description,
        "image": None,
        "suggestions": [],
        "position": model.position,
        **_facts(model),
    }


def _assistant(assistant: Assistant, base: Model) -> dict[str, Any]:
    return {
        "id": assistant.public_id,
        "name": assistant.name,
        "kind": "assistant",
        "description": assistant.description,
        "image": assistant.picture_address,
        "suggestions": assistant.suggestions,
        "position": base.position,
        **_facts(base),
    }


def favour(user: "User", public_id: str) -> None:
    """Keep it near at hand. Raises `ModelNotAllowed`."""
    assistants.chosen(user, [public_id])
    Favourite.objects.get_or_create(user=user, public_id=public_id)


def forget(user: "User", public_id: str) -> None:
    """No more; also of what was withdrawn meanwhile. Raises `ModelNotAllowed` for what never was one."""
    deleted, _rows = Favourite.objects.filter(user=user, public_id=public_id).delete()
    if not deleted:
        assistants.chosen(user, [public_id])


def _facts(model: Model) -> dict[str, Any]:
    """What holds for a model and for every assistant that stands on it."""
    abilities = model.abilities
    priced = model.price_in is not None or model.price_out is not None
    return {
        "connection": model.connection.name,
        "window": model.usable_window,
        "badges": [badge for badge in BADGES if badge in abilities],
        "price": {"in": _number(model.price_in), "out": _number(model.price_out)} if priced else None,
        "available": not model.connection.problem_code,
        "why": model.connection.trouble or None,
        "loaded": None,
    }


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)
