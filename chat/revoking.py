"""Answers that are being written for somebody who lost the right to them: they are stopped, whoever writes them."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model

from chat.assistants import chosen
from chat.models import Message
from providers.access import ModelNotAllowed


def recheck(people: Iterable[int] | None = None) -> int:
    """Look at the running answers, of all or of these people, as the rights are now. How many are stopped.

    Only the wish is written; the process that writes an answer looks for it every second.
    """
    running = Message.objects.filter(state=Message.State.RUNNING)
    if people is not None:
        running = running.filter(conversation__owner__in=list(people))
    rows = list(running.values_list("pk", "conversation__owner", "model_name"))
    users = get_user_model().objects.in_bulk({owner for _pk, owner, _model in rows})
    lost = [pk for pk, owner, model in rows if not _may(users[owner], model)]
    return Message.objects.filter(pk__in=lost, state=Message.State.RUNNING).update(stop_requested=True) if lost else 0


def _may(user: object, model: str) -> bool:
    try:
        return bool(chosen(user, [model]))  # type: ignore[arg-type]
    except ModelNotAllowed:
        return False
