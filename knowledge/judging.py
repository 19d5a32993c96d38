"""What the legs of a search named, read from the database with the asking person's rights, judged and put in order.

Synchronous. One look at the database finds which chunks still exist, a second reads the best of them, with the rights
as they are at that moment.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import connection

from knowledge import packing, ranking, relevance, segmentation
from knowledge.explaining.trace import Judgement, Trace
from knowledge.index import Hit
from knowledge.models import Chunk, Document, Library, RetrievalSettings
from knowledge.passages import Passage
from knowledge.ranking import Found
from knowledge.relevance import Ground
from knowledge.wording import Wording

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from webui.accounts.models import User

# A document of so few characters is given whole when there is room for it.
SMALL = 2500
WORTH_A_LOOK = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """What was found by meaning, and from which nearness on it counts."""

    hits: Sequence[Hit]
    ground: Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """What one query found; None where that way of searching is down. `weights` say how much each word tells."""

    question: str
    worth: float
    weights: Mapping[str, float]
    near: Near | None
    worded: Mapping[int, float] | None


class Row(NamedTuple):
    """A chunk and what of its document is shown with it. A tuple, because hundreds are read for each question."""

    pk: int
    document_id: UUID
    heading: str
    text: str
    start: int
    end: int
    page: int | None
    name: str
    url: str
    library_id: UUID

    @property
    def above(self) -> str:
        return f"{self.name}\n{self.heading}"


_FIELDS = ("pk", "document_id", "heading", "text", "start", "end", "page")
_ROW = (*_FIELDS, "document__name", "document__url", "document__library_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The passages that have to do with the question, best first, with the chunks they come from."""

    ranked: Sequence[Found]
    rows: Mapping[int, Row]
    wording: Wording
    allowed: "QuerySet[Chunk]"


def ranked(
    legs: Sequence[Leg], user: "User", readable: Sequence[UUID], most: int, trace: Trace | None = None
) -> Judged:
    allowed = Chunk.objects.filter(
        disabled=False,
        document__status=Document.Status.READY,
        document__library__in=Library.objects.visible_to(user).filter(pk__in=readable),
    ).order_by()
    there = _still_there(readable, legs)
    lists = [_lists(leg, there) for leg in legs]
    pools = [ranking.pool(cosines, worded, most) for cosines, worded in lists]
    rows = _rows(allowed, {pk for pool in pools for pk in pool})
    if trace is not None:
        trace.legs, trace.there, trace.lists, trace.pools, trace.rows = legs, there, lists, pools, rows
    translated = len({segmentation.is_cjk(leg.question) for leg in legs}) > 1
    best: dict[int, float] = {}
    for leg, (cosines, worded), pool in zip(legs, lists, pools, strict=True):
        read = {pk: rows[pk] for pk in pool if pk in rows}
        for pk, score in _scores(leg, cosines, worded, read, translated=translated, trace=trace).items():
            best[pk] = max(best.get(pk, 0.0), leg.worth * score)
    order = sorted(best, key=lambda pk: (-best[pk], pk))
    main = max(legs, key=lambda leg: leg.worth)
    return Judged(
        ranked=[_found(rows[pk], best[pk]) for pk in order],
        rows=rows,
        wording=Wording(main.question, main.weights),
        allowed=allowed,
    )


def packed(
    judged: Judged, order: Sequence[Found], *, limit: int, characters: int, trace: Trace | None = None
) -> list[Passage]:
    """As many as fit; documents that are small as a whole, where there is room."""
    fates = None if trace is None else trace.packed
    chosen = packing.pack(order, judged.wording, limit=limit, characters=characters, fates=fates)
    left = characters - sum(len(found.text) for found in chosen)
    sent = [_passage(judged.rows[found.chunk_id], found) for found in _widened(judged, chosen, left)]
    if trace is not None:
        trace.ranked, trace.order, trace.sent = judged.ranked, order, sent
    return sent


def _still_there(readable: Sequence[UUID], legs: Sequence[Leg]) -> dict[tuple[UUID, int] | int, int]:
    """The chunks of finished documents that still exist: by place for one leg, by id for the other."""
    pks = {pk for leg in legs for pk in leg.worded or ()}
    places = {(hit.document_id, hit.ordinal) for leg in legs if leg.near for hit in leg.near.hits}
    as_stored = {_stored(document): document for document, _ordinal in places}
    # Written by hand: a hundred places in one look, which the ORM has no words for. Joined, since SQLite reads the
    # whole table for pairs that are IN something.
    wanted, values = [], list[Any]()
    if pks:
        wanted.append(f"(VALUES {', '.join(['(%s)'] * len(pks))}) p JOIN knowledge_chunk c ON c.id = p.column1")
        values += [pks]
    if places:
        pairs = ", ".join(["(%s, %s)"] * len(places))
        wanted.append(
            f"(VALUES {pairs}) p JOIN knowledge_chunk c ON c.document_id = p.column1 AND c.ordinal = p.column2"
        )
        values += [[value for document, ordinal in places for value in (_stored(document), ordinal)]]
    found: dict[tuple[UUID, int] | int, int] = {}
    with connection.cursor() as cursor:
        for those, given in zip(wanted, values, strict=True):
            cursor.execute(  # what is put in are placeholders alone
                f"SELECT c.id, c.document_id, c.ordinal FROM {those}"  # noqa: S608
                " JOIN knowledge_document d ON d.id = c.document_id"
                f" WHERE c.generation = %s AND d.status = %s AND d.library_id IN ({_marks(readable)})",
                [*given, RetrievalSettings.current().generation, Document.Status.READY, *map(_stored, readable)],
            )
            for pk, document, ordinal in cursor.fetchall():
                found[pk] = pk
                if document in as_stored:
                    found[as_stored[document], ordinal] = pk
    return found


