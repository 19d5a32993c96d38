"""Fills a generation beside the one that serves, document by document, while nothing else waits for the model.

Everything it has is in rows: a worker that is killed leaves passages with the vectors they got, and the next one goes
on. Documents that come, change or go meanwhile are taken in again, for as long as the generation is kept, so that a
swap in either direction loses none.
"""

import logging
import time
from collections.abc import Sequence
from itertools import pairwise

from django.db import IntegrityError, transaction

from knowledge import embedding, gathered, handover, index, keywords, proof
from knowledge.chunking import embedded_text
from knowledge.embedding import EmbeddingUnavailable
from knowledge.generations import comparing, cutting
from knowledge.index import IndexUnavailable
from knowledge.models import Chunk, Document, DocumentGone, FillingGone, Generation, Holding, Library

BATCH = 16
SLICE = 60.0  # seconds until a worker looks whether there is something better to do

log = logging.getLogger(__name__)


class SomethingElseFirst(Exception):
    """New documents wait, or this worker is asked to go."""


def fill(number: int) -> bool:
    """A slice of it; whether there is more to be done at once."""
    generation = Generation.take(number)
    if generation is None:
        return False
    problem, more = "", False
    try:
        with generation.as_settings().pinned():
            more = _fill(generation)
    except SomethingElseFirst:
        log.debug("Generation %d waits for documents.", number)
    except FillingGone:
        return False
    except (EmbeddingUnavailable, IndexUnavailable) as error:
        log.warning("Generation %d waits: %s", number, error)
        problem = str(error)
    finally:
        generation.leave(problem=problem)
    return more


def is_busy() -> bool:
    """Whether a worker has something better to do."""
    return handover.is_leaving() or Document.objects.waiting().exists()


def _fill(generation: Generation) -> bool:
    if not generation.fingerprint:
        generation.fingerprint = embedding.fingerprint()
        Generation.objects.filter(pk=generation.pk).update(fingerprint=generation.fingerprint)
    end = time.monotonic() + SLICE
    for document in generation.missing().select_related("library")[:200]:
        _look_up(generation)
        take_in(generation, document)
        if time.monotonic() > end:
            return True
    if generation.missing().exists():
        return True
    if generation.filled_at is None:
        _complete(generation)
    return False


def take_in(generation: Generation, document: Document) -> None:
    """One document, whole. Raises what the model and the index raise; a document that goes meanwhile is left."""
    try:
        holding, _new = Holding.objects.update_or_create(
            generation=generation, document=document, defaults={"whole": False, "claim": document.claim}
        )
        cut = cutting.cut(document, generation)
        rows = _stored(document, generation, cut.chunks)
        _embed(generation, document, rows)
        with transaction.atomic():
            keywords.remove(document.pk)
            keywords.add(rows)
        index.replace_document(document, rows)
        proof.prove(document, proof.sample(rows))
        # Read anew meanwhile, it is missing again; deleted, it takes this row with it.
        same = Document.objects.filter(pk=document.pk, claim=document.claim).exists()
        if not Holding.objects.filter(pk=holding.pk).update(
            whole=same, chunks=len(rows), lost=cut.lost, problem=cut.problem
        ):
            raise DocumentGone(str(document.pk))
    except (IntegrityError, DocumentGone):
        if not Document.objects.filter(pk=document.pk).exists():
            index.remove_document(document)


def _stored(document: Document, generation: Generation, wanted: Sequence[Chunk]) -> list[Chunk]:
    """As rows. Those that an earlier run stored are kept when they are the same: their vectors are paid for."""
    with transaction.atomic():
        if not Document.objects.select_for_update().filter(pk=document.pk).exists():
            raise DocumentGone(str(document.pk))
        rows = list(document.chunks.order_by("ordinal"))
        if [_content(row) for row in rows] == [_content(row) for row in wanted]:
            return rows
        paid = {(row.text, row.heading): bytes(row.vector) for row in rows if row.vector is not None}
        keywords.remove(document.pk)
        document.chunks.all().delete()
        for row in wanted:
            row.generation = generation.number
            if vector := paid.get((row.text, row.heading)):
                row.vector, row.fingerprint = vector, generation.fingerprint
        return Chunk.objects.bulk_create(wanted, batch_size=500)


def _content(row: Chunk) -> tuple[object, ...]:
    return row.text, row.start, row.end, row.heading, row.page, row.disabled, row.original


def _embed(generation: Generation, document: Document, rows: Sequence[Chunk]) -> None:
    before = {row.pk: earlier for earlier, row in pairwise(rows)}
    missing = [row for row in rows if row.vector is None or row.fingerprint != generation.fingerprint]
    for start in range(0, len(missing), BATCH):
        _look_up(generation)
        batch = missing[start : start + BATCH]
        vectors = embedding.embed_passages([embedded_text(row, document.title, before.get(row.pk)) for row in batch])
        for row, vector in zip(batch, vectors, strict=True):
            row.vector, row.fingerprint = embedding.pack(vector), generation.fingerprint
        Chunk.objects.bulk_update(batch, ["vector", "fingerprint"])


def _look_up(generation: Generation) -> None:
    generation.still_mine()
    if is_busy():
        raise SomethingElseFirst


def _complete(generation: Generation) -> None:
    """Everything is in: each library is looked at as a whole, and saved questions are asked of both."""
    for library in Library.objects.filter(documents__status=Document.Status.READY).distinct():
        generation.still_mine()
        if not index.is_whole(library):
            index.rebuild(library)
    if any(gathered.exists(one) for one in Generation.fingerprints() - {generation.fingerprint}):
        gathered.gather(generation.fingerprint)
    comparing.compare(generation)
