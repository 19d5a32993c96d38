"""One upload, from stored bytes to "ready". Read `ingest` first; follow the imports for detail.

May run twice, be killed anywhere and find its document deleted: every step replaces what an earlier run wrote, and
every write is made only while the claim on the document is ours.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from django.db import OperationalError, connection, transaction
from django.utils import timezone, translation

from knowledge import copies, embedding, index, keywords, passage_edits, proof, storage
from knowledge.chunking import ChunkText, chunk, embedded_text
from knowledge.embedding import EmbeddingUnavailable
from knowledge.index import IndexUnavailable
from knowledge.models import Chunk, Document, DocumentGone, RetrievalSettings
from knowledge.parsing import ParsedFile, ParseError, extension_of, isolation, sentences

log = logging.getLogger(__name__)
BATCH = 16
HEARTBEAT = 10.0


def ingest(document: Document) -> None:
    """Read a claimed document. Whatever happens to it is in its row afterwards."""
    # One generation from start to end, as it stands now; a swap meanwhile hands the document back to the queue.
    RetrievalSettings.forget()
    # Reasons are stored in English and translated for whoever looks.
    with RetrievalSettings.current().pinned(), translation.override("en"), _heartbeat(document):
        try:
            document.note("taken", attempt=document.attempts)
            chunks = _copied(document) or _made(document)
            _index(document, chunks)
            _prove(document, chunks)
            made = {"made_with": copies.made_with(document), "edited": any(row.is_changed for row in chunks)}
            made |= {"facts": document.facts, "proved_at": timezone.now()}
            document.finish(chunks=len(chunks), pages=document.pages, **made)
        except ParseError as error:
            _give_up(document, error)
        except (EmbeddingUnavailable, IndexUnavailable) as error:
            log.warning("Document %s waits: %s", document.pk, error)
            _wait(document, str(error))
        except DocumentGone:
            _leave_nothing(document)


def _copied(document: Document) -> list[Chunk]:
    """The passages of the same content in another library that may be known of here."""
    found = copies.take_over(document)
    if found is None:
        return []
    twin, chunks = found
    document.facts, document.pages = twin.facts, twin.pages
    document.note("copied", chunks=len(chunks))
    return chunks


def _made(document: Document) -> list[Chunk]:
    parsed = _parse(document)
    chosen = RetrievalSettings.current()
    chunks = _store(document, chunk(parsed.blocks, size=chosen.chunk_size, overlap=chosen.chunk_overlap))
    _embed(document, chunks)
    return chunks


def _parse(document: Document) -> ParsedFile:
    path = storage.path_of(document.file_name)
    if not path.exists():
        raise ParseError(sentences.MISSING)
    begun = time.monotonic()
    parsed = isolation.parse(path, extension_of(document.name), ocr=document.ocr)
    seconds = round(time.monotonic() - begun, 1)
    characters = sum(len(block.text) for block in parsed.blocks)
    document.note("read", parser=parsed.parser, seconds=seconds, characters=characters)
    if parsed.pages:
        document.note("pages", pages=parsed.pages, without=parsed.pages_without_text)
    notes = [[sentence, values] for sentence, values in parsed.notes]
    document.facts = {"parser": parsed.parser, "without_text": parsed.pages_without_text, "notes": notes}
    document.pages = parsed.pages
    document.still_mine()
    return parsed


def _store(document: Document, found: Sequence[ChunkText]) -> list[Chunk]:
    """The chunks as rows. An earlier run's rows are kept when they are the same: their vectors are paid for."""
    if not found:
        raise ParseError(sentences.EMPTY)
    document.note("cut", chunks=len(found))
    here = RetrievalSettings.current().generation
    with transaction.atomic():
        document.progress(0, len(found))
        rows = list(document.chunks.order_by("ordinal"))
        if [_place(row) for row in rows] != [_place(text) for text in found]:
            keywords.remove(document.pk)
            document.chunks.all().delete()
            new = [
                Chunk(
                    document=document, ordinal=ordinal, text=text.text, heading=text.heading,
                    page=text.page, start=text.start, end=text.end, generation=here,
                )
                for ordinal, text in enumerate(found)
            ]  # fmt: skip
            if lost := passage_edits.carry_over(rows, new):
                document.note("lost", lost=lost)
            rows = Chunk.objects.bulk_create(new, batch_size=500)
    return rows


def _place(chunk: ChunkText | Chunk) -> tuple[str, int, int, str, int | None]:
    text, start, end = chunk.as_read if isinstance(chunk, Chunk) else (chunk.text, chunk.start, chunk.end)
    return text, start, end, chunk.heading, chunk.page


def _embed(document: Document, chunks: Sequence[Chunk]) -> None:
    fingerprint, title = embedding.fingerprint(), document.title
    before = {row.pk: earlier for earlier, row in pairwise(chunks)}
    batches = embedded = 0
    for start in range(0, len(chunks), BATCH):
        batch = [row for row in chunks[start : start + BATCH] if row.vector is None or row.fingerprint != fingerprint]
        if batch:
            vectors = embedding.embed_passages([embedded_text(row, title, before.get(row.pk)) for row in batch])
            for row, vector in zip(batch, vectors, strict=True):
                row.vector, row.fingerprint = embedding.pack(vector), fingerprint
            batches, embedded = batches + 1, embedded + len(batch)
        with transaction.atomic():
            document.progress(min(start + BATCH, len(chunks)), len(chunks))
            _keep_vectors(batch)
    kept = len(chunks) - embedded
    if embedded:
        document.note("embedded", chunks=embedded, batches=batches, model=embedding.endpoint().model, kept=kept)


def _keep_vectors(batch: Sequence[Chunk]) -> None:
    """By hand: `bulk_update` builds an expression for each row, which cost a tenth of what embedding it does."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE knowledge_chunk SET vector = %s, fingerprint = %s WHERE id = %s",
            [(bytes(row.vector or b""), row.fingerprint, row.pk) for row in batch],
        )


def _index(document: Document, chunks: Sequence[Chunk]) -> None:
    with transaction.atomic():
        document.progress(len(chunks), len(chunks), Document.Stage.CHECKING)
        keywords.remove(document.pk)
        keywords.add(chunks)
    index.replace_document(document, chunks)
    document.note("indexed", chunks=len(chunks))
    document.still_mine()


def _prove(document: Document, chunks: Sequence[Chunk]) -> None:
    """Ready means found; `proof` repeats it every day."""
    document.note("proved", probes=proof.prove(document, proof.sample(chunks)))


def _give_up(document: Document, error: ParseError) -> None:
    try:
        document.fail(error.sentence, **error.values)
    except DocumentGone:
        _leave_nothing(document)


def _wait(document: Document, sentence: str) -> None:
    try:
        document.wait(sentence)
    except DocumentGone:
        _leave_nothing(document)


def _leave_nothing(document: Document) -> None:
    """Deleted, or another worker's now. If deleted, the index may hold what was written after the deletion."""
    if Document.objects.filter(pk=document.pk).exists():
        return
    try:
        index.remove_document(document)
    except IndexUnavailable:
        log.warning("Vectors of deleted document %s wait for the removal sweep.", document.pk)


@contextmanager
def _heartbeat(document: Document) -> Iterator[None]:
    """Signs of life while a step takes long, from a thread with a database connection of its own."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT):
            try:
                document.still_mine()
            except DocumentGone:
                # The next write of the reader itself finds out as well, and ends it.
                return
            except OperationalError:
                log.warning("A sign of life for document %s could not be written.", document.pk)
            finally:
                connection.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
