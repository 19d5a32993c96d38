"""Whether what an old answer cited is still what it was: documents are removed, superseded, read anew, and edited."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from chat.models import Source
from knowledge.models import Chunk, Document
from knowledge.spans import Words, put_together, squeezed

JOINED = 8  # chunks on either side that may have been joined to one passage
NEAR = 40  # chunks on either side of where a passage must stand, in which it is looked for first
MOST_KNOWN = 10_000
_COLUMNS = ("document_id", "ordinal", "text", "start", "end")


def mark_changes(sources: Iterable[Source]) -> None:
    """Set `state` of each that its reader may see: `gone`, `superseded`, `changed`, or '' where it stands as it stood.

    One query for the documents and one for all that have a chunk, one more when passages were joined of several. A
    document that was read anew has other chunks: `_look_through`.
    """
    cited = [source for source in sources if source.chunk is not None and not source.is_shut]
    for source in cited:
        source.state = "" if source.document_id else "gone"
    standing = [source for source in cited if source.document_id]
    if not standing:
        return
    standing = _without_superseded(standing)
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


def _without_superseded(sources: list[Source]) -> list[Source]:
    """Those that still stand: a superseded one is said to be that, whether or not its words are as they were."""
    named = {source.document_id for source in sources if source.document_id}
    old = set(Document.objects.filter(pk__in=named).exclude(superseded_at=None).values_list("pk", flat=True))
    for source in sources:
        if source.document_id in old:
            source.state = "superseded"
    return [source for source in sources if not source.state]


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
    """Look for what is not in its chunk any more: near where it stood, then in all of its document.

    The latter is remembered until the document changes: half a second for five megabytes, each time somebody looks.
    """
    versions: dict[Any, datetime] = dict(
        Document.objects.filter(pk__in={one.document_id for one in sources}).values_list("pk", "updated_at")
    )
    far = []
    for source in sources:
        known = _known.get(source.pk or 0)
        if known and known[0] == versions.get(source.document_id):
            source.state = known[1]
        else:
            far.append(source)
    by_document: defaultdict[Any, list[Source]] = defaultdict(list)
    for source in _not_near(far):
        by_document[source.document_id].append(source)
    for document, those in by_document.items():
        words = Words(_texts(Q(document=document)).get(document, ""))
        for source in those:
            source.state = "" if words.find(source.own_text, source.start) else "changed"
            _remember(source, versions.get(document))


def _not_near(sources: list[Source]) -> list[Source]:
    """Those that are not found some chunks around where they must stand, if no more than a little came before them."""
    ends = _ends({source.document_id for source in sources})
    around, near = Q(pk=None), {}
    for source in sources:
        last, length = ends.get(source.document_id, (0, 0))
        if length and source.start is not None:
            middle = round(last * min(source.start / length, 1))
            near[id(source)] = range(middle - NEAR, middle + NEAR + 1)
            around |= Q(document=source.document_id, ordinal__range=(middle - NEAR, middle + NEAR))
    rows = list(Chunk.objects.filter(around).order_by("ordinal").values_list(*_COLUMNS)) if near else []
    lost = []
    for source in sources:
        own = [row for row in rows if row[0] == source.document_id and row[1] in near.get(id(source), ())]
        since = own[0][3] if own else 0
        words = Words(put_together(((text, start, end) for _pk, _ordinal, text, start, end in own), since))
        if not words.find(source.own_text, max((source.start or 0) - since, 0)):
            lost.append(source)
    return lost


def _ends(documents: set[Any]) -> dict[Any, tuple[int, int]]:
    """{document: its last chunk's number, and where that ends}."""
    rows = (
        Chunk.objects.filter(document=document)
        .order_by("-ordinal")
        .values_list("document_id", "ordinal", "end")
        .first()
        for document in documents
    )
    return {row[0]: (row[1], row[2]) for row in rows if row}


def _remember(source: Source, version: Any) -> None:
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    if source.pk:
        _known[source.pk] = version, source.state


_known: dict[int, tuple[Any, str]] = {}


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
