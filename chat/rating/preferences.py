"""Ratings as preference data: which answer to a question was liked better, or, where only one was judged, how.

A line is an object in one of the two forms that trainers read (DPO and KTO of TRL): `prompt`, `chosen`, `rejected`, or
`prompt`, `completion`, `label`; texts are lists of {"role", "content"}. Thinking, passages of libraries, files and
names of people are not in it.
"""

import json
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from django.db.models import QuerySet

from chat.models import Message, Rating
from chat.origin import GROUP, KEPT
from chat.tree import path_to

if TYPE_CHECKING:
    from webui.accounts.models import User

Kind: TypeAlias = Literal["all", "pairs", "single"]
Line = dict[str, Any]


def of_person(user: "User", kind: Kind = "all") -> Iterator[str]:
    """All that this person has rated, whether shared or not."""
    return _lines(Rating.objects.visible_to(user), kind, everything=True)


def shared(kind: Kind = "all") -> Iterator[str]:
    """What people let administrators read, and nothing else."""
    return _lines(Rating.objects.shared().filter(person__is_active=True), kind, everything=False)


def _lines(ratings: "QuerySet[Rating]", kind: Kind, *, everything: bool) -> Iterator[str]:
    """One question at a time, so that any number of them fits into memory."""
    asked = ratings.order_by("message__parent_id", "person_id").values_list("message__parent_id", "person_id")
    for parent, person in asked.distinct().iterator():
        for line in _of_question(parent, person, kind, everything):
            yield json.dumps(line, ensure_ascii=False) + "\n"


def _of_question(parent: int | None, person: int, kind: Kind, everything: bool) -> Iterator[Line]:
    answers = list(Message.objects.filter(parent=parent, role=Message.Role.ASSISTANT).exclude(text="").order_by("pk"))
    rated = {row.message_id: row for row in Rating.objects.filter(person=person, message__in=answers)}
    # Whoever shares a rating shares the answers beside it as well, but for those whose own rating says no.
    seen = [row for row in answers if everything or row.pk not in rated or rated[row.pk].shared]
    prompt = _prompt(parent) if parent else []
    if not seen or not prompt:
        return
    pairs = list(_pairs(seen, rated))
    if kind != "single":
        for better, worse, why in pairs:
            yield {"prompt": prompt} | _pair(better, worse, why) | _judged(rated.get(better.pk) or rated.get(worse.pk))
    if kind != "pairs":
        compared = {row.pk for better, worse, _why in pairs for row in (better, worse)} if kind == "all" else set()
        for row in seen:
            if row.pk in rated and row.pk not in compared:
                liked = rated[row.pk].value == Rating.Value.UP
                single = {"completion": _said(row), "label": liked, "model": row.model_name}
                yield {"prompt": prompt} | single | _judged(rated[row.pk])


def _pairs(answers: list[Message], rated: dict[int, Rating]) -> Iterator[tuple[Message, Message, str]]:
    """(better, worse, why): one was liked and the other was not, or one of several side by side was kept."""
    up = [row for row in answers if row.pk in rated and rated[row.pk].value == Rating.Value.UP]
    down = [row for row in answers if row.pk in rated and rated[row.pk].value == Rating.Value.DOWN]
    for better, worse in product(up, down):
        if better.text != worse.text:
            yield better, worse, "rated"
    for kept in (row for row in answers if row.params.get(KEPT) and row not in down):
        beside = (row for row in answers if row.params.get(GROUP) == kept.params.get(GROUP) and row.pk != kept.pk)
        for row in beside:
            # What was said by thumbs is not said again, and a thumb up stands against having been left aside.
            if row not in up and not (kept in up and row in down) and row.text != kept.text:
                yield kept, row, "kept"


def _pair(better: Message, worse: Message, why: str) -> Line:
    models = {"chosen_model": better.model_name, "rejected_model": worse.model_name}
    return {"chosen": _said(better), "rejected": _said(worse), **models, "why": why}


def _judged(rating: Rating | None) -> Line:
    if rating is None:
        return {}
    return {"reasons": rating.reasons, "note": rating.note, "rated_at": rating.changed_at.isoformat()}


def _prompt(parent: int) -> list[dict[str, str]]:
    """What was said down to the question, the oldest first."""
    question = Message.objects.filter(pk=parent, role=Message.Role.USER).first()
    ids = path_to(question) if question else []
    said = Message.objects.filter(pk__in=ids).exclude(text="").order_by("pk").values_list("role", "text")
    return [{"role": role, "content": text} for role, text in said]


def _said(message: Message) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.text}]
