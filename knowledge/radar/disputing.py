"""Which passages of one answer contradict each other, by what the radar has found. Synchronous.

No query where fewer than two of the passages come from documents that are in a conflict.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from knowledge.models import Finding
from knowledge.passages import Passage
from knowledge.spans import squeezed


def between(passages: Sequence[Passage]) -> dict[int, list[dict[str, Any]]]:
    """By number: what other numbers say instead, `{"n", "says", "instead", "at", "instead_at"}`, with both dates."""
    disputed = {n: one for n, one in enumerate(passages, 1) if one.disputed and one.document_id}
    documents = {UUID(one.document_id) for one in disputed.values()}
    if len(documents) < 2:
        return {}
    rows = Finding.objects.open().filter(kind=Finding.Kind.CONFLICT, first__in=documents, second__in=documents)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows.select_related("first", "second"):
        left = _saying(disputed, str(row.first_id), row.says["first"]["sentence"])
        right = _saying(disputed, str(row.second_id), row.says["second"]["sentence"])
        dates = row.first.created_at.date().isoformat(), row.second.created_at.date().isoformat()
        if left and right:
            says = row.says["first"]["sentence"], row.says["second"]["sentence"]
            found.setdefault(left, []).append(_told(right, says, dates))
            found.setdefault(right, []).append(_told(left, says[::-1], dates[::-1]))
    return found


def _told(n: int, says: Sequence[str], dates: Sequence[str]) -> dict[str, Any]:
    return {"n": n, "says": says[0], "instead": says[1], "at": dates[0], "instead_at": dates[1]}


def _saying(passages: dict[int, Passage], document: str, sentence: str) -> int | None:
    """The number of the passage of this document in which the sentence stands."""
    wanted = squeezed(sentence)
    return next(
        (n for n, one in passages.items() if one.document_id == document and wanted in squeezed(one.text)), None
    )
