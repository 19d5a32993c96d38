"""What was deleted leaves nothing behind, whichever way its rows went (a person, a library, one document).

The rows' deletion is noted in the same transaction; bytes and vectors, which lie outside the database, are removed
after it, and once more when no worker can still be writing.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from knowledge import keywords, storage
from knowledge.models import LEASE, Document, Library, Removal

log = logging.getLogger(__name__)
# Longer than any worker that lost its document can go on writing without noticing.
_SECOND_TIME_AFTER = LEASE * 3
SWEEP_FILES_EVERY = timedelta(hours=1)


@receiver(pre_delete, sender=Document)
def _note_document(instance: Document, **_: Any) -> None:
    keywords.remove_everywhere(instance.pk)
    Removal.objects.create(library_id=instance.library_id, document_id=instance.pk, file_name=instance.file_name)
    _ring()


@receiver(pre_delete, sender=Library)
def _note_library(instance: Library, **_: Any) -> None:
    Removal.objects.create(library_id=instance.pk, document_id=None)
    _ring()


def finish() -> int:
    """Remove what deleted rows left outside; the number of removals that are over for good."""
    from knowledge.index import IndexUnavailable

    over = 0
    second = timezone.now() - _SECOND_TIME_AFTER
    for removal in Removal.objects.filter(Q(swept=False) | Q(created_at__lt=second)).order_by("pk"):
        try:
            _forget(removal)
        except IndexUnavailable as error:
            log.warning("Removals wait for the index: %s", error)
            return over
        if removal.created_at < second:
            removal.delete()
            over += 1
        elif not removal.swept:
            removal.swept = True
            removal.save(update_fields=["swept"])
    return over


def _ring() -> None:
    from knowledge.tasks import ring_for_removals

    transaction.on_commit(ring_for_removals)


def _forget(removal: Removal) -> None:
    from knowledge import documents, index

    storage.forget(removal.file_name, documents.is_needed)
    library = Library(pk=removal.library_id)
    if removal.document_id is None:
        index.remove_library(library)
    elif Library.objects.filter(pk=removal.library_id).exists():
        index.remove_document(Document(pk=removal.document_id, library=library))


def sweep_files() -> int:
    """Files that no row names: left by a crash between the file and its row."""
    return storage.sweep_orphans(Document.objects.exclude(file_name="").values_list("file_name", flat=True).iterator())
