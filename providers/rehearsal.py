"""What a change of rights would do: it is really made, looked at through the whitelist, and taken back."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import transaction

from providers.access import people_of
from providers.models import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Who gets a model and who loses it, by the ids of people."""

    model: Model
    gained: frozenset[int]
    lost: frozenset[int]


class _Over(Exception):
    """Takes everything back."""


def rehearse(models: Collection[Model], change: Callable[[], object]) -> list[Effect]:
    """The effects of `change` on these models, those alone that there are. Nothing is kept of it."""
    before = people_of(models)
    after: dict[int, set[int]] = {}
    try:
        with transaction.atomic():
            change()
            after = people_of(models)
            raise _Over
    except _Over:
        pass
    effects = [
        Effect(
            model=model,
            gained=frozenset(after[model.pk] - before[model.pk]),
            lost=frozenset(before[model.pk] - after[model.pk]),
        )
        for model in models
    ]
    return [effect for effect in effects if effect.gained or effect.lost]
