"""Comparisons kept, judged, and given out as lines of JSON. Raises `NotKept` with a sentence."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.arena.topics import topic_of
from chat.models import Comparison, Message
from chat.rating.lines import About, Kind, Two, encoded
from chat.rating.preferences import answer_of, prompt_to

if TYPE_CHECKING:
    from webui.accounts.models import User

LONGEST_NOTE = 2000  # characters


class NotKept(Exception):
    """Why these two are not kept, for the person."""


def keep(user: "User", first: int, second: int) -> Comparison:
    """These two answers of this person's, or what was kept of them before."""
    mine = Message.objects.visible_to(user).filter(role=Message.Role.ASSISTANT, pk__in=[first, second])
    rows = {row.pk: row for row in mine}
    if len(rows) != 2 or rows[first].parent_id != rows[second].parent_id:
        raise NotKept(_("Two answers to one question of yours can be kept side by side, and these are not."))
    if any(row.state == Message.State.RUNNING for row in rows.values()):
        raise NotKept(_("One of the answers is still being written. Keep them when it has ended."))
    left, right = sorted(rows)
    return Comparison.objects.get_or_create(owner=user, first=rows[left], second=rows[right])[0]


def judge(comparison: Comparison, verdict: str, note: str, *, shared: bool) -> None:
    if verdict not in Comparison.Verdict.values:
        raise NotKept(_("Choose one of the four."))
    comparison.verdict, comparison.shared, comparison.judged_at = verdict, shared, timezone.now()
    comparison.note = note.replace("\x00", "").strip()[:LONGEST_NOTE]
    comparison.save(update_fields=["verdict", "note", "shared", "judged_at"])


def of_person(user: "User", kind: Kind = "all") -> Iterator[str]:
    """All that this person has judged, as lines of JSON (chat/rating/lines.py)."""
    return _lines(Comparison.objects.visible_to(user), kind)


def shared(kind: Kind = "all") -> Iterator[str]:
    """What people let administrators read, and nothing else."""
    return _lines(Comparison.objects.filter(shared=True, owner__is_active=True), kind)


def _lines(rows: "QuerySet[Comparison]", kind: Kind) -> Iterator[str]:
    judged = rows.exclude(verdict="").select_related("first", "second")
    for row in judged.prefetch_related("first__sources", "second__sources").order_by("pk").iterator(chunk_size=100):
        for line in _two(row).lines(kind):
            yield encoded(line)


def _two(row: Comparison) -> Two:
    prompt = prompt_to(row.first.parent_id) if row.first.parent_id else []
    topic = topic_of(prompt[-1]["content"]) if prompt else ""
    return Two(
        prompt=prompt,
        both=(answer_of(row.first), answer_of(row.second)),
        won={Comparison.Verdict.FIRST: 0, Comparison.Verdict.SECOND: 1}.get(Comparison.Verdict(row.verdict)),
        liked=row.verdict == Comparison.Verdict.TIE,
        about=About(why="comparison", at=row.judged_at, topic=topic, note=row.note),
    )
