"""The passages of a document as a generation is to have them: those that serve, or cut anew from its file."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from knowledge import passage_edits, storage
from knowledge.chunking import chunk
from knowledge.models import Chunk, Document, Generation, RetrievalSettings
from knowledge.parsing import ParseError, extension_of, isolation

_COPIED = ("ordinal", "text", "heading", "page", "start", "end", "disabled", "original")
NOT_READ = gettext_noop("Its file could not be read again, so it is cut as before.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """`lost` changes that were made by hand could not be carried over. `problem` is an English sentence."""

    chunks: list[Chunk]
    lost: int = 0
    problem: str = ""


def cut(document: Document, generation: Generation) -> Cut:
    """Rows that are not stored yet."""
    serving = RetrievalSettings.stored()
    there = list(Chunk.everywhere.filter(document=document, generation=serving.generation).order_by("ordinal"))
    alike = (serving.chunk_size, serving.chunk_overlap) == (generation.chunk_size, generation.chunk_overlap)
    if alike and there:
        return Cut(chunks=_copied(document, there))
    path = storage.path_of(document.file_name)
    try:
        if not document.file_name or not path.is_file():
            raise ParseError(NOT_READ)
        parsed = isolation.parse(path, extension_of(document.name), ocr=document.ocr)
        found = chunk(parsed.blocks, size=generation.chunk_size, overlap=generation.chunk_overlap)
        if not found:
            raise ParseError(NOT_READ)
    except ParseError:
        return Cut(chunks=_copied(document, there), problem=NOT_READ)
    new = [
        Chunk(document=document, ordinal=ordinal, text=text.text, heading=text.heading,
              page=text.page, start=text.start, end=text.end)
        for ordinal, text in enumerate(found)
    ]  # fmt: skip
    return Cut(chunks=new, lost=passage_edits.carry_over(there, new))


def _copied(document: Document, rows: list[Chunk]) -> list[Chunk]:
    return [Chunk(document=document, **{name: getattr(row, name) for name in _COPIED}) for row in rows]
