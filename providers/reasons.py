"""Why somebody may use a model, or may not: the rules of `providers.access` one by one, as sentences.

It explains and never decides: what the whitelist itself says stands in `Chain.allowed`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from providers.access import models_for
from providers.models import Model

if TYPE_CHECKING:
    from webui.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: does it open the model, bar it, or say nothing here."""

    text: str
    opens: bool = False
    bars: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """All rules for one person and one model, in the order in which they count."""

    allowed: bool
    rules: tuple[Rule, ...]

    @property
    def verdict(self) -> bool:
        """What follows from the rules; tests hold it against `allowed`."""
        return not any(rule.bars for rule in self.rules) and any(rule.opens for rule in self.rules)

    @property
    def decisive(self) -> tuple[Rule, ...]:
        """Those that matter: what bars, else what opens, else everything."""
        bars = tuple(rule for rule in self.rules if rule.bars)
        return bars or tuple(rule for rule in self.rules if rule.opens) or self.rules


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the rules look at, read once for all models."""

    user: "User"
    mine: frozenset[int]
    named: frozenset[int]
    groups: Mapping[int, Sequence[tuple[int, str]]]


def why(user: "User", model: Model) -> Chain:
    """The chain of rules for this person and this model."""
    return why_each(user, [model])[model.pk]


def why_each(user: "User", models: Collection[Model]) -> dict[int, Chain]:
    """The same for many, in as many queries as for one. Their connections are to be fetched already."""
    ids = [model.pk for model in models]
    allowed = set(models_for(user).filter(pk__in=ids).values_list("pk", flat=True))
    groups: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for pk, group, name in Model.groups.through.objects.filter(model__in=ids).values_list(
        "model_id", "group_id", "group__name"
    ):
        groups[pk].append((group, name))
    by_name = Model.users.through.objects.filter(user_id=user.pk, model__in=ids).values_list("model_id", flat=True)
    mine = frozenset(user.groups.values_list("pk", flat=True))
    facts = _Facts(user=user, mine=mine, named=frozenset(by_name), groups=groups)
    return {
        model.pk: Chain(allowed=model.pk in allowed, rules=(*_bars(user, model), *_rights(facts, model)))
        for model in models
    }


def _bars(user: "User", model: Model) -> Iterator[Rule]:
    if not user.is_active:
        yield Rule(text=_("The account is disabled or waits for approval: it may use nothing."), bars=True)
    if not model.connection.enabled:
        yield Rule(text=_("The connection “%(name)s” is switched off.") % {"name": model.connection.name}, bars=True)
    if not model.present:
        yield Rule(text=_("The server does not offer the model any more."), bars=True)
    if model.kind != Model.Kind.CHAT:
        yield Rule(text=_("It is not a model for chats."), bars=True)
    if model.replica_of_id:
        yield Rule(text=_("It stands behind another model of its pool, whose rights count."), bars=True)


def _rights(facts: _Facts, model: Model) -> Iterator[Rule]:
    if facts.user.is_superuser:
        yield Rule(text=_("Administrators may use every model."), opens=True)
    else:
        yield Rule(text=_("Not an administrator."))
    if model.for_everyone:
        yield Rule(text=_("The model is for everyone."), opens=True)
    else:
        yield Rule(text=_("The model is not for everyone."))
    if model.pk in facts.named:
        yield Rule(text=_("Named in person at this model."), opens=True)
    else:
        yield Rule(text=_("Not named in person at this model."))
    theirs = facts.groups.get(model.pk, ())
    common = [name for key, name in theirs if key in facts.mine]
    for name in common:
        yield Rule(text=_("Is in the group “%(name)s”, which may use it.") % {"name": name}, opens=True)
    if not common:
        yield Rule(text=_not_in([name for _key, name in theirs]))


def _not_in(groups: Sequence[str]) -> str:
    if not groups:
        return _("No group may use it.")
    return _("Is in none of the groups that may use it: %(names)s.") % {"names": ", ".join(groups)}
