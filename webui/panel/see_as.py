"""What a person has, and why: models, assistants, libraries, limits. Read-only, and never what a person wrote."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from chat import picker
from chat.assistants import may_make
from chat.models import Assistant
from knowledge.models import Library
from providers.access import models_for
from providers.models import Model
from providers.reasons import Chain, why, why_each
from webui.accounts.models import User
from webui.panel.base import administrator_required
from webui.panel.limits import held_by

MOST_SUGGESTED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Something a person has, with the rules that give it."""

    name: str
    reasons: tuple[str, ...]
    note: str = ""
    pk: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything that a person has. `listed` are the ids of the picker itself."""

    listed: tuple[str, ...]
    models: tuple[Seen, ...]
    assistants: tuple[Seen, ...]
    libraries: tuple[Seen, ...]
    own_libraries: int
    makes_assistants: bool


def view_of(person: User) -> View:
    """Through the same doors as the person's own pages."""
    offered = picker.offered(person)
    mine = set(person.groups.values_list("pk", flat=True))
    shared = Library.objects.visible_to(person).exclude(owner=person).select_related("owner")
    models = list(models_for(person).order_by("position", "name"))
    chains = why_each(person, models)
    return View(
        listed=tuple(one["id"] for one in offered),
        models=tuple(_model(model, chains[model.pk]) for model in models),
        assistants=tuple(_assistant(one, person.pk, mine) for one in _assistants(offered)),
        libraries=tuple(Seen(name=one.name, reasons=(_from(one.owner),)) for one in shared),
        own_libraries=Library.objects.filter(owner=person).count(),
        makes_assistants=may_make(person),
    )


@administrator_required
def sees(request: HttpRequest, pk: int) -> HttpResponse:
    """`?model=` asks about one model, by its id, whether the person may use it or not."""
    person = get_object_or_404(User, pk=pk)
    asked = request.GET.get("model", "").strip()
    context: dict[str, Any] = {
        "section": "people",
        "person": person,
        "groups": person.groups.order_by("name"),
        "held": held_by(person),
        "asked": asked,
        "names": Model.objects.order_by("public_id").values_list("public_id", flat=True)[:MOST_SUGGESTED],
    }
    if asked:
        model = Model.objects.select_related("connection").filter(public_id=asked).first()
        context |= {"model": model, "chain": why(person, model) if model else None}
    return render(request, "panel/see_as.html", context | {"view": view_of(person)})


def _model(model: Model, chain: Chain) -> Seen:
    note = _("not in the list, but usable by its name") if model.hidden else ""
    return Seen(name=model.public_id, reasons=tuple(rule.text for rule in chain.decisive), note=note, pk=model.pk)


def _assistants(offered: list[dict[str, Any]]) -> list[Assistant]:
    ids = [one["id"].partition(":")[2] for one in offered if one["kind"] == "assistant"]
    return list(Assistant.objects.filter(pk__in=ids).select_related("owner").prefetch_related("users", "groups"))


def _assistant(assistant: Assistant, person: int, mine: set[int]) -> Seen:
    reasons = []
    if assistant.owner_id == person:
        reasons.append(_("Made by this person."))
    if assistant.for_everyone:
        reasons.append(_("Shared with everyone."))
    if any(user.pk == person for user in assistant.users.all()):
        reasons.append(_from(assistant.owner))
    reasons += [
        _("Shared with the group “%(name)s”.") % {"name": group.name}
        for group in assistant.groups.all()
        if group.pk in mine
    ]
    return Seen(name=assistant.name, reasons=tuple(reasons), note=assistant.base_model, pk=assistant.pk)


def _from(owner: User) -> str:
    return _("Shared by %(name)s.") % {"name": owner.display_name}


urlpatterns: list[URLPattern] = [path("admin/people/<int:pk>/sees/", sees, name="panel_person_sees")]
