"""A document that was just read is held against the others of its library. In a worker, and again when it changes.

What was found of it before is found anew, but for what somebody has put away. Synchronous.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from knowledge.models import Document, Finding, Print, Statement
from knowledge.radar import sketching
from knowledge.radar.stating import Stated, disagree, statements_in
from knowledge.spans import put_together

if TYPE_CHECKING:
    from django.db.models import QuerySet

Item = TypeVar("Item")
SAME, NEARLY, A_VERSION, NAMED_ALIKE = 0.9, 0.75, 0.35, 0.15
MOST_AT_ONCE = 500  # keys of one query
MOST_CONFLICTS = 40  # of one document
RUNG_AT_ONCE = 8
LOOK_EVERY = 60.0  # seconds between two looks for documents that nobody has looked at
_looked_at = -LOOK_EVERY


def due() -> list[UUID]:
    """Some that are ready and were not looked at since they changed: those of before the radar, and lost bells."""
    global _looked_at  # noqa: PLW0603  one worker, one clock
    if time.monotonic() - _looked_at < LOOK_EVERY:
        return []
    _looked_at = time.monotonic()
    stale = Q(print=None) | Q(print__made_from__lt=F("updated_at"))
    ready = Document.objects.filter(stale, status=Document.Status.READY).exclude(proved_at=None)
    # A proof every day touches nothing else; whoever was looked at since the last reading is left alone.
    return list(ready.order_by("created_at").values_list("pk", flat=True)[:RUNG_AT_ONCE])


def look(document_id: UUID) -> int:
    """How many findings there are of it now. Nothing for one that is gone or not ready."""
    document = Document.objects.filter(pk=document_id, status=Document.Status.READY).first()
    if document is None:
        return 0
    rows = document.chunks.filter(disabled=False).order_by("ordinal")
    text = put_together(rows.values_list("text", "start", "end").iterator())
    made, said = sketching.sketch(text), statements_in(text)
    with transaction.atomic():
        Print.objects.update_or_create(
            document=document,
            defaults={"level": made.level, "sketch": sketching.packed(made), "made_from": document.updated_at},
        )
        Statement.objects.filter(document=document).delete()
        Statement.objects.bulk_create(
            (Statement(document=document, key=one.key, values=list(one.values), sentence=one.sentence) for one in said),
            batch_size=MOST_AT_ONCE,
        )
        involved = set(_of(document).values_list("first_id", "second_id"))
        _of(document).filter(put_away_at=None).delete()
        found = [*_copies(document, made), *_conflicts(document, said)] if document.superseded_at is None else []
        Finding.objects.bulk_create(found, ignore_conflicts=True, batch_size=MOST_AT_ONCE)
        mark_disputed(
            {pk for pair in involved for pk in pair} | {pk for row in found for pk in (row.first_id, row.second_id)}
        )
    return len(found)


def mark_disputed(documents: Iterable[UUID]) -> None:
    """Note with each whether it stands in a conflict now: only then is one looked for when it is cited."""
    wanted = set(documents)
    conflicts = Finding.objects.open().filter(kind=Finding.Kind.CONFLICT)
    for part in _parts(wanted):
        rows = conflicts.filter(Q(first__in=part) | Q(second__in=part)).values_list("first_id", "second_id")
        disputed = {pk for pair in rows for pk in pair} & set(part)
        Document.objects.filter(pk__in=disputed, disputed=False).update(disputed=True)
        Document.objects.filter(pk__in=set(part) - disputed, disputed=True).update(disputed=False)


def _parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    """As many at once as every database takes in one query."""
    listed = list(items)
    return (listed[at : at + MOST_AT_ONCE] for at in range(0, len(listed), MOST_AT_ONCE))


def _of(document: Document) -> "QuerySet[Finding]":
    return Finding.objects.filter(Q(first=document) | Q(second=document))


def _copies(document: Document, made: sketching.Sketch) -> Iterable[Finding]:
    """Others with nearly its words, and other versions of it."""
    others = Print.objects.filter(
        document__library=document.library_id,
        document__status=Document.Status.READY,
        document__superseded_at=None,
    ).exclude(document=document)
    for other in others.select_related("document").iterator(chunk_size=200):
        alike = sketching.alike(made, sketching.unpacked(other.level, bytes(other.sketch)))
        kind = _kind(alike, sketching.same_name(document.name, other.document.name))
        if kind:
            yield _finding(document, other.document, kind, share=alike.share)


def _kind(alike: sketching.Alike, same_name: bool) -> str:
    """All of the shorter in the longer is a copy; much in common, or the same name and something, are versions."""
    if alike.share >= SAME and (alike.both >= NEARLY or not same_name):
        return Finding.Kind.DUPLICATE
    if alike.both >= A_VERSION or (same_name and alike.share >= NAMED_ALIKE):
        return Finding.Kind.VERSION
    return ""


def _conflicts(document: Document, said: Sequence[Stated]) -> Iterable[Finding]:
    mine: dict[int, list[Stated]] = {}
    for one in said:
        mine.setdefault(one.key, []).append(one)
    seen: set[tuple[UUID, int]] = set()
    for keys in _parts(mine):
        others = Statement.objects.filter(
            key__in=keys,
            document__library=document.library_id,
            document__status=Document.Status.READY,
            document__superseded_at=None,
        ).exclude(document=document)
        for other in others.select_related("document").order_by("document_id", "pk"):
            if any(list(one.values) == other.values for one in mine[other.key]):
                continue  # it says so as well, somewhere
            if (other.document_id, other.key) in seen or len(seen) >= MOST_CONFLICTS:
                continue
            for one in mine[other.key]:
                if differs := disagree(one.values, other.values):
                    seen.add((other.document_id, other.key))
                    yield _conflict(document, one, other, differs)
                    break


def _conflict(document: Document, one: Stated, other: Statement, differs: tuple[str, str]) -> Finding:
    finding = _finding(document, other.document, Finding.Kind.CONFLICT, key=one.key)
    mine, theirs = {"sentence": one.sentence, "value": differs[0]}, {"sentence": other.sentence, "value": differs[1]}
    ours_first = finding.first_id == document.pk
    finding.says = {"first": mine if ours_first else theirs, "second": theirs if ours_first else mine}
    return finding


def _finding(one: Document, other: Document, kind: str, **more: object) -> Finding:
    """The one that came earlier stands first."""
    first, second = sorted((one, other), key=lambda row: (row.created_at, row.pk.hex))
    return Finding(library_id=one.library_id, kind=kind, first=first, second=second, **more)