def _marks(values: Collection[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _stored(key: UUID) -> Any:
    return Document._meta.pk.get_db_prep_value(key, connection)


def _lists(leg: Leg, there: Mapping[tuple[UUID, int] | int, int]) -> tuple[dict[int, float], dict[int, float]]:
    """Both lists of a leg, best first, without what is gone."""
    hits = leg.near.hits if leg.near else ()
    cosines = {
        there[hit.document_id, hit.ordinal]: hit.score for hit in hits if (hit.document_id, hit.ordinal) in there
    }
    return cosines, {pk: score for pk, score in (leg.worded or {}).items() if pk in there}


def _rows(allowed: "QuerySet[Chunk]", pks: set[int]) -> dict[int, Row]:
    return {row[0]: Row(*row) for row in allowed.filter(pk__in=pks).values_list(*_ROW)}


def _scores(
    leg: Leg,
    cosines: Mapping[int, float],
    worded: Mapping[int, float],
    read: Mapping[int, Row],
    *,
    translated: bool,
    trace: Trace | None,
) -> dict[int, float]:
    """0…1, best first, of what has to do with the question."""
    lacking: dict[int, float] | None = None if trace is None else {}
    wording, ground = Wording(leg.question, leg.weights), leg.near.ground if leg.near else None
    overlaps = {pk: wording.overlap(row.text, row.above) for pk, row in read.items()}
    heights = {pk: ground.over_all(cosine) for pk, cosine in cosines.items()} if ground else {}
    kept = relevance.relevant(
        leg.question,
        {pk: row.text for pk, row in read.items()},
        cosines,
        ground,
        {pk: max(overlap.share, overlap.whole) for pk, overlap in overlaps.items()},
        translated=translated,
        lacking=lacking,
    )
    script = segmentation.is_cjk(leg.question)
    scores = ranking.judged(
        {pk: overlaps[pk] for pk in kept},
        heights,
        worded,
        {pk: read[pk].document_id for pk in kept},
        {pk for pk in kept if segmentation.is_cjk(read[pk].text) != script},
    )
    if trace is not None:
        trace.judgements.append(Judgement(overlaps=overlaps, lacking=lacking or {}, scores=scores))
    return scores


def _widened(judged: Judged, chosen: Sequence[Found], left: int) -> list[Found]:
    """With room to spare, the whole of small documents in place of their passages; the others as they are."""
    if left < WORTH_A_LOOK:
        return list(chosen)
    parts = _wholes(judged, {UUID(found.document_id) for found in chosen})
    widened: list[Found] = []
    whole: set[str] = set()
    for found in chosen:
        if found.document_id in whole:
            continue
        text, end = parts.get(found.document_id, ("", 0))
        if text and len(text) - len(found.text) <= left:
            left -= len(text) - len(found.text)
            whole.add(found.document_id)
            widened.append(replace(found, text=text, start=0, end=end))
        else:
            widened.append(found)
    return widened


def _wholes(judged: Judged, documents: set[UUID]) -> dict[str, tuple[str, int]]:
    """{document: its whole text and where it ends} of those that are small, where their chunks leave no gap."""
    small = (
        judged.allowed.filter(document__in=documents, document__edited=False, document__chunks_total__lte=SMALL // 100)
        .order_by("document_id", "ordinal")
        .values_list("document_id", "heading", "start", "end", "text")
    )
    whole: dict[str, tuple[str, int]] = {}
    for document_id, rows in groupby(small, key=lambda row: row[0]):
        chunks = [row[1:] for row in rows]
        text = _together(chunks)
        if text is not None and len(text) <= SMALL:
            whole[str(document_id)] = text, chunks[-1][2]
    return whole


def _together(chunks: Sequence[tuple[str, int, int, str]]) -> str | None:
    """The text that chunks were cut from, each new heading on a line of its own; None when a part is missing."""
    text, heading, at = "", chunks[0][0], 0
    for its_heading, start, end, its_text in chunks:
        if start > at + ranking.GAP:
            return None
        own = its_text[len(its_text) - (end - start) :][max(at - start, 0) :]
        above = f"{its_heading}\n" if its_heading != heading else ""
        text += ("\n\n" if text and (above or start > at) else "") + above + own
        heading, at = its_heading, max(at, end)
    return text


def _found(row: Row, score: float) -> Found:
    return Found(
        chunk_id=row.pk,
        document_id=str(row.document_id),
        heading=row.heading,
        text=row.text,
        start=row.start,
        end=row.end,
        score=score,
    )


def _passage(row: Row, found: Found) -> Passage:
    return Passage(
        text=found.text,
        title=row.name,
        score=round(found.score, 4),
        url=row.url,
        document_id=found.document_id,
        document_name=row.name,
        library_id=str(row.library_id),
        page=row.page,
        heading=found.heading,
        chunk_id=row.pk,
        start=found.start,
        end=found.end,
    )
