"""A new chat out of a message of another: the words up to there, or the whole tree, with sources and files.

The two know nothing of each other afterwards. An answer that is being written is taken over as far as it is stored.
"""

from collections.abc import Sequence

from django.db import transaction

from chat.models import Attachment, Conversation, Message, Source
from chat.tree import path_to

_OF_THE_PLACE = {"id", "conversation", "parent", "client_id", "writer", "stop_requested", "told_from"}
_COPIED = [field.attname for field in Message._meta.concrete_fields if field.name not in _OF_THE_PLACE]
_OF_A_SOURCE = [field.attname for field in Source._meta.concrete_fields if field.name not in ("id", "message")]
_BATCH = 500


def fork(chat: Conversation, message: Message, *, whole: bool = False) -> Conversation:
    """`whole`: with all branches; the one that ends at `message` is shown."""
    ids = None if whole else path_to(message)
    rows = chat.messages.order_by("id") if ids is None else chat.messages.filter(pk__in=ids).order_by("id")
    old = list(rows)
    with transaction.atomic():
        copy = Conversation.objects.create(
            owner_id=chat.owner_id,
            title=chat.title,
            title_by_person=True,  # it has one already
            model_ids=chat.model_ids,
            web_search=chat.web_search,
            params=chat.params,
            system=chat.system,
            has_files=chat.has_files,
        )
        copy.libraries.set(chat.libraries.all())
        new = dict(zip([row.pk for row in old], copied(copy, old), strict=True))
        _put_in_place(old, new)
        copy_sources(new)
        if chat.has_files:
            copy_files(new)
        copy.show(new[message.pk])
    return copy


def copied(copy: Conversation, old: Sequence[Message]) -> list[Message]:
    """Without their places in the tree, which need the new ids."""
    made = [Message(conversation=copy, **{name: getattr(row, name) for name in _COPIED}) for row in old]
    for row in made:
        if row.state == Message.State.RUNNING:
            row.state, row.error_code, row.retryable = Message.State.INTERRUPTED, "interrupted", True
    return Message.objects.bulk_create(made, batch_size=_BATCH)


def _put_in_place(old: Sequence[Message], new: dict[int, Message]) -> None:
    for row in old:
        copy = new[row.pk]
        copy.parent = new.get(row.parent_id) if row.parent_id is not None else None
        oldest = new.get(row.told_from) if row.told_from is not None else None
        copy.told_from, copy.created_at = oldest.pk if oldest else None, row.created_at
    Message.objects.bulk_update(new.values(), ["parent", "told_from", "created_at"], batch_size=_BATCH)


def copy_sources(new: dict[int, Message]) -> None:
    rows = Source.objects.filter(message__in=new).order_by("message_id", "n")
    Source.objects.bulk_create(
        (Source(message=new[row.message_id], **{name: getattr(row, name) for name in _OF_A_SOURCE}) for row in rows),
        batch_size=_BATCH,
    )


def copy_files(new: dict[int, Message]) -> None:
    through = Attachment.messages.through
    links = through.objects.filter(message__in=new).order_by("pk")
    through.objects.bulk_create(
        through(message=new[link.message_id], attachment_id=link.attachment_id) for link in links
    )
