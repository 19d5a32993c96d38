"""The swap, the way back, and the end of a generation. Raises `NotPossible`.

What serves is one row of `RetrievalSettings`: it names the generation and how to embed for it, so both change together.
"""

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from knowledge import handover, index, keywords
from knowledge.generations.proposing import NotPossible
from knowledge.models import Chunk, Document, FillingGone, Generation, Holding, RetrievalSettings
from knowledge.models.generation import CHOICE

_AT_ONCE = 500


def swap(number: int) -> int:
    """Let this one serve, also to go back; what served is kept. Gives how many documents are read into it after."""
    with transaction.atomic():
        RetrievalSettings.objects.get_or_create(pk=1)
        row = RetrievalSettings.objects.select_for_update().get(pk=1)
        target = Generation.objects.select_for_update().filter(number=number).first()
        if target is None or target.state not in (Generation.State.READY, Generation.State.KEPT):
            raise NotPossible(_("This generation is not ready to serve."))
        # What is being read into the old one is read again into the new: its reader stops at its next write.
        Document.objects.filter(status=Document.Status.PROCESSING).hand_back()
        _keep(row)
        late = target.missing().update(
            status=Document.Status.QUEUED, claim=None, attempts=0, waits=0, retry_at=None, updated_at=timezone.now()
        )
        _count(target)
        for name in CHOICE:
            setattr(row, name, getattr(target, name))
        row.generation = target.number
        row.save()
        Generation.objects.filter(pk=target.pk).update(served_until=None)
    RetrievalSettings.forget()
    return late


def drop(number: int) -> None:
    """Free the room it takes. A proposal is simply forgotten."""
    generation = Generation.objects.filter(number=number).first()
    if generation is None or generation.state in (Generation.State.SERVING, Generation.State.DROPPED):
        raise NotPossible(_("This generation cannot be dropped."))
    if generation.state == Generation.State.PROPOSED:
        generation.delete()
        return
    # Whoever fills it finds out at the next batch.
    Generation.objects.filter(pk=generation.pk).update(dropped_at=timezone.now(), claim=None, lease_until=None)
    from knowledge.tasks import ring_for_generations

    ring_for_generations()


def ask_again(number: int) -> None:
    """Let the saved questions be asked once more of both."""
    Generation.objects.beside().filter(number=number).update(filled_at=None)
    from knowledge.tasks import ring_for_generations

    ring_for_generations()


def clear(number: int) -> bool:
    """Take out what a dropped one held, a part at a time; whether there is more."""
    generation = Generation.take(number)
    if generation is None or generation.dropped_at is None:
        return False
    try:
        with generation.as_settings().pinned():
            for holding in generation.holdings.order_by("pk")[:_AT_ONCE]:
                generation.still_mine()
                if handover.is_leaving():
                    return False
                with transaction.atomic():
                    keywords.remove(holding.document_id)
                    Chunk.objects.filter(document=holding.document_id).delete()
                    holding.delete()
        if generation.holdings.exists():
            return True
        if generation.fingerprint:
            index.remove_generation(generation.fingerprint)
        Generation.objects.filter(pk=generation.pk).update(cleared_at=timezone.now())
    except FillingGone:
        return False
    finally:
        generation.leave()
    return False


def _keep(row: RetrievalSettings) -> None:
    """The one that served until now, as it is: with its address and key, and what it holds of each document."""
    old = Generation.objects.get(number=row.generation)
    choice = {name: getattr(row, name) for name in CHOICE}
    now = timezone.now()
    Generation.objects.filter(pk=old.pk).update(served_until=now, filled_at=old.filled_at or now, **choice)
    old.holdings.all().delete()
    Holding.objects.bulk_create(
        [
            Holding(generation=old, document_id=pk, claim=claim, chunks=chunks, whole=status == Document.Status.READY)
            for pk, claim, chunks, status in Document.objects.values_list("pk", "claim", "chunks_total", "status")
        ],
        batch_size=_AT_ONCE,
    )


def _count(target: Generation) -> None:
    """Documents show the number of passages that they have now."""
    held = Holding.objects.filter(generation=target, document=OuterRef("pk"))
    number = Subquery(held.values("chunks")[:1])
    Document.objects.filter(holdings__generation=target, holdings__whole=True).update(
        chunks_total=number, chunks_done=number
    )
