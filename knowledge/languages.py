"""Which script libraries are written in, from a look at a few of their passages; kept for some minutes."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models.functions import Left

from knowledge import segmentation
from knowledge.models import Chunk, Document

LOOKED_AT = 12  # passages of a library
MAINLY = 0.8
KNOWN_FOR = 600.0  # seconds
_SAMPLE = 200
_known: dict[UUID, tuple[float, tuple[str, ...]]] = {}

_KANA = re.compile("[\u3041-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_ENGLISH = frozenset(
    {"the", "of", "and", "to", "in", "is", "that", "for", "with", "are", "as", "on", "by", "be", "from"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What libraries are mainly written in: without spaces or with, the language's English name where it is told by
    its look, and a few words of it."""

    cjk: bool
    language: str
    sample: str


def written_in(library_ids: Sequence[UUID | str]) -> Written | None:
    """None when they are empty, or written in both kinds of script. Synchronous."""
    samples = [text for library_id in library_ids for text in _samples(UUID(str(library_id)))]
    if not samples:
        return None
    unspaced = [text for text in samples if segmentation.is_cjk(text)]
    cjk = len(unspaced) >= MAINLY * len(samples)
    if not cjk and len(unspaced) > (1 - MAINLY) * len(samples):
        return None
    mainly = [text for text in samples if segmentation.is_cjk(text) == cjk]
    return Written(cjk=cjk, language=_language(" ".join(mainly), cjk), sample=max(mainly, key=len))


def _samples(library_id: UUID) -> tuple[str, ...]:
    until, texts = _known.get(library_id, (0.0, ()))
    if until < time.monotonic():
        chunks = Chunk.objects.filter(document__library=library_id, document__status=Document.Status.READY)
        texts = tuple(chunks.order_by("ordinal", "-pk").values_list(Left("text", _SAMPLE), flat=True)[:LOOKED_AT])
        # One that is still empty may be filled the next moment.
        _known[library_id] = time.monotonic() + (KNOWN_FOR if texts else 0.0), texts
    return texts


def _language(text: str, cjk: bool) -> str:
    if cjk:
        if _HANGUL.search(text):
            return "Korean"
        return "Japanese" if len(_KANA.findall(text)) * 20 > len(text) else "Chinese"
    words = text.lower().split()
    return "English" if sum(word in _ENGLISH for word in words) * 8 > len(words) else ""
