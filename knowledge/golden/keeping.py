"""Test questions as rows: kept, changed, forgotten. Who may write the library may do so; the caller has asked the door.

Raises `NotKept` with a sentence for the person.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.golden.measuring import Asked, Expected, plain
from knowledge.models import Document, GoldenQuestion, Library

if TYPE_CHECKING:
    from webui.accounts.models import User

MOST = 300  # of a library
MOST_EXPECTED = 12
LONGEST, LONGEST_QUOTE = 2000, 4000


class NotKept(Exception):
    """The text is a sentence for the person."""


def questions_of(library: Library) -> list[Asked]:
    """All test questions of a library, oldest first."""
    return [asked_of(row) for row in library.golden_questions.all()]


def asked_of(row: GoldenQuestion) -> Asked:
    return Asked(
        key=row.pk,
        text=row.text,
        expected=tuple(
            Expected(document_id=one["document"], document_name=one["name"], quote=one["quote"]) for one in row.expected
        ),
    )


@transaction.atomic
def keep(library: Library, user: "User | None", text: str, expected: Iterable[Expected]) -> GoldenQuestion:
    """A question with what answers it; when the library has this question already, what answers it is added there."""
    text = " ".join(text.replace("\x00", "").split())[:LONGEST]
    if not text:
        raise NotKept(_("A test question needs a question."))
    # Locked, so that two who keep the same question do so one after the other.
    Library.objects.select_for_update().filter(pk=library.pk).first()
    row = library.golden_questions.filter(text=text).first()
    if row is None:
        if library.golden_questions.count() >= MOST:
            raise NotKept(_("A library has at most %(most)d test questions. Remove one first.") % {"most": MOST})
        row = GoldenQuestion(library=library, text=text, made_by=user)
    row.expected = _added(row.expected, expected)
    if not row.expected:
        raise NotKept(_("A test question needs a passage that answers it."))
    row.save()
    return row


def drop_expected(row: GoldenQuestion, place: int) -> None:
    """Without one of its passages; the question goes with the last."""
    left = [one for number, one in enumerate(row.expected) if number != place]
    if not left:
        row.delete()
        return
    row.expected = left
    row.save(update_fields=["expected", "changed_at"])


def expected_of(document: Document, quote: str = "") -> Expected:
    return Expected(document_id=str(document.pk), document_name=document.name, quote=quote.strip()[:LONGEST_QUOTE])


def _added(there: Sequence[dict[str, Any]], more: Iterable[Expected]) -> list[dict[str, Any]]:
    rows = list(there)
    known = {(one["document"], plain(one["quote"])) for one in rows}
    for one in more:
        if (one.document_id, plain(one.quote)) not in known:
            known.add((one.document_id, plain(one.quote)))
            rows.append({"document": one.document_id, "name": one.document_name, "quote": one.quote})
    return rows[:MOST_EXPECTED]
