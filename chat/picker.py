"""What a person may choose from: the allowed models that are not hidden, the assistants, favourites and last use."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from chat import assistants
from chat.models import Assistant, Conversation, Favourite
from providers.access import models_for
from providers.models import Connection, abilities_of, smallest_window
from providers.thinking import how_to_switch

if TYPE_CHECKING:
    from webui.accounts.models import User

BADGES = ("vision", "tools", "thinking")
LOOKED_BACK = 100  # conversations
_MENDED_BY_ADMINISTRATORS = {"unauthorized", "unreadable_key", "wrong_path", "redirected", "web_page"}


class _Row(NamedTuple):
    """What the picker needs of a model: hundreds of whole ones would take twice as long."""

    public_id: str
    name: str
    description: str
    hidden: bool
    position: int
    capabilities: list[str]
    capabilities_by_hand: list[str] | None
    window: int | None
    window_cap: int | None
    price_in: Decimal | None
    price_out: Decimal | None
    connection_id: UUID


def offered(user: "User") -> list[dict[str, Any]]:
    """The picker's list, in its order. Reads the database alone, never a model server."""
    found = [_Row(*row) for row in models_for(user).select_related(None).values_list(*_Row._fields)]
    connections = _connections({row.connection_id for row in found}, rules=user.is_superuser)
    found = [row for row in found if row.connection_id in connections]  # one may have been deleted meanwhile
    models = {row.public_id: row for row in found}
    shown = [_model(row) | _facts(row, connections) for row in found if not row.hidden]
    for one in assistants.usable(user, models):
        base = models[one.base_model]
        shown.append(_assistant(one, base) | _facts(base, connections))
    used = last_used(user)
    favourites = set(Favourite.objects.filter(user=user.pk).values_list("public_id", flat=True))
    for entry in shown:
        entry |= {"favourite": entry["id"] in favourites, "used_at": used.get(entry["id"])}
    return sorted(shown, key=lambda entry: (entry["position"], entry["name"].casefold(), entry["id"]))


def last_used(user: "User") -> dict[str, str]:
    """When each was last asked, read off the newest conversations: a question writes nothing for this."""
    recent = Conversation.objects.visible_to(user).order_by("-updated_at")
    used: dict[str, str] = {}
    for ids, moment in recent.values_list("model_ids", "updated_at")[:LOOKED_BACK]:
        for public_id in ids:
            used.setdefault(public_id, moment.isoformat())
    return used


def _model(row: _Row) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": row.name,
        "kind": "model",
        "description": row.description,
        "image": None,
        "suggestions": [],
        "position": row.position,
    }


def _assistant(assistant: Assistant, base: _Row) -> dict[str, Any]:
    return {
        "id": assistant.public_id,
        "name": assistant.name,
        "kind": "assistant",
        "description": assistant.description,
        "image": assistant.picture_address,
        "suggestions": assistant.suggestions,
        "position": base.position,
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


def _connections(ids: set[UUID], *, rules: bool) -> dict[UUID, dict[str, Any]]:
    """What is said of each model of a connection, put into words once."""
    needed = Connection.objects.only("name", "base_url", "encrypted_key", "problem_code", "problem")
    return {
        connection.pk: {
            "connection": connection.name,
            "available": not connection.problem_code,
            "why": _why(connection, rules) if connection.problem_code else None,
        }
        for connection in needed.filter(pk__in=ids)
    }


def _why(connection: Connection, rules: bool) -> str:
    """Addresses and advice are the administrators'; others can only wait or tell one."""
    if rules:
        return connection.trouble
    if connection.problem_code in _MENDED_BY_ADMINISTRATORS:
        return _("Its server turns us away. An administrator has to mend that.")
    return _("Its server does not answer at the moment.")


def _facts(row: _Row, connections: Mapping[UUID, dict[str, Any]]) -> dict[str, Any]:
    """What holds for a model and for every assistant that stands on it."""
    abilities = abilities_of(row.capabilities, row.capabilities_by_hand)
    priced = row.price_in is not None or row.price_out is not None
    return {
        "window": smallest_window(row.window, row.window_cap),
        "badges": [badge for badge in BADGES if badge in abilities],
        "thinking": how_to_switch(row.name) if "thinking" in abilities else None,
        "price": {"in": _number(row.price_in), "out": _number(row.price_out)} if priced else None,
        **connections[row.connection_id],
        "loaded": None,
    }


def _number(price: Decimal | None) -> float | None:
    return None if price is None else float(price)
