"""What another embedding model or another way to cut would need, before it is begun.

Raises `NotPossible` with a sentence for the administrator.
"""

import shutil
import time
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from knowledge import embedding
from knowledge.models import Chunk, Document, Generation, Holding, RetrievalSettings
from knowledge.models.generation import CHOICE
from webui.conf import conf

SAMPLE = 8
# Bytes a passage beside its text and its vectors' numbers, measured with 871 passages on SQLite (1,100 with the words,
# 1,180) and rounded up for Chroma's graph. The database holds a vector once, Chroma in its log and in its graph.
_IN_DATABASE, _IN_INDEX = 900, 1400
_VECTOR_COPIES = 3
_SPARE = 200 * 1024 * 1024


class NotPossible(Exception):
    """The text is a sentence for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """`bytes` of disk while both are there, `seconds` of the model's work, when nothing else wants it."""

    documents: int
    passages: int
    characters: int
    bytes: int
    free: int
    seconds: float

    @property
    def fits(self) -> bool:
        return self.bytes + _SPARE < self.free


def changes_anything(chosen: RetrievalSettings) -> bool:
    """Whether what is indexed would not fit this choice: another model, width, prompt or way to cut."""
    now = RetrievalSettings.stored()
    if not Chunk.objects.exists():
        return False
    if (now.chunk_size, now.chunk_overlap) != (chosen.chunk_size, chosen.chunk_overlap):
        return True
    return embedding.fingerprint(source=embedding.endpoint_of(now)) != embedding.fingerprint(
        source=embedding.endpoint_of(chosen)
    )


@transaction.atomic
def propose(chosen: RetrievalSettings) -> Generation:
    """A generation to be looked at, and perhaps begun. An earlier proposal goes."""
    serving = RetrievalSettings.stored().generation
    others = Generation.objects.filter(dropped_at=None, served_until=None).exclude(number=serving)
    if others.exclude(begun_at=None).exists():
        raise NotPossible(_("Another generation is being filled or waits to be swapped in. Swap it or drop it first."))
    others.delete()
    last = Generation.objects.aggregate(last=Max("number"))["last"] or 0
    row = Generation(number=max(last, serving) + 1, **{name: getattr(chosen, name) for name in CHOICE})
    row.need = asdict(_need(row))
    row.save(force_insert=True)
    return row


def need_of(generation: Generation) -> Need | None:
    """As it was reckoned, with the room there is now."""
    if not generation.need:
        return None
    return Need(**generation.need | {"free": shutil.disk_usage(conf.data).free})


def begin(generation: Generation) -> None:
    """Let the workers fill it."""
    need = need_of(generation)
    if need and not need.fits:
        raise NotPossible(_("There is too little room on the disk. Free some, then begin."))
    with transaction.atomic():
        row = RetrievalSettings.stored()
        now = timezone.now()
        served = {name: getattr(row, name) for name in CHOICE} | {"begun_at": now, "filled_at": now}
        Generation.objects.get_or_create(number=row.generation, defaults=served)
        Generation.objects.filter(number=row.generation).update(fingerprint=embedding.fingerprint())
        Generation.objects.filter(pk=generation.pk, begun_at=None).update(begun_at=now)
    from knowledge.tasks import ring_for_generations

    ring_for_generations()


def held(generation: Generation) -> tuple[int, int]:
    """(documents that it has whole, documents there are)."""
    ready = Document.objects.filter(status=Document.Status.READY)
    missing = generation.missing().count()
    return ready.count() - missing, ready.count()


def troubles(generation: Generation) -> tuple[int, int]:
    """(documents that were taken over as they were cut, changes made by hand that were lost)."""
    holdings = Holding.objects.filter(generation=generation)
    lost = sum(holdings.exclude(lost=0).values_list("lost", flat=True))
    return holdings.exclude(problem="").count(), lost


def _need(row: Generation) -> Need:
    """Reckoned from a sample, and from the model's time for it."""
    now = RetrievalSettings.stored()
    documents = Document.objects.filter(status=Document.Status.READY)
    passages = Chunk.objects.count()
    sample = list(Chunk.objects.order_by("pk").annotate(length=Length("text")).only("text")[:: max(1, passages // 200)])
    average = sum(chunk.length for chunk in sample) / max(len(sample), 1)
    growth = (now.chunk_size - now.chunk_overlap) / max(row.chunk_size - row.chunk_overlap, 1)
    expected = round(passages * (growth if growth != 1 else 1))
    average = average * row.chunk_size / now.chunk_size
    texts = [chunk.text for chunk in sample[:SAMPLE]]
    source = embedding.endpoint_of(row.as_settings())
    begun = time.monotonic()
    vectors = embedding.embed_passages(texts, source) if texts else []
    each = (time.monotonic() - begun) / max(len(texts), 1) * (row.chunk_size / now.chunk_size)
    width = len(vectors[0]) if vectors else row.embedding_width or 0
    size = expected * (average * 2 + width * 4 * _VECTOR_COPIES + _IN_DATABASE + _IN_INDEX)
    return Need(
        documents=documents.count(),
        passages=expected,
        characters=round(expected * average),
        bytes=round(size),
        free=shutil.disk_usage(conf.data).free,
        seconds=round(expected * each, 1),
    )
