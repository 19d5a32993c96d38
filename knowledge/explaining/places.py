"""Where in a document something stands: the passages that hold a phrase, or come nearest to it."""

from dataclasses import dataclass

from knowledge.explaining.bench import Bench, Candidate
from knowledge.golden.measuring import plain
from knowledge.models import Chunk, Document
from knowledge.wording import Wording

MOST_REPEATED = 400  # characters
MOST_READ = 20_000  # passages of one document


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A passage, and what the bench knows of it; None when neither way of searching named it."""

    chunk: Chunk
    candidate: Candidate | None


def holding(document: Document, phrase: str) -> list[Chunk]:
    """The passages that hold a phrase; two neighbours when it runs over from one to the other."""
    wanted = plain(phrase)
    chunks = _chunks(document)
    texts = [plain(chunk.text) for chunk in chunks]
    if not wanted:
        return []
    if found := [chunk for chunk, text in zip(chunks, texts, strict=True) if wanted in text]:
        return found
    for number in range(len(chunks) - 1):
        first, second = texts[number], texts[number + 1]
        # Passages overlap: what the second repeats must not stand twice.
        most = min(len(first), len(second), MOST_REPEATED)
        repeated = next((size for size in range(most, 0, -1) if first.endswith(second[:size])), 0)
        if wanted in first + second[repeated:]:
            return chunks[number : number + 2]
    return []


def best_of(document: Document, bench: Bench) -> list[Chunk]:
    """The passage of the document that came furthest; the one with most of the question's words when none came far."""
    for candidate in bench.candidates:
        if candidate.document_id == document.pk and candidate.chunk_id:
            return list(document.chunks.filter(pk=candidate.chunk_id))
    if is_blank(document):
        return []
    found = nearest(document, bench.question)
    return [found] if found else []


def nearest(document: Document, phrase: str) -> Chunk | None:
    """The passage that has most of a phrase's words."""
    wording = Wording(phrase)

    def likeness(chunk: Chunk) -> tuple[float, int]:
        seen = wording.overlap(chunk.text)
        return seen.share + seen.pairs, -chunk.ordinal

    return max(_chunks(document), key=likeness, default=None)


def furthest(chunks: list[Chunk], bench: Bench) -> Target:
    order = {one.chunk_id: number for number, one in enumerate(bench.candidates)}
    chunk = min(chunks, key=lambda one: (order.get(one.pk, len(order)), one.ordinal))
    return Target(chunk=chunk, candidate=bench.candidate(chunk.pk))


def is_blank(document: Document) -> bool:
    """Whether some of its pages gave no text."""
    return bool(document.facts.get("without_text")) or not document.chunks.exists()


def _chunks(document: Document) -> list[Chunk]:
    return list(document.chunks.order_by("ordinal").defer("vector")[:MOST_READ])
