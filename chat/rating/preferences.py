"""Ratings as preference data: which answer to a question was liked better, or, where only one was judged, how.

The lines are those of `lines.py`. Thinking, passages of libraries, files and names of people are not in them.
"""

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from chat.arena.topics import topic_of
from chat.models import Message, Rating
from chat.origin import GROUP, KEPT
from chat.rating.lines import About, Answer, Kind, Line, encoded, pair, single
from chat.tree import path_to

if TYPE_CHECKING:
    from webui.accounts.models import User


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
            yield encoded(line)


def _of_question(parent: int | None, person: int, kind: Kind, everything: bool) -> Iterator[Line]:
    said = Message.objects.filter(parent=parent, role=Message.Role.ASSISTANT).exclude(text="")
    answers = list(said.prefetch_related("sources").order_by("pk"))
    rated = {row.message_id: row for row in Rating.objects.filter(person=person, message__in=answers)}
    # Whoever shares a rating shares the answers beside it as well, but for those whose own rating says no.
    seen = [row for row in answers if everything or row.pk not in rated or rated[row.pk].shared]
    prompt = prompt_to(parent) if parent else []
    if not seen or not prompt:
        return
    pairs = list(_pairs(seen, rated))
    if kind != "single":
        for better, worse, why in pairs:
            by = rated.get(better.pk) or rated.get(worse.pk)
            yield pair(prompt, answer_of(better), answer_of(worse), _about(why, prompt, by))
    if kind != "pairs":
        compared = {row.pk for better, worse, _why in pairs for row in (better, worse)} if kind == "all" else set()
        for row in seen:
            if row.pk in rated and row.pk not in compared:
                liked = rated[row.pk].value == Rating.Value.UP
                yield single(prompt, answer_of(row), liked, _about("rated", prompt, rated[row.pk]))


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


def _about(why: str, prompt: list[dict[str, str]], rating: Rating | None) -> About:
    topic = topic_of(prompt[-1]["content"])
    if rating is None:
        return About(why=why, at=None, topic=topic)
    return About(why=why, at=rating.changed_at, topic=topic, reasons=rating.reasons, note=rating.note)


def prompt_to(question: int) -> list[dict[str, str]]:
    """What was said down to the question, the oldest first."""
    asked = Message.objects.filter(pk=question, role=Message.Role.USER).first()
    ids = path_to(asked) if asked else []
    said = Message.objects.filter(pk__in=ids).exclude(text="").order_by("pk").values_list("role", "text")
    return [{"role": role, "content": text} for role, text in said]


def answer_of(message: Message) -> Answer:
    return Answer(text=message.text, model=message.model_name, libraries=used_libraries(message))


def used_libraries(message: Message) -> bool:
    """Whether a passage of a library was read for it."""
    return any(bool(source.library or source.chunk) for source in message.sources.all())
