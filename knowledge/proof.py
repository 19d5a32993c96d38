"""The proof behind "ready": passages of a document, asked for, come back from the real index. Repeated once a day.

`prove` raises `IndexUnavailable`. `sweep` goes through the documents of all libraries in turn, a part each hour; what
is missing of one document is put back at once, and a library that lost more is filled again by a worker.
"""

import logging
import random
import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from knowledge import embedding, index, keywords, mending
from knowledge.embedding import EmbeddingUnavailable
from knowledge.index import IndexIncomplete, IndexUnavailable
from knowledge.models import Chunk, Document, Library
from knowledge.parsing import sentences

PROBES = 3
AGAIN_AFTER = timedelta(hours=20)
# An hour's part: some 10,000 documents a day, for a few seconds each hour.
MOST, SECONDS = 500, 60.0

log = logging.getLogger(__name__)


class NotFoundAgain(IndexUnavailable):
    """The index answers, and has not got what it was given."""


def prove(document: Document, probes: Sequence[Chunk]) -> int:
    """These passages of it, asked for by their own vectors, are found; gives how many they are."""
    for probe in probes:
        hits = index.search([document.library_id], embedding.unpack(bytes(probe.vector or b"")), 10)
        # The same text may stand in ten other documents; then the best score says as much.
        if not any((hit.document_id, hit.ordinal) == (document.pk, probe.ordinal) or hit.score > 0.999 for hit in hits):
            raise NotFoundAgain(sentences.NOT_FOUND_AGAIN)
    return len(probes)


def sample(chunks: Sequence[Chunk]) -> Sequence[Chunk]:
    """A few, from all over the document."""
    return chunks[:: max(1, len(chunks) // PROBES)][:PROBES]


def sweep() -> None:
    """Look at each library as a whole, then prove the documents whose last proof is the oldest."""
    end = time.monotonic() + SECONDS
    try:
        lost = _libraries(end)
        lost |= _documents(end, lost)
    except (IndexUnavailable, EmbeddingUnavailable) as error:
        log.warning("Documents are not proved now: %s", error)
        return
    if lost:
        mending.noticed(lost)


def _libraries(end: float) -> set[UUID]:
    lost = set()
    for library in (
        Library.objects.filter(documents__status=Document.Status.READY, lost_at=None).distinct().order_by("?")
    ):
        if time.monotonic() > end:
            break
        if mending.needs_mending(library):
            lost.add(library.pk)
    return lost


def _documents(end: float, known: Collection[UUID]) -> set[UUID]:
    lost = set(known)
    due = Q(proved_at=None) | Q(proved_at__lt=timezone.now() - AGAIN_AFTER)
    ready = Document.objects.filter(due, status=Document.Status.READY, library__lost_at=None)
    for document in ready.order_by(F("proved_at").asc(nulls_first=True))[:MOST]:
        if time.monotonic() > end:
            break
        if document.library_id in lost:
            continue
        if _is_found(document):
            Document.objects.filter(pk=document.pk, claim=document.claim).update(proved_at=timezone.now())
        else:
            lost.add(document.library_id)
    return lost


def _is_found(document: Document) -> bool:
    """By meaning and by words. What is missing of this document alone is put back."""
    ids = list(document.chunks.values_list("pk", flat=True))
    if missing := keywords.missing(ids):
        keywords.add(list(document.chunks.filter(pk__in=missing).defer("vector")))
        log.warning("The words of %d passages of document %s were put back.", len(missing), document.pk)
    probes = list(document.chunks.filter(pk__in=random.sample(ids, min(PROBES, len(ids)))))
    if not probes or any(probe.vector is None for probe in probes):
        return False
    try:
        prove(document, probes)
    except IndexIncomplete:
        return False
    except NotFoundAgain:
        log.warning("The vectors of document %s are put back.", document.pk)
        index.replace_document(document, list(document.chunks.exclude(vector=None).order_by("ordinal")))
        try:
            prove(document, probes)
        except (NotFoundAgain, IndexIncomplete):
            return False
    return True
