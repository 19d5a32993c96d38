"""The queue of documents: who may take which, and what becomes of those whose worker is gone."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from knowledge.models.leases import lapsed
from knowledge.models.library import Library, Right

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from knowledge.models.document import Document
    from webui.accounts.models import User

LEASE = timedelta(seconds=40)
MOST_ATTEMPTS = 3
LONGEST_PAUSE = timedelta(
    minutes=5
)  # between two tries; what waits for longer was queued before the clock was set back
POISON = gettext_noop(
    "Reading this file ended the reader %(times)s times without a reason given. Try to export it again, or in another"
    " format."
)


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: "User | AnonymousUser", right: str = Right.READ) -> Self:
        """Through the door of their library."""
        return self.filter(library__in=Library.objects.visible_to(user, right))

    def waiting(self) -> Self:
        """Nobody is reading these: queued and due, or their worker gave no sign of life for the time of a lease."""
        now = timezone.now()
        is_due = Q(retry_at=None) | Q(retry_at__lte=now) | Q(retry_at__gt=now + LONGEST_PAUSE)
        held = Q(status="processing") & lapsed(LEASE)
        return self.filter(Q(status="queued") & is_due | held, attempts__lt=MOST_ATTEMPTS)

    def give_up(self) -> int:
        """Fail what took its workers down with it each time: a poison document must not come round for ever."""
        poison = self.filter(lapsed(LEASE), status="processing", attempts__gte=MOST_ATTEMPTS)
        return poison.update(
            status="failed",
            stage="",
            lease_until=None,
            claim=None,
            error=POISON,
            error_values={"times": MOST_ATTEMPTS},
            updated_at=timezone.now(),
        )

    def hand_back(self) -> int:
        """Queue again, as if it had never been taken, what a worker reads that has to go."""
        return self.filter(status="processing").update(
            status="queued",
            stage="",
            lease_until=None,
            claim=None,
            attempts=F("attempts") - 1,
            updated_at=timezone.now(),
        )

    def claim(self, document_id: uuid.UUID | str) -> "Document | None":
        """Take a document to read; None when it is gone, done or taken. One UPDATE, so only one worker wins."""
        claim = uuid.uuid4()
        taken = (
            self.waiting()
            .filter(pk=document_id)
            .update(
                status="processing",
                stage="reading",
                claim=claim,
                lease_until=timezone.now() + LEASE,
                attempts=F("attempts") + 1,
                chunks_done=0,
                chunks_total=0,
                updated_at=timezone.now(),
            )
        )
        return self.select_related("library__owner").filter(pk=document_id, claim=claim).first() if taken else None
