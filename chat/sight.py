"""What its reader may see of the sources of an answer. The one place that decides it: pages, socket, /api, export.

A right that was taken away takes the text along out of old answers. A row is shut until it was opened here, so that a
way out which forgets to ask shows nothing.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import prefetch_related_objects

from chat import assistants
from chat.models import Message, Source
from knowledge.models import Document, Library

if TYPE_CHECKING:
    from webui.accounts.models import User


def open_sources(user: "User", messages: Sequence[Message]) -> None:
    """Open what this person may read now, in the very rows that `message.sources.all()` gives from here on.

    One query when there are sources of libraries, none otherwise; for what an assistant opened, two more. What is of a
    library that is there no more is `gone`.
    """
    prefetch_related_objects(list(messages), "sources")
    kept = [source for message in messages for source in message.sources.all() if source.is_shut]
    if not kept:
        return
    place = _libraries_of(kept)
    wanted = {pk for pk in place.values() if pk is not None}
    readable = set(Library.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", flat=True))
    for message in messages:
        shut = [source for source in message.sources.all() if source.is_shut and place[source.pk] not in readable]
        lent = _lent(user, message) if shut else frozenset()
        for source in message.sources.all():
            source.opened = place.get(source.pk) in readable | lent
    if closed := [source for source in kept if not source.opened]:
        there = set(Library.objects.filter(pk__in=wanted - readable).values_list("pk", flat=True))
        for source in closed:
            source.state = "" if place[source.pk] in there else "gone"


def _libraries_of(sources: Sequence[Source]) -> dict[int, UUID | None]:
    """By the source's key. Rows from before the library was noted have their document's."""
    unnoted = {source.document_id for source in sources if source.library is None and source.document_id}
    of_document: dict[UUID | None, UUID] = {}
    if unnoted:
        of_document = dict(Document.objects.filter(pk__in=unnoted).values_list("pk", "library_id"))
    return {source.pk: source.library or of_document.get(source.document_id) for source in sources}


def _lent(user: "User", message: Message) -> frozenset[UUID]:
    """Libraries that the answer's assistant opens for this person, as it did then."""
    granted = set(message.params.get("granted", ()))
    if not granted or message.assistant is None:
        return frozenset()
    now = assistants.lent_now(user, message.assistant)
    return frozenset(UUID(pk) for pk in granted & now)
