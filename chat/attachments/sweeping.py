"""What nothing needs any more is gone: rows without a message, and bytes without a row."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from chat.attachments.taking import PLACE
from chat.models import Attachment, Message
from knowledge import storage
from providers import tidying

log = logging.getLogger(__name__)
UNSENT_FOR = timedelta(days=1)


@receiver(post_delete, sender=Attachment)
def _bytes_too(instance: Attachment, **_: Any) -> None:
    """Whichever way the row went: with its message, its chat, or its owner."""
    for name in filter(None, (instance.file_name, instance.small_name)):
        transaction.on_commit(partial(storage.remove, name, PLACE))


def unsend(message: Message) -> None:
    """Its files are as they were before they were sent; those of other messages stay with these."""
    through = Attachment.messages.through.objects
    elsewhere = through.exclude(message=message).values("attachment_id")
    mine = Attachment.objects.filter(pk__in=through.filter(message=message).values("attachment_id"))
    mine.exclude(pk__in=elsewhere).update(sent_at=None, created_at=timezone.now())


def forget_unused(owner: Any) -> None:
    """After a message or a chat with files was deleted."""
    _delete(Attachment.objects.filter(owner=owner))


def sweep() -> None:
    """Everybody's, now and then: what was uploaded and never sent, and what a crash has left."""
    _delete(Attachment.objects.all())
    rows = Attachment.objects.values_list("file_name", "small_name").iterator()
    if removed := storage.sweep_orphans((name for row in rows for name in row if name), PLACE):
        log.info("%s stored files of no attachment were removed", removed)


tidying.JOBS.append(sweep)


def _delete(rows: QuerySet[Attachment]) -> None:
    unused = rows.unused(uploaded_before=timezone.now() - UNSENT_FOR)  # type: ignore[attr-defined]
    for attachment in unused.defer("text"):
        attachment.delete()
