"""What the runner reads and writes in the database, synchronous: the question, sources, checkpoints, ends."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chat.asking import CommandRejected
from chat.citations import cited_in
from chat.models import Message, Source
from chat.tree import history
from chat.turn import Question
from knowledge.passages import Passage, RetrievalError, SearchError
from providers.access import ModelNotAllowed, allowed_model
from providers.base import ProviderError
from providers.models import Model
from webui.live import Record

if TYPE_CHECKING:
    from webui.accounts.models import User

__all__ = ["DatabaseError"]

SILENT = timedelta(seconds=10)  # a running reply without a heartbeat for so long has lost its process
INTERNAL = _("Something went wrong on this server while answering. The administrator finds it in the log.")
_SAVE = "UPDATE chat_message SET text=%s, reasoning=%s, trail=%s, seq=%s, heartbeat_at=%s WHERE id=%s AND state=%s"


def question_for(user: "User", question: Message, reply: Message) -> tuple[Model, Question]:
    """The reply's model and what is asked of it, with the person's rights as they are now."""
    try:
        model = allowed_model(user, reply.model_name)
    except ModelNotAllowed as refusal:
        raise CommandRejected(str(refusal), code="not_allowed") from None
    reply.model = model
    return model, Question(
        messages=history(question),
        model=model.name,
        window=model.window,
        libraries=reply.params.get("libraries", ()),
        web_search=reply.params.get("web_search", False),
        params=reply.params.get("params", {}),
        language=get_language() or "en",
        say_nothing_found=True,
    )


def keep_sources(reply: Message, passages: Sequence[Passage]) -> list[dict[str, Any]]:
    """Store the passages as numbered sources; returns them as they go to the page."""
    sources = [source_of(reply, number, passage) for number, passage in enumerate(passages, 1)]
    Source.objects.bulk_create(sources)
    return [source.to_wire() for source in sources]


def source_of(reply: Message | None, number: int, passage: Passage) -> Source:
    return Source(
        message=reply,
        n=number,
        title=passage.title[:500],
        url=passage.url[:2000],
        document_id=passage.document_id or None,
        document_name=passage.document_name[:255],
        page=passage.page,
        heading=passage.heading[:500],
        chunk=passage.chunk_id,
        text=passage.text,
        score=passage.score,
    )


def finish(reply: Message, record: Record, reason: str, usage: dict[str, Any]) -> None:
    with transaction.atomic():
        _mark_cited(reply, record)
        reply.finish(record, reason=reason, usage=usage)


def fail(reply: Message, record: Record, code: str, detail: str, retryable: bool) -> None:
    with transaction.atomic():
        _mark_cited(reply, record)
        reply.fail(record, code=code, detail=detail, retryable=retryable)


def checkpoint(records: Iterable[Record]) -> set[int]:
    """Store what is running, all in one transaction; returns the ids that another process asked to stop."""
    now = timezone.now()
    rows = [
        (
            record.text,
            record.reasoning,
            json.dumps(record.trail),
            record.seq,
            now,
            record.message,
            Message.State.RUNNING,
        )
        for record in records
        if record.end is None
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_SAVE, rows)
    interrupt_orphans()
    ids = [row[5] for row in rows]
    return set(Message.objects.filter(pk__in=ids, stop_requested=True).values_list("pk", flat=True))


def interrupt_orphans() -> int:
    return Message.objects.interrupt_orphans(timezone.now() - SILENT)


def reason_of(failure: Exception) -> tuple[str, str, bool]:
    """(code, sentence, retryable) of what ended a turn."""
    match failure:
        case ProviderError() | CommandRejected():
            return failure.code, str(failure), failure.retryable
        case RetrievalError():
            return "retrieval_failed", str(failure), True
        case SearchError():
            return "search_failed", str(failure), True
    return "internal", str(INTERNAL), True


def _mark_cited(reply: Message, record: Record) -> None:
    numbers = [source["n"] for source in record.sources]
    if cited := cited_in(record.text, numbers):
        reply.sources.filter(n__in=cited).update(cited=True)
