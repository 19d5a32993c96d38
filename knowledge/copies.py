"""The same bytes in another library are not read and embedded again: their passages and vectors are taken over.

Only from a document that is ready, was read in the same way by the same code, and whose passages nobody has changed;
and only from a library that everybody who sees this one may read: what is ready sooner tells that somebody had it.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from knowledge import embedding
from knowledge.models import Chunk, Document, Library, RetrievalSettings
from knowledge.parsing import extension_of

_COPIED = ("ordinal", "text", "heading", "page", "start", "end", "vector", "fingerprint")


def made_with(document: Document) -> str:
    """What reads and cuts it: another ending, OCR, or a change of our code reads it differently."""
    way = "ocr" if document.ocr else ""
    return f"{_code()}-{extension_of(document.name)[:12]}-{way}".rstrip("-")


def take_over(document: Document) -> tuple[Document, list[Chunk]] | None:
    """The passages of a twin as this document's own rows, and the twin; None when there is none."""
    twin = _twin(document)
    if twin is None:
        return None
    fingerprint = embedding.fingerprint()
    with transaction.atomic():
        document.progress(0, twin.chunks_total)
        found = list(twin.chunks.order_by("ordinal"))
        if len(found) != twin.chunks_total or any(_differs(row, fingerprint) for row in found):
            return None
        document.chunks.all().delete()
        here = RetrievalSettings.current().generation
        rows = [
            Chunk(document=document, generation=here, **{name: getattr(row, name) for name in _COPIED}) for row in found
        ]
        return twin, Chunk.objects.bulk_create(rows, batch_size=500)


def _twin(document: Document) -> Document | None:
    if document.chunks.exists():
        return None  # an earlier run has begun, or somebody has changed passages: those are gone on with
    same = Document.objects.filter(
        sha256=document.sha256, made_with=made_with(document), status=Document.Status.READY, edited=False,
        library__in=_open_to_all_of(document.library),
    ).exclude(pk=document.pk)  # fmt: skip
    # One of the same name, if there is one: the title is a part of what was embedded.
    twins: Sequence[Document] = list(same.order_by("created_at")[:20])
    return next((twin for twin in twins if twin.name == document.name), twins[0] if twins else None)


def _open_to_all_of(library: Library) -> QuerySet[Library]:
    """Whoever sees how long reading takes here may know what these hold."""
    if library.for_everyone or library.shares.exists():
        return Library.objects.exclude(for_everyone="")
    return Library.objects.visible_to(library.owner)


def _differs(row: Chunk, fingerprint: str) -> bool:
    return row.vector is None or row.fingerprint != fingerprint or row.is_changed


@cache
def _code() -> str:
    """The readers and the cutter as they are now: nobody has to think of a version."""
    here = Path(__file__).resolve().parent
    digest = hashlib.sha256(version("kreuzberg").encode())
    for path in [*sorted(here.glob("parsing/*.py")), here / "chunking.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
