"""What a person picked, a model or an assistant, with the rights of this moment.

The one way from a picker's id to a model, for the picker, the socket, the APIs and every helper call: the whitelist of
`providers.access` decides about models, and here stands on it who may use an assistant. Raises `ModelNotAllowed`.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from chat.models import Assistant, AssistantMakers, Message
from chat.models.assistant import PREFIX
from knowledge.models import Library
from providers.access import ModelNotAllowed, allowed_model, models_for, models_named
from providers.base import ChatMessage
from providers.models import Model

if TYPE_CHECKING:
    from webui.accounts.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Libraries that an assistant answers from with the rights of its owner; their documents stay closed to others."""

    owner: "User"
    libraries: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Models and assistants that could be used at all, by public id, before anybody's rights are looked at."""

    models: Mapping[str, Model]
    assistants: Mapping[str, Assistant] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A model that may be asked now, and the assistant through which it was picked, if it was one."""

    model: Model
    public_id: str
    assistant: Assistant | None = None
    grant: Grant | None = None

    def instructed(self, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
        """The messages with the assistant's instructions before them."""
        return [*instructions(self.assistant), *messages]

    def params(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The person's parameters win; what neither names is not sent at all."""
        return {**(self.assistant.params if self.assistant else {}), **given}

    def web_search(self, wanted: bool) -> bool:
        """An assistant that says nothing leaves the web to the person."""
        said = self.assistant.web_search if self.assistant else None
        return wanted if said is None else said

    def libraries(self, wanted: Iterable[str]) -> list[str]:
        return [*dict.fromkeys([*wanted, *sorted(self.grant.libraries if self.grant else ())])]

    def write_into(self, reply: Message) -> None:
        """Make it the one that writes this reply."""
        reply.model, reply.assistant, reply.model_digest = self.model, self.assistant, self.model.fingerprint
        if self.grant:
            reply.params = {**reply.params, "granted": sorted(self.grant.libraries)}


def chosen(user: "User", ids: Sequence[str], found: Known | None = None) -> list[Choice]:
    """What these ids mean for this person; `found` is what `known` gave for several people."""
    found = known(ids) if found is None else found
    return [_choice(user, public_id, found) for public_id in ids]


def known(ids: Collection[str]) -> Known:
    """One query for models, and two more when an assistant is among them."""
    keys = [key for public_id in ids if (key := _key(public_id))]
    if not keys:
        return Known(models=models_named(ids))
    rows = Assistant.objects.filter(pk__in=keys).select_related("owner").prefetch_related("libraries")
    assistants = {row.public_id: row for row in rows}
    return Known(models=models_named([*ids, *(row.base_model for row in rows)]), assistants=assistants)


def usable(user: "User", models: Collection[str]) -> list[Assistant]:
    """The assistants that are shared with this person and stand on one of `models`, those that the person may use."""
    shared = Assistant.objects.shared_with(user) if user.is_active else ()
    return [assistant for assistant in shared if assistant.base_model in models]


def usual(user: "User") -> list[str]:
    """Where somebody begins who has chosen nothing: the first model in the picker."""
    first = models_for(user).filter(hidden=False).order_by("position", "name").first()
    return [first.public_id] if first else []


def may_make(user: "User") -> bool:
    """Whether this person may make assistants, or go on editing those that are there."""
    if not user.is_active:
        return False
    makers = AssistantMakers.objects.first()
    if user.is_superuser or makers is None or makers.rule == AssistantMakers.Rule.EVERYONE:
        return True
    in_group = makers.groups.filter(pk__in=user.groups.all()).exists
    return makers.rule == AssistantMakers.Rule.GROUPS and in_group()


def instructions(assistant: Assistant | None) -> list[ChatMessage]:
    text = assistant.system.strip() if assistant else ""
    return [ChatMessage(role="system", content=text)] if text else []


def grant_of(reply: Message) -> Grant | None:
    """What the assistant of a reply opens for it."""
    granted = reply.params.get("granted")
    if not granted or reply.assistant is None:
        return None
    return Grant(owner=reply.assistant.owner, libraries=frozenset(granted))


def lent_now(user: "User", assistant: Assistant) -> frozenset[str]:
    """The libraries that this assistant opens for this person now."""
    grant = _granted(assistant) if _is_shared(user, assistant) else None
    return grant.libraries if grant else frozenset()


def _choice(user: "User", public_id: str, found: Known) -> Choice:
    if not public_id.startswith(PREFIX):
        return Choice(model=allowed_model(user, public_id, found.models), public_id=public_id)
    assistant = found.assistants.get(public_id)
    if assistant is None or not _is_shared(user, assistant):
        raise ModelNotAllowed(_("This assistant does not exist here or is not shared with you. Choose another."))
    try:
        model = allowed_model(user, assistant.base_model, found.models)
    except ModelNotAllowed:
        raise ModelNotAllowed(
            _("The assistant “%(name)s” stands on a model that you may not use. Choose another.")
            % {"name": assistant.name}
        ) from None
    return Choice(model=model, public_id=public_id, assistant=assistant, grant=_granted(assistant))


def _is_shared(user: "User", assistant: Assistant) -> bool:
    """Mostly clear without a query; the rest is asked for in the same words as the picker's."""
    if not user.is_active:
        return False
    if assistant.for_everyone or assistant.owner_id == user.pk:
        return True
    return Assistant.objects.shared_with(user).filter(pk=assistant.pk).exists()


def _granted(assistant: Assistant) -> Grant | None:
    """Those of its libraries that its owner may still read."""
    wanted = [library.pk for library in assistant.libraries.all()]
    if not wanted:
        return None
    readable = Library.objects.visible_to(assistant.owner).filter(pk__in=wanted).values_list("pk", flat=True)
    return Grant(owner=assistant.owner, libraries=frozenset(map(str, readable)))


def _key(public_id: str) -> uuid.UUID | None:
    """The key in an assistant's id, which is compared exactly as every id is."""
    try:
        key = uuid.UUID(public_id.removeprefix(PREFIX)) if public_id.startswith(PREFIX) else None
    except ValueError:
        return None
    return key if f"{PREFIX}{key}" == public_id else None
