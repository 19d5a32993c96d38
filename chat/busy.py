"""Whether any process is writing an answer on a connection: for work that has to stay out of its way."""

from typing import TYPE_CHECKING

from django.db.models import Q

from chat.models import Message

if TYPE_CHECKING:
    from providers.models import Connection


def is_anybody_answered() -> bool:
    """On whichever connection."""
    return Message.objects.filter(state=Message.State.RUNNING).exists()


def is_answering(connection: "Connection") -> bool:
    """Also when another host of its pool may be the one that writes: nobody else knows which."""
    on_it = Q(model__connection=connection)
    if connection.pool:
        on_it |= Q(model__connection__pool=connection.pool)
    return Message.objects.filter(on_it, state=Message.State.RUNNING).exists()
