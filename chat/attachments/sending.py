"""The files of a question that is about to be stored: may they go with it, and can its models see them?

Raises `CommandRejected`. A question without files costs nothing here.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chat.models import Attachment, Conversation, Message
from chat.refusal import CommandRejected
from providers.access import models_for
from providers.models import Model

if TYPE_CHECKING:
    from webui.accounts.models import User

VISION = "vision"
MOST_NAMED = 3


def chosen(user: "User", ids: Sequence[UUID]) -> list[Attachment]:
    """One's own files by their ids, in this order. Anybody else's are not there."""
    if not ids:
        return []
    wanted = list(dict.fromkeys(ids))
    found = {row.pk: row for row in Attachment.objects.filter(owner=user, pk__in=wanted).defer("text")}
    if len(found) != len(wanted):
        raise CommandRejected(_("One of the attached files does not exist any more. Attach it again."))
    for attachment in found.values():
        if attachment.state == Attachment.State.FAILED:
            raise CommandRejected(f"{attachment.name}: {attachment.problem}", code="unreadable_file")
    return [found[pk] for pk in wanted]


def of_message(message_id: int) -> list[Attachment]:
    """What a question was sent with."""
    through = Attachment.messages.through.objects.filter(message=message_id)
    rows = through.select_related("attachment").defer("attachment__text").order_by("pk")
    return [row.attachment for row in rows]


def check_seen(user: "User", models: Iterable[Model], files: Sequence[Attachment]) -> None:
    """Pictures go to models that see; to another they would be a question about nothing."""
    if any(file.kind == Attachment.Kind.IMAGE for file in files):
        refuse_blind(user, models)


def refuse_blind(user: "User", models: Iterable[Model]) -> None:
    """Before a picture is sent to these models."""
    if blind := [model for model in models if VISION not in model.abilities]:
        raise CommandRejected(_no_vision(user, blind[0]), code="no_vision")


def seeing_models(user: "User") -> list[Model]:
    """Those of the models this person may use that can look at pictures, in the picker's order."""
    rows = models_for(user).filter(hidden=False, replica_of=None).order_by("position", "name")
    return [model for model in rows if VISION in model.abilities]


def link(sent: Iterable[tuple[Message, Sequence[Attachment]]], conversations: Iterable[Conversation]) -> None:
    """Store what goes with which question; `conversations` are those that had no files before."""
    pairs = [(message, file) for message, files in sent for file in files]
    through = Attachment.messages.through
    through.objects.bulk_create(through(message=message, attachment=file) for message, file in pairs)
    new = {file.pk for _message, file in pairs if file.sent_at is None}
    if new:
        Attachment.objects.filter(pk__in=new).update(sent_at=timezone.now())
    if begun := [chat.pk for chat in conversations]:
        Conversation.objects.filter(pk__in=begun).update(has_files=True)


def _no_vision(user: "User", blind: Model) -> str:
    able = seeing_models(user)
    if not able:
        return _(
            "%(model)s cannot look at pictures, and no model that you may use can. Remove the picture, or ask an"
            " administrator for a model with vision."
        ) % {"model": blind.name}
    return ngettext(
        "%(model)s cannot look at pictures. This model can: %(others)s.",
        "%(model)s cannot look at pictures. These models can: %(others)s.",
        len(able),
    ) % {"model": blind.name, "others": _listed(able)}


def _listed(models: Sequence[Model]) -> str:
    names = [model.name for model in models[:MOST_NAMED]]
    return ", ".join(names) + (" …" if len(models) > MOST_NAMED else "")
