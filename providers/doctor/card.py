"""The capability card of a connection: plain JSON, and what differs between two of them. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

Card = dict[str, Any]
# In the order in which they are shown; each is a word, a number or missing when nobody knows.
FACTS = (
    "product",
    "version",
    "streaming",
    "usage",
    "system_role",
    "reasoning_field",
    "tools",
    "vision",
    "max_tokens",
    "error_shape",
    "window",
)
# What may differ between the models of one server, and is looked at for each model that is tried.
OF_A_MODEL = ("system_role", "reasoning_field", "tools", "tools_why", "vision", "window", "leave_out")
_MOST_CHANGES = 20


def assembled(server: Mapping[str, Any], models: Mapping[str, Mapping[str, Any]], now: datetime) -> Card:
    """One card: the facts of the first model tried count for all, and the others say where they differ."""
    first = next(iter(models.values()), {})
    card: Card = {**server, **{name: value for name, value in first.items() if value is not None}}
    card["models"] = {}
    for name, facts in models.items():
        card["models"][name] = {key: facts.get(key) for key in OF_A_MODEL if facts.get(key) != first.get(key)}
    card["tried"] = list(models)
    card["checked_at"] = now.isoformat()
    return card


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What became different: [{"fact", "model", "before", "after"}]. What was unknown before is no change."""
    found = _differences(before, after, [name for name in FACTS if name not in OF_A_MODEL])
    for name in after.get("tried", ()):
        if name in before.get("tried", ()):
            found += _differences(
                facts_of(before, name), facts_of(after, name), [fact for fact in FACTS if fact in OF_A_MODEL], name
            )
    return found[:_MOST_CHANGES]


def facts_of(card: Mapping[str, Any], model: str) -> dict[str, Any]:
    """What the card says of one model that was tried."""
    return {**card, **card.get("models", {}).get(model, {})}


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Sequence[str], model: str = ""
) -> list[dict[str, Any]]:
    return [
        {"fact": name, "model": model, "before": before[name], "after": after[name]}
        for name in names
        if before.get(name) is not None and after.get(name) is not None and before[name] != after[name]
    ]
