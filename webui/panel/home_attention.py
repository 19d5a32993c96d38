"""What an administrator should look at first: parts that are not well, people who wait, models that nobody may use."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from knowledge.models import Document
from providers.models import Model
from webui.accounts.models import User
from webui.panel.health_vital import Section, Vital

Level = Literal["down", "warn", "idle"]
_ORDER: tuple[Level, ...] = ("down", "warn", "idle")
_DEGREES: dict[str, Level] = {"down": "down", "warn": "warn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """`name` is set bold before the sentence; 'idle' is worth knowing and nothing that is wrong."""

    level: Level
    name: str
    said: str
    advice: str = ""
    link: str
    link_words: str


def attention(sections: Iterable[Section]) -> list[Attention]:
    """The gravest first; nothing when all is well."""
    vitals = [vital for section in sections for vital in section.vitals]
    found = [_of_vital(vital) for vital in vitals if vital.is_bad]
    found += [one for one in (_people(), _new_models(), _failed()) if one]
    return sorted(found, key=lambda one: _ORDER.index(one.level))


def unassigned() -> "QuerySet[Model]":
    """Chat models that work and that nobody but administrators may use: no rule has let anybody in."""
    offered = Model.objects.filter(kind=Model.Kind.CHAT, present=True, connection__enabled=True, replica_of=None)
    return offered.filter(for_everyone=False, users=None, groups=None)


def _of_vital(vital: Vital) -> Attention:
    return Attention(
        level=_DEGREES[vital.state],
        name=vital.name,
        said=vital.said,
        advice=vital.advice,
        link=vital.link or f"{reverse('panel_health')}#{vital.key}",
        link_words=vital.link_words or _("Look at it"),
    )


def _people() -> Attention | None:
    if not (number := User.objects.waiting().count()):
        return None
    said = ngettext("%(number)d person waits for approval.", "%(number)d people wait for approval.", number)
    return Attention(
        level="warn",
        name=_("People"),
        said=said % {"number": number},
        link=reverse("panel_people"),
        link_words=_("Let them in, or not"),
    )


def _new_models() -> Attention | None:
    if not (number := unassigned().count()):
        return None
    said = ngettext(
        "%(number)d model may be used by administrators alone, until you say who else may.",
        "%(number)d models may be used by administrators alone, until you say who else may.",
        number,
    )
    return Attention(
        level="idle",
        name=_("Models"),
        said=said % {"number": number},
        link=reverse("panel_matrix"),
        link_words=_("Say who may use them"),
    )


def _failed() -> Attention | None:
    if not (number := Document.objects.filter(status=Document.Status.FAILED).count()):
        return None
    said = ngettext("%(number)d document could not be read.", "%(number)d documents could not be read.", number)
    return Attention(
        level="idle",
        name=_("Libraries"),
        said=said % {"number": number},
        advice=_("Their owners see why, and can try again."),
        link=f"{reverse('panel_health')}#worker",
        link_words=_("Look at the queue"),
    )
