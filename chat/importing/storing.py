"""Chats that were read out of a file, stored: each whole or not at all, and none of them twice."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from chat.importing.shapes import Chat, Cited, Said
from chat.models import Conversation, Indexed, Message, Source, Tag
from chat.origin import EDITED, MERGED

if TYPE_CHECKING:
    from webui.accounts.models import User

_NAMES = uuid.UUID("5ff0b1f8-8c55-4e0b-9a1d-6a4f2f1f1e57")
_BATCH = 500


def id_of(user: "User", product: str, key: str) -> uuid.UUID:
    """The same whenever this person brings the same chat: so a second import finds the first."""
    if product == "webui":
        return uuid.uuid5(uuid.UUID(key), str(user.pk))
    return uuid.uuid5(_NAMES, f"{product}\n{key}\n{user.pk}")


def here_already(user: "User", chats: Iterable[tuple[str, str]]) -> dict[tuple[str, str], uuid.UUID]:
    """Which of these (product, key) this person has, and under which id."""
    wanted: dict[uuid.UUID, tuple[str, str]] = {}
    for product, key in chats:
        wanted[id_of(user, product, key)] = (product, key)
        if product == "webui":
            wanted[uuid.UUID(key)] = (product, key)  # never left
    found: dict[tuple[str, str], uuid.UUID] = {}
    ids = list(wanted)
    for start in range(0, len(ids), _BATCH):
        there = Conversation.objects.visible_to(user).filter(pk__in=ids[start : start + _BATCH])
        found.update({wanted[pk]: pk for pk in there.values_list("pk", flat=True)})
    return found


def store(user: "User", chat: Chat) -> Conversation | None:
    """None when it is there already. Costs a handful of queries, however long it is."""
    if here_already(user, [(chat.product, chat.key)]):
        return None
    try:
        with transaction.atomic():
            return _stored(user, chat)
    except IntegrityError:  # brought twice in the same moment
        return None


def _stored(user: "User", chat: Chat) -> Conversation:
    began, ended = _moment(chat.began), _moment(chat.ended or chat.began)
    made = Conversation.objects.create(
        pk=id_of(user, chat.product, chat.key),
        owner=user,
        title=chat.title,
        title_by_person=bool(chat.title),
        pinned_at=ended if chat.pinned else None,
        archived_at=ended if chat.archived else None,
        **chat.settings.columns(),
    )
    if not chat.title:
        made.name_after(next((said.text for said in chat.said if said.role == "user"), ""))
    rows = Message.objects.bulk_create((_row(user, made, said) for said in chat.said), batch_size=_BATCH)
    new = {said.key: row for said, row in zip(chat.said, rows, strict=True)}
    _put_in_place(chat.said, new, began)
    Source.objects.bulk_create(
        (_source(new[said.key], source) for said in chat.said for source in said.sources), batch_size=_BATCH
    )
    Tag.objects.bulk_create([Tag(conversation=made, name=tag) for tag in chat.tags], ignore_conflicts=True)
    # Its date may be older than what a search has seen already.
    Indexed.objects.create(conversation=made, due=True)
    leaf = new.get(chat.shown or "") or (rows[-1] if rows else None)
    Conversation.objects.filter(pk=made.pk).update(
        active=leaf, title=made.title, created_at=began, updated_at=min(ended, timezone.now())
    )
    return made


def _row(user: "User", chat: Conversation, said: Said) -> Message:
    state = Message.State.INTERRUPTED if said.state == "running" else Message.State(said.state)
    receipt: list[Any] = [["searched", said.receipt]] if said.receipt else []
    return Message(
        conversation=chat,
        author=user if said.role == "user" else None,
        role=said.role,
        state=state,
        text=said.text,
        reasoning=said.reasoning,
        model_name=said.model,
        trail=receipt + [size for size in (-len(said.reasoning), len(said.text)) if size],
    )


def _put_in_place(messages: Sequence[Said], new: dict[str, Message], began: datetime) -> None:
    """Where each stands and when it was written: ids are known only now, and dates are set by the model itself."""
    places: list[tuple[int | None, Any, int]] = []
    at = began
    for said in messages:
        at = _moment(said.at) if said.at else at
        parent = new[said.parent].pk if said.parent else None
        places.append((parent, connection.ops.adapt_datetimefield_value(at), new[said.key].pk))
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE chat_message SET parent_id = %s, created_at = %s WHERE id = %s", places)
    for said in messages:
        if said.origin:
            Message.objects.filter(pk=new[said.key].pk).update(params=_params(said.origin, new))


def _params(origin: Any, new: dict[str, Message]) -> dict[str, Any]:
    """With the new ids of what it was made from; 0 where that has stayed behind."""
    params = dict(origin)

    def moved(old: Any) -> int:
        return new[str(old)].pk if str(old) in new else 0

    if EDITED in params:
        params[EDITED] = {**params[EDITED], "of": moved(params[EDITED]["of"])}
    if MERGED in params:
        params[MERGED] = [{**one, "id": moved(one["id"])} for one in params[MERGED]]
    return params


def _source(message: Message, given: Cited) -> Source:
    fields = given.model_dump() | {"url": given.url or "", "document_name": given.document_name or ""}
    return Source(message=message, **fields)


def _moment(seconds: float | None) -> datetime:
    return datetime.fromtimestamp(seconds, UTC) if seconds else timezone.now()
