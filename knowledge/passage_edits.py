"""Passages changed or switched off by hand. Only the changed one is embedded again. Synchronous.

What was read is kept beside it, so that reading the same text once more keeps the change, and it can be taken back.
Raises `EditRefused` with a sentence for the person, `EmbeddingUnavailable` and `IndexUnavailable`.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from knowledge import embedding, index, keywords
from knowledge.chunking import embedded_text
from knowledge.models import Chunk, Document, Holding, RetrievalSettings

LONGEST = 4000  # characters
# An edited passage stands behind everything that was read, so that it is never taken for a neighbour's other half.
_BEHIND = 1_000_000_000


class EditRefused(Exception):
    """The text is a sentence for the person."""


def edit(chunk: Chunk, text: str) -> None:
    """Let the passage say `text`; what was read again when that is the same."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise EditRefused(_("A passage needs some text. Switch it off instead."))
    if len(text) > LONGEST:
        raise EditRefused(_("A passage has at most %(most)s characters.") % {"most": LONGEST})
    was, start, end = chunk.as_read
    changed = Chunk(document=chunk.document, ordinal=chunk.ordinal, heading=chunk.heading, page=chunk.page)
    changed.text, changed.start, changed.end = text, start, end
    if text != was.strip():
        changed.original = {"text": was, "start": start, "end": end}
        changed.start = _BEHIND + chunk.ordinal * 2 * LONGEST
        changed.end = changed.start + len(text)
    else:
        changed.text = was
    [vector] = embedding.embed_passages([embedded_text(changed, chunk.document.title)])
    _keep(chunk, changed, embedding.pack(vector))


def switch(chunk: Chunk, *, disabled: bool) -> None:
    """A passage that is switched off is never found; it is looked at with each question, so this counts at once."""
    with transaction.atomic():
        Chunk.objects.filter(pk=chunk.pk).update(disabled=disabled)
        _mark(chunk.document)
    chunk.disabled = disabled


def carry_over(before: Sequence[Chunk], new: Sequence[Chunk]) -> int:
    """Does the changes of the old rows to the new ones that were read with the same text; gives how many are lost."""
    changed = {row.as_read[0]: row for row in before if row.is_changed}
    lost = len(changed)
    for chunk in new:
        if row := changed.pop(chunk.text, None):
            lost -= 1
            chunk.disabled = row.disabled
            if row.original is not None:
                chunk.original = {"text": chunk.text, "start": chunk.start, "end": chunk.end}
                chunk.text = row.text
                chunk.start = _BEHIND + chunk.ordinal * 2 * LONGEST
                chunk.end = chunk.start + len(row.text)
    return lost


def _keep(chunk: Chunk, changed: Chunk, vector: bytes) -> None:
    new = {"text": changed.text, "original": changed.original, "start": changed.start, "end": changed.end}
    row, before = _written(chunk, new | {"vector": vector, "fingerprint": embedding.fingerprint()})
    try:
        index.replace_chunk(row)
    except index.IndexUnavailable:
        # All of it or nothing: it would be shown as changed, and found by what it said before.
        _written(chunk, before)
        raise


def _written(chunk: Chunk, values: dict[str, Any]) -> tuple[Chunk, dict[str, Any]]:
    """The passage with these values, and what stood there."""
    with transaction.atomic():
        # Locked, so that two who change it at once do so one after the other: the words that go out must be its own.
        row = Chunk.objects.select_for_update().select_related("document").get(pk=chunk.pk)
        before = {name: getattr(row, name) for name in values}
        keywords.remove_chunks([row.pk])
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        keywords.add([row])
        _mark(row.document)
    return row, before


def _mark(document: Document) -> None:
    changed = document.chunks.filter(Q(disabled=True) | Q(original__isnull=False)).exists()
    Document.objects.filter(pk=document.pk).update(edited=changed, updated_at=timezone.now())
    # Other generations take the change over when a worker comes by.
    here = RetrievalSettings.current().generation
    Holding.objects.filter(document=document).exclude(generation=here).update(whole=False)
