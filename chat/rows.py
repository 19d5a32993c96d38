"""Many rows in one statement: what every running answer needs written, in plain SQL that both databases understand."""

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, connections, models
from django.utils import timezone

from chat import heartbeat
from chat.models import Conversation, Message
from chat.rethinking import settled
from webui.live import Record

if TYPE_CHECKING:
    from providers.budgets import Claim

# Only the process that writes an answer, and until its end, when a checkpoint may still be on its way. Whatever a
# reaper believed meanwhile, who writes it lives.
_SAVE = "UPDATE chat_message SET text=%s, reasoning=%s, trail=%s, seq=%s WHERE id=%s AND writer=%s"
# Apart from the text, which is stored often: a column of an index that is set is a page more to write.
_REVIVE = "UPDATE chat_message SET state=%s, error_code='' WHERE id=%s AND writer=%s AND state=%s"
_END = (
    "UPDATE chat_message SET text=%s, reasoning=%s, trail=%s, seq=%s, state=%s, error_code=%s, error_detail=%s,"
    " retryable=%s, finish_reason=%s, usage=%s, told_from=%s, ledger=%s, host=%s,"
    " writer=NULL WHERE id=%s AND writer=%s"
)
# Text, trail and number stay those of the last checkpoint, and agree.
_END_AS_STORED = (
    "UPDATE chat_message SET seq=seq+1, state=%s, error_code=%s, error_detail=%s, retryable=%s, writer=NULL"
    " WHERE id=%s AND writer=%s"
)
_CITED = "UPDATE chat_source SET cited=%s, checks=%s WHERE message_id=%s AND n=%s"
_SHOW = "UPDATE chat_conversation SET active_id=%s, updated_at=%s, title=%s, model_ids=%s, web_search=%s WHERE id=%s"
_NAME = "UPDATE chat_conversation SET title=%s WHERE id=%s AND NOT title_by_person"
_LIBRARIES = "SELECT library_id FROM chat_conversation_libraries WHERE conversation_id=%s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an answer ended; `frame` is what its readers are told."""

    record: Record
    frame: dict[str, Any]
    state: str
    code: str = ""
    detail: str = ""
    retryable: bool = False
    finish_reason: str = ""
    usage: dict[str, Any] = field(default_factory=dict)
    told_from: int | None = None
    ledger: dict[str, Any] | None = None
    host: str = ""
    checks: dict[int, list[dict[str, Any]]] = field(default_factory=dict)  # of its citations
    claim: "Claim | None" = None
    used: int = 0  # tokens, of what was claimed


def insert(objects: Sequence[models.Model]) -> None:
    """Store new rows of one model and give them their ids: `bulk_create` for a few, without building its statement."""
    if not objects:
        return
    kind = type(objects[0])
    fields, statement = _inserting(kind)
    database = connections[connection.alias]  # itself, and not what looks it up at every touch
    with database.cursor() as cursor:
        for row in objects:
            cursor.execute(statement, [f.get_db_prep_save(f.pre_save(row, True), database) for f in fields])
            if kind._meta.pk not in fields:
                row.pk = cursor.fetchone()[0]
            row._state.adding, row._state.db = False, database.alias


@functools.cache
def _inserting(kind: type[models.Model]) -> tuple[list[models.Field], str]:
    meta, quote = kind._meta, connection.ops.quote_name
    fields = [field for field in meta.concrete_fields if not isinstance(field, models.AutoField)]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    returned = "" if meta.pk in fields else f" RETURNING {quote(str(meta.pk.column))}"
    return fields, f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({marks}){returned}"  # noqa: S608


def save(records: Sequence[Record]) -> None:
    """What running answers have so far."""
    me = _me()
    rows = [(*_text(record), len(record.trail), record.message, me) for record in records]
    reaped = [(Message.State.RUNNING, record.message, me, Message.State.INTERRUPTED) for record in records]
    with connection.cursor() as cursor:
        cursor.executemany(_SAVE, rows)
        cursor.executemany(_REVIVE, reaped)


def end(endings: Sequence[Ending]) -> None:
    """Answers with their ends. One whose row was deleted meanwhile stays deleted."""
    rows = [
        (
            *_text(ending.record),
            len(ending.record.trail) + 1,
            ending.state,
            ending.code,
            ending.detail.replace("\0", ""),  # words of a server's, and PostgreSQL would refuse all ends for it
            ending.retryable,
            ending.finish_reason.replace("\0", "")[:40],
            json.dumps(ending.usage),
            ending.told_from,
            None if ending.ledger is None else json.dumps(ending.ledger, ensure_ascii=False),
            ending.host[:100],
            ending.record.message,
            _me(),
        )
        for ending in endings
    ]
    cited = [
        (True, json.dumps(checks, ensure_ascii=False), ending.record.message, n)
        for ending in endings
        for n, checks in ending.checks.items()
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_END, rows)
        if cited:
            cursor.executemany(_CITED, cited)


def end_as_stored(ending: Ending) -> None:
    """How an answer ended, and of its text what is there."""
    row = (ending.state, ending.code, ending.detail, ending.retryable, ending.record.message, _me())
    with connection.cursor() as cursor:
        cursor.execute(_END_AS_STORED, row)


def show(leaves: Sequence[tuple[Conversation, int]]) -> None:
    """Make the branch that ends in a message the one that its conversation shows, and store what was chosen for it."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = [
        (leaf, now, chat.title, json.dumps(chat.model_ids), chat.web_search, _key(chat.pk)) for chat, leaf in leaves
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_SHOW, rows)


def name(chat: Conversation, title: str) -> bool:
    """Give a chat the title that a model wrote; False when a person has named it, or it is gone."""
    with connection.cursor() as cursor:
        cursor.execute(_NAME, [title, _key(chat.pk)])
        return bool(cursor.rowcount)


def libraries(chat: Conversation) -> set[UUID]:
    """Ids of the libraries that were chosen for it last."""
    with connection.cursor() as cursor:
        cursor.execute(_LIBRARIES, [_key(chat.pk)])
        return {value if isinstance(value, UUID) else UUID(value) for (value,) in cursor.fetchall()}


def _key(value: UUID) -> Any:
    return Conversation._meta.pk.get_db_prep_value(value, connection)


def _text(record: Record) -> tuple[str, str, str]:
    record = settled(record)
    return record.text, record.reasoning, json.dumps(record.trail)


def _me() -> Any:
    return Message._meta.get_field("writer").get_db_prep_value(heartbeat.ME, connection)
