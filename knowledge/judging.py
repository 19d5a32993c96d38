"""What the legs of a search named, read from the database with the asking person's rights, judged and put in order.

Synchronous.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from knowledge import candidates, packing, ranking, relevance, segmentation
from knowledge.candidates import Row
from knowledge.explaining.trace import Judgement, Trace
from knowledge.index import Hit
from knowledge.passages import Passage
from knowledge.ranking import Found
from knowledge.relevance import Ground
from knowledge.wording import Wording

if TYPE_CHECKING:
    from webui.accounts.models import User

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The passages that have to do with the question, best first, with the chunks they come from."""

    ranked: Sequence[Found]
    rows: Mapping[int, Row]
    wording: Wording
    user: "User"


def ranked(
    legs: Sequence[Leg], user: "User", readable: Sequence[UUID], most: int, trace: Trace | None = None
) -> Judged:
    rows = _rows(user, readable, legs)
    there: dict[tuple[UUID, int] | int, int] = {(row.document_id, row.ordinal): row.pk for row in rows.values()}
    there |= {pk: pk for pk in rows}
    lists = [_lists(leg, there) for leg in legs]
    pools = [ranking.pool(cosines, worded, most) for cosines, worded in lists]
    if trace is not None:
        trace.legs, trace.there, trace.lists, trace.pools, trace.rows = legs, there, lists, pools, rows
    translated = len({segmentation.is_cjk(leg.question) for leg in legs}) > 1
    best: dict[int, float] = {}
    for leg, (cosines, worded), pool in zip(legs, lists, pools, strict=True):
        read = {pk: rows[pk] for pk in pool if not rows[pk].disabled}
        for pk, score in _scores(leg, cosines, worded, read, translated=translated, trace=trace).items():
            best[pk] = max(best.get(pk, 0.0), leg.worth * score)
    order = sorted(best, key=lambda pk: (-best[pk], pk))
    main = max(legs, key=lambda leg: leg.worth)
    return Judged(
        ranked=[_found(rows[pk], best[pk]) for pk in order],
        rows=rows,
        wording=Wording(main.question, main.weights),
        user=user,
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


def _rows(user: "User", readable: Collection[UUID], legs: Sequence[Leg]) -> dict[int, Row]:
    """What still exists of everything that was named, and may be read."""
    asked = set(readable)
    places = {(hit.document_id, hit.ordinal) for leg in legs if leg.near for hit in leg.near.hits}
    pks = {pk for leg in legs for pk in leg.worded or ()}
    return {row.pk: row for row in candidates.named(user, places, pks) if row.library_id in asked}


def _lists(leg: Leg, there: Mapping[tuple[UUID, int] | int, int]) -> tuple[dict[int, float], dict[int, float]]:
    """Both lists of a leg, best first, without what is gone."""
    hits = leg.near.hits if leg.near else ()
    cosines = {
        there[hit.document_id, hit.ordinal]: hit.score for hit in hits if (hit.document_id, hit.ordinal) in there
    }
    return cosines, {pk: score for pk, score in (leg.worded or {}).items() if pk in there}


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
    rows = (judged.rows[found.chunk_id] for found in chosen)
    parts = _wholes(judged, {row.document_id for row in rows if row.may_be_whole and row.end <= candidates.SMALL})
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
    if not documents:
        return {}
    whole: dict[str, tuple[str, int]] = {}
    for document_id, rows in groupby(candidates.of_documents(judged.user, documents), key=lambda row: row[0]):
        chunks = [row[1:] for row in rows]
        text = _together(chunks)
        if text is not None and len(text) <= candidates.SMALL:
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
        disputed=row.disputed,
    )
