"""Comparisons kept, judged, and given out as lines of JSON. Raises `NotKept` with a sentence."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chat.models import Comparison, Message
from chat.tree import path_to

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
    comparison.verdict, comparison.shared = verdict, shared
    comparison.note = note.replace("\x00", "").strip()[:LONGEST_NOTE]
    comparison.save(update_fields=["verdict", "note", "shared"])


def used_libraries(message: Message) -> bool:
    """Whether a passage of a library was read for it."""
    return any(bool(source.library or source.chunk) for source in message.sources.all())


def of_person(user: "User") -> Iterator[str]:
    """All that this person has judged."""
    return _lines(Comparison.objects.visible_to(user))


def shared() -> Iterator[str]:
    """What people let administrators read, and nothing else."""
    return _lines(Comparison.objects.filter(shared=True, owner__is_active=True))


def _lines(rows: "QuerySet[Comparison]") -> Iterator[str]:
    judged = rows.exclude(verdict="").select_related("first", "second")
    for row in judged.prefetch_related("first__sources", "second__sources").order_by("pk").iterator(chunk_size=100):
        yield json.dumps(_line(row), ensure_ascii=False) + "\n"


def _line(row: Comparison) -> dict[str, Any]:
    """The forms of docs/judgement.md; passages of libraries are not in it, only whether there were any."""
    line: dict[str, Any] = {"prompt": _prompt(row.first)}
    about = {"why": "comparison", "verdict": row.verdict, "note": row.note, "kept_at": row.created_at.isoformat()}
    if row.verdict in (Comparison.Verdict.FIRST, Comparison.Verdict.SECOND):
        better, worse = (row.first, row.second) if row.verdict == "first" else (row.second, row.first)
        line |= {"chosen": _said(better), "rejected": _said(worse)}
        line |= {"chosen_model": better.model_name, "rejected_model": worse.model_name}
        return line | {"chosen_libraries": used_libraries(better), "rejected_libraries": used_libraries(worse)} | about
    both = [row.first, row.second]
    line |= {"completions": [_said(one) for one in both], "label": row.verdict == Comparison.Verdict.TIE}
    return (
        line | {"models": [one.model_name for one in both], "libraries": [used_libraries(one) for one in both]} | about
    )


def _prompt(answer: Message) -> list[dict[str, str]]:
    ids = [pk for pk in path_to(answer) if pk != answer.pk]
    said = Message.objects.filter(pk__in=ids).exclude(text="").order_by("pk").values_list("role", "text")
    return [{"role": role, "content": text} for role, text in said]


def _said(message: Message) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.text}]
