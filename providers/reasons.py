"""Why somebody may use a model, or may not: the rules of `providers.access` one by one, as sentences.

It explains and never decides: what the whitelist itself says stands in `Chain.allowed`.
"""

from collections.abc import Iterator, Sequence
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


def why(user: "User", model: Model) -> Chain:
    """The chain of rules for this person and this model."""
    allowed = models_for(user).filter(pk=model.pk).exists()
    return Chain(allowed=allowed, rules=(*_bars(user, model), *_rights(user, model)))


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


def _rights(user: "User", model: Model) -> Iterator[Rule]:
    if user.is_superuser:
        yield Rule(text=_("Administrators may use every model."), opens=True)
    else:
        yield Rule(text=_("Not an administrator."))
    if model.for_everyone:
        yield Rule(text=_("The model is for everyone."), opens=True)
    else:
        yield Rule(text=_("The model is not for everyone."))
    if model.users.filter(pk=user.pk).exists():
        yield Rule(text=_("Named in person at this model."), opens=True)
    else:
        yield Rule(text=_("Not named in person at this model."))
    mine = set(user.groups.values_list("pk", flat=True))
    theirs = list(model.groups.all())
    for group in theirs:
        if group.pk in mine:
            yield Rule(text=_("Is in the group “%(name)s”, which may use it.") % {"name": group.name}, opens=True)
    if not any(group.pk in mine for group in theirs):
        yield Rule(text=_not_in(theirs))


def _not_in(groups: Sequence[object]) -> str:
    if not groups:
        return _("No group may use it.")
    names = ", ".join(str(group) for group in groups)
    return _("Is in none of the groups that may use it: %(names)s.") % {"names": names}
