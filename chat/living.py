"""Whether what an old answer cited is still what it was: documents are removed, read anew, and edited."""

from collections.abc import Iterable

from chat.evidence.names import squeezed
from chat.models import Source
from knowledge.models import Chunk

SHORT = 12  # letters of a line that say too little to be looked for


def mark_changes(sources: Iterable[Source]) -> None:
    """Set `state` of each: `gone`, `changed`, or '' where it stands as it stood. One query for all that have a chunk.

    A document that was read anew has other chunks: its text is then fetched once more, and looked through.
    """
    cited = [source for source in sources if source.chunk is not None]
    for source in cited:
        source.state = "" if source.document_id else "gone"
    standing = [source for source in cited if source.document_id]
    if not standing:
        return
    rows = Chunk.objects.filter(pk__in={source.chunk for source in standing})
    chunks = {row.pk: row for row in rows.only("document_id", "text", "start", "end")}
    anew = []
    for source in standing:
        chunk = chunks.get(source.chunk or 0)
        if chunk is None or chunk.document_id != source.document_id:
            anew.append(source)
        elif not _agree(chunk.text[-(chunk.end - chunk.start) :], source.text):
            source.state = "changed"
    if anew:
        _look_through(anew)


def _look_through(sources: list[Source]) -> None:
    texts: dict[object, str] = {}
    rows = Chunk.objects.filter(document__in={source.document_id for source in sources}).order_by("document", "ordinal")
    for document, text in rows.values_list("document_id", "text"):
        texts[document] = texts.get(document, "") + squeezed(text)
    for source in sources:
        lines = [squeezed(line) for line in source.text.splitlines()]
        whole = texts.get(source.document_id, "")
        if not all(line in whole for line in lines if len(line) > SHORT):
            source.state = "changed"


def _agree(chunk: str, passage: str) -> bool:
    """A passage may hold its chunk's neighbours, or be cut to the room there was."""
    one, other = squeezed(chunk), squeezed(passage)
    return one in other or other in one
