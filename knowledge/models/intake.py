"""Work that brings many documents at once: an archive that is unpacked, a site that is fetched."""

import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from knowledge.models.leases import lapsed
from knowledge.models.library import Library

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 4
MOST_TOLD = 50
LOST = gettext_noop("Taking this in ended its worker several times without a reason given. Try it in smaller parts.")


class JobGone(Exception):
    """It was cancelled, deleted or taken over: stop, and write nothing."""


class IntakeJobQuerySet(models.QuerySet["IntakeJob"]):
    def waiting(self) -> Self:
        queued, lost = Q(status="queued"), Q(status="working") & lapsed(LEASE)
        return self.filter(queued | lost, attempts__lt=MOST_ATTEMPTS)

    def give_up(self) -> int:
        lost = self.filter(lapsed(LEASE), status="working", attempts__gte=MOST_ATTEMPTS)
        return lost.update(status="failed", claim=None, lease_until=None, error=LOST)

    def claim(self, job_id: int) -> "IntakeJob | None":
        """One UPDATE, so only one worker wins."""
        claim = uuid.uuid4()
        fields = {"status": "working", "claim": claim, "lease_until": timezone.now() + LEASE}
        if not self.waiting().filter(pk=job_id).update(attempts=F("attempts") + 1, **fields):
            return None
        return self.select_related("library", "user").filter(pk=job_id, claim=claim).first()


class IntakeJob(models.Model):
    """An archive or a site, and how far it has been taken in. It is done in slices, and goes on after each."""

    class Kind(models.TextChoices):
        ARCHIVE = "archive", _("archive")
        SITE = "site", _("site")

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        WORKING = "working", _("working")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    library = models.ForeignKey(Library, models.CASCADE, related_name="jobs")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=2000, help_text="The archive's name, or the site's address.")
    file_name = models.CharField(max_length=64, blank=True)
    options = models.JSONField(default=dict, blank=True)
    place = models.JSONField(default=dict, blank=True, help_text="Where the next slice goes on.")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    told = models.JSONField(default=list, blank=True, help_text="[name, sentence] of what was not taken.")
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims in which nothing was done.")
    claim = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IntakeJobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def problem(self) -> str:
        return gettext(self.error) if self.error else ""

    @property
    def is_over(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.FAILED, self.Status.CANCELLED)

    def begin_later(self) -> None:
        from django.db import transaction

        from knowledge.tasks import ring_for_intake

        transaction.on_commit(lambda: ring_for_intake(self.pk))

    def refuse(self, name: str, sentence: str) -> None:
        """Stored with the next write."""
        self.refused += 1
        self.told = [*self.told, [name[:300], sentence]][-MOST_TOLD:]

    def keep(self, **fields: Any) -> None:
        """How far it is now; raises `JobGone`. What was done counts: `attempts` begins anew."""
        counted = {
            name: getattr(self, name) for name in ("done", "total", "taken", "known", "refused", "told", "place")
        }
        fields = counted | {"attempts": 0, "lease_until": timezone.now() + LEASE} | fields
        if not IntakeJob.objects.filter(pk=self.pk, claim=self.claim, status=self.Status.WORKING).update(**fields):
            raise JobGone(str(self.pk))

    def rest(self) -> None:
        """The slice is over; the next one may be another worker's."""
        self.keep(status=self.Status.QUEUED, claim=None, lease_until=None)

    def end(self, error: str = "") -> None:
        self.keep(
            status=self.Status.FAILED if error else self.Status.DONE,
            error=error,
            claim=None,
            lease_until=None,
            place={},
        )
