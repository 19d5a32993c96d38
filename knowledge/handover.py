"""What this worker is reading, so that another can take it at once when this one has to go."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from knowledge.models import Document

log = logging.getLogger(__name__)
_read_here: set[Document] = set()
_for_others: set[UUID] = set()
_leaving = threading.Event()


@contextmanager
def read_here(document: Document) -> Iterator[None]:
    _read_here.add(document)
    try:
        yield
    finally:
        _read_here.discard(document)


def is_refused(document_id: UUID) -> bool:
    """Whether this worker has been asked to go, and leaves the document to the others."""
    if _leaving.is_set():
        _for_others.add(document_id)
    return _leaving.is_set()


def is_leaving() -> bool:
    """Whether this worker has been asked to go, and takes nothing more."""
    return _leaving.is_set()


def hand_back() -> None:
    """Queue again what is being read here. Its reader finds out at its next write, and stops."""
    _leaving.set()
    for document in tuple(_read_here):
        if Document.objects.filter(pk=document.pk, claim=document.claim).hand_back():
            log.info("Document %s is handed back.", document.pk)
            _for_others.add(document.pk)


def ring_for_others() -> None:
    """To be called once nothing more is taken here: this worker would hear its own bell."""
    from knowledge.tasks import ring

    while _for_others:
        ring(_for_others.pop())
