"""Whether what an old answer cited is still what it was: documents are removed, read anew, and edited."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from chat.models import Source
from knowledge.models import Chunk
from knowledge.spans import Words, put_together, squeezed

JOINED = 8  # chunks on either side that may have been joined to one passage
_COLUMNS = ("document_id", "ordinal", "text", "start", "end")


def mark_changes(sources: Iterable[Source]) -> None:
    """Set `state` of each that its reader may see: `gone`, `changed`, or '' where it stands as it stood.

    One query for all that have a chunk, one more when passages were joined of several. A document that was read anew
    has other chunks: its text is then fetched once, and looked through.
    """
    cited = [source for source in sources if source.chunk is not None and not source.is_shut]
    for source in cited:
        source.state = "" if source.document_id else "gone"
    standing = [source for source in cited if source.document_id]
    if not standing:
        return
    rows = Chunk.objects.filter(pk__in={source.chunk for source in standing})
    chunks = {row.pk: row for row in rows.only(*_COLUMNS)}
    joined, anew = [], []
    for source in standing:
        chunk = chunks.get(source.chunk or 0)
        if chunk is None or chunk.document_id != source.document_id:
            anew.append(source)
        elif _is_longer(source, chunk):
            joined.append((source, chunk))
        elif not _agree(_own(chunk), source.text):
            source.state = "changed"
    anew += _changed_in_places(joined) if joined else []
    if anew:
        _look_through(anew)


def _is_longer(source: Source, chunk: Chunk) -> bool:
    """Neighbours of the chunk were joined to it. What was cut to its best sentences is shorter."""
    return source.end is not None and source.start is not None and source.end - source.start > chunk.end - chunk.start


def _changed_in_places(joined: list[tuple[Source, Chunk]]) -> list[Source]:
    """Those whose words do not stand any more where they stood."""
    around = Q()
    for _source, chunk in joined:
        near = (chunk.ordinal - JOINED, chunk.ordinal + JOINED)
        around |= Q(document=chunk.document_id, ordinal__range=near)
    texts = _texts(around)
    return [source for source, chunk in joined if squeezed(source.own_text) not in squeezed(texts[chunk.document_id])]


def _look_through(sources: list[Source]) -> None:
    texts = {pk: Words(text) for pk, text in _texts(Q(document__in={one.document_id for one in sources})).items()}
    for source in sources:
        words = texts.get(source.document_id)
        if words is None or words.find(source.own_text, source.start) is None:
            source.state = "changed"


def _texts(which: Q) -> dict[Any, str]:
    """The texts of documents, as far as these chunks hold them."""
    pieces: defaultdict[Any, list[tuple[str, int, int]]] = defaultdict(list)
    rows = Chunk.objects.filter(which).order_by("document", "ordinal")
    for document, _ordinal, text, start, end in rows.values_list(*_COLUMNS):
        pieces[document].append((text, start, end))
    return {document: put_together(found) for document, found in pieces.items()}


def _own(chunk: Chunk) -> str:
    return chunk.text[max(len(chunk.text) - (chunk.end - chunk.start), 0) :]


def _agree(chunk: str, passage: str) -> bool:
    """A passage may be cut to the room there was."""
    one, other = squeezed(chunk), squeezed(passage)
    return one in other or other in one
