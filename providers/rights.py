"""Changes of the whitelist by table: which group, or everyone, may use which model from now on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction

from providers.models import Model

EVERYONE = 0  # stands where the key of a group stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A cell as it is to be, whatever it was: two administrators at once lose nothing of each other's."""

    model: int
    group: int
    allowed: bool


def table(models: Sequence[Model], groups: Sequence[Group]) -> dict[int, set[int]]:
    """For each model the keys of the groups that may use it, and `EVERYONE` where everyone may."""
    cells: dict[int, set[int]] = {model.pk: {EVERYONE} if model.for_everyone else set() for model in models}
    shown = {group.pk for group in groups}
    for model, group in Model.groups.through.objects.values_list("model_id", "group_id"):
        if model in cells and group in shown:
            cells[model].add(group)
    return cells


def concerned(changes: Iterable[Change]) -> list[Model]:
    """The models in these changes that are still there."""
    return list(Model.objects.filter(pk__in={change.model for change in changes}).select_related("connection"))


def make(changes: Iterable[Change]) -> None:
    """Write the changes down; what was deleted meanwhile is passed over."""
    wanted: dict[tuple[int, bool], set[int]] = defaultdict(set)
    for change in changes:
        wanted[change.group, change.allowed].add(change.model)
    through = Model.groups.through
    with transaction.atomic():
        there = set(Model.objects.values_list("pk", flat=True))
        groups = set(Group.objects.values_list("pk", flat=True))
        for (group, allowed), named in wanted.items():
            models = named & there
            if group == EVERYONE:
                Model.objects.filter(pk__in=models).update(for_everyone=allowed)
            elif group in groups and allowed:
                rows = [through(model_id=model, group_id=group) for model in sorted(models)]
                through.objects.bulk_create(rows, ignore_conflicts=True)
            elif group in groups:
                through.objects.filter(group=group, model__in=models).delete()
