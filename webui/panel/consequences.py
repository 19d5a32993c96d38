"""What a change of rights means for people, in words: who gets what, who loses it, which chats become read-only."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.utils.translation import ngettext

from chat.losing import chats_lost
from providers.models import Model
from providers.rehearsal import rehearse
from webui.accounts.models import User

NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """For one model."""

    model: Model
    gained: int
    lost: int
    losers: tuple[str, ...]
    chats: int

    @property
    def more_losers(self) -> int:
        return self.lost - len(self.losers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """For all models together; people are counted once however many models they lose."""

    each: tuple[Consequence, ...]
    gaining: int
    losing: int
    chats: int

    @property
    def sentence(self) -> str:
        """The short form for a message: '' when nobody gains or loses anything."""
        parts = []
        if self.losing:
            text = ngettext("%(number)d person loses a model", "%(number)d people lose a model", self.losing)
            parts.append(text % {"number": self.losing})
        if self.chats:
            text = ngettext("%(number)d chat becomes read-only", "%(number)d chats become read-only", self.chats)
            parts.append(text % {"number": self.chats})
        if self.gaining:
            text = ngettext("%(number)d person gets a model", "%(number)d people get a model", self.gaining)
            parts.append(text % {"number": self.gaining})
        return ", ".join(parts)


def consequences(models: Collection[Model], change: Callable[[], object]) -> Consequences:
    """What `change` would do to these models' people. It is taken back."""
    effects = rehearse(models, change)
    lost = {effect.model.public_id: effect.lost for effect in effects}
    chats = chats_lost(lost)
    names = _names({pk for people in lost.values() for pk in sorted(people)[:NAMED]})
    each = tuple(
        Consequence(
            model=effect.model,
            gained=len(effect.gained),
            lost=len(effect.lost),
            losers=tuple(names[pk] for pk in sorted(effect.lost)[:NAMED] if pk in names),
            chats=chats.get(effect.model.public_id, 0),
        )
        for effect in effects
    )
    return Consequences(
        each=each,
        gaining=len(set[int]().union(*(effect.gained for effect in effects))),
        losing=len(set[int]().union(*lost.values())),
        chats=sum(chats.values()),
    )


def _names(ids: Collection[int]) -> dict[int, str]:
    return {user.pk: user.display_name for user in User.objects.filter(pk__in=ids)}
