"""What is known of the models of one connection: what the Connection Doctor found, then what use has taught. Pure.

A fact that is learnt is told to `keep`, so that the surprise costs one request, once, and not one after each start.
"""

from collections.abc import Callable, Mapping
from typing import Any

Keep = Callable[[str, Mapping[str, Any]], object]
# The facts that count for the client; the rest of a card is for people.
OBEYED = ("system_role", "starts_thinking", "tools", "vision", "window")


class Memory:
    """`of(model)` are the facts to obey; `learn` adds some."""

    def __init__(
        self,
        card: Mapping[str, Any] | None = None,
        learnt: Mapping[str, Any] | None = None,
        keep: Keep | None = None,
    ) -> None:
        self._card = card or {}
        self._learnt: dict[str, dict[str, Any]] = {name: dict(facts) for name, facts in (learnt or {}).items()}
        self._keep = keep

    def of(self, model: str) -> dict[str, Any]:
        """The Doctor's word, then what was learnt since, the last one counting.

        A field that was refused for one model is left out for all; the rest is known of models that were tried.
        """
        tried = model in self._card.get("tried", ())
        card = self._card if tried else {"leave_out": self._card.get("leave_out")}
        layers = (card, self._card.get("models", {}).get(model, {}), self._learnt.get(model, {}))
        facts = {name: layer[name] for layer in layers for name in OBEYED if layer.get(name) is not None}
        left_out = {field for layer in layers for field in layer.get("leave_out") or ()}
        return facts | {"leave_out": sorted(left_out)}

    def learn(self, model: str, **facts: object) -> None:
        """Remember, and keep it; nothing happens when it was known."""
        known = self._learnt.setdefault(model, {})
        news = {name: value for name, value in facts.items() if known.get(name) != value}
        if news:
            known.update(news)
            if self._keep is not None:
                self._keep(model, news)
