"""Libraries made for a test: real rows, real vectors, real indexes, without reading a file."""

import itertools

from knowledge import embedding, index, keywords
from knowledge.models import Chunk, Document, Library

_numbers = itertools.count(1)


def library_of(user, name="Handbook"):
    return Library.objects.create(owner=user, name=name)


def document_in(library, *texts, name="", vectors=True, heading="", gap=100):
    """A ready document with these chunks, so far apart; `vectors` False leaves it to the keyword index."""
    number = next(_numbers)
    document = Document.objects.create(
        library=library, name=name or f"note {number}.txt", sha256=f"{number:064x}", status=Document.Status.READY,
        chunks_total=len(texts),
    )  # fmt: skip
    chunks, start = [], 0
    found = embedding.embed_passages(list(texts)) if vectors else [None] * len(texts)
    for ordinal, (text, vector) in enumerate(zip(texts, found, strict=True)):
        end = start + len(text)
        chunk = Chunk(document=document, ordinal=ordinal, text=text, heading=heading, start=start, end=end)
        if vector:
            chunk.vector, chunk.fingerprint = embedding.pack(vector), embedding.fingerprint()
        chunk.save()
        chunks.append(chunk)
        start = end + gap
    keywords.add(chunks)
    if vectors:
        index.replace_document(document, chunks)
    return document
