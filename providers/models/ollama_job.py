"""A long piece of work on an Ollama server: a pull, a model being made, a model being loaded."""

import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from providers.models.connection import Connection

SILENT_AFTER = timedelta(seconds=15)  # without a heartbeat nobody works on it any more


class OllamaJobQuerySet(models.QuerySet["OllamaJob"]):
    def active(self) -> Self:
        """Waiting or being worked on."""
        return self.filter(state__in=[OllamaJob.State.QUEUED, OllamaJob.State.RUNNING])

    def orphaned(self) -> Self:
        return self.filter(state=OllamaJob.State.RUNNING, beat_at__lt=timezone.now() - SILENT_AFTER)

    def claim_next(self, connection_id: uuid.UUID) -> "OllamaJob | None":
        """The oldest that waits, now this caller's: of several who claim at once one gets it."""
        for job in self.filter(connection=connection_id, state=OllamaJob.State.QUEUED).order_by("created_at"):
            mine = self.filter(pk=job.pk, state=OllamaJob.State.QUEUED)
            if mine.update(state=OllamaJob.State.RUNNING, beat_at=timezone.now()):
                return self.select_related("connection").get(pk=job.pk)
        return None


class OllamaJob(models.Model):
    """Its state is written by whoever claimed it; a wish to cancel is read at each heartbeat."""

    class Kind(TextChoices):
        PULL = "pull", _("Pull")
        CREATE = "create", _("Create")
        LOAD = "load", _("Load")

    class State(TextChoices):
        UPLOADING = "uploading", _("uploading")
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        INTERRUPTED = "interrupted", _("interrupted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="ollama_jobs")
    kind = models.CharField(max_length=10, choices=Kind)
    model = models.CharField(max_length=300)
    recipe = models.JSONField(default=dict, blank=True, help_text="The body of /api/create, and the files it wants.")
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    step = models.CharField(max_length=300, blank=True, help_text="What the server says it is doing.")
    done_bytes = models.BigIntegerField(default=0)
    total_bytes = models.BigIntegerField(default=0, help_text="0: not known.")
    cancel_wished = models.BooleanField(default=False)
    problem_code = models.CharField(max_length=40, blank=True)
    problem_said = models.CharField(max_length=400, blank=True, help_text="The server's own words.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = OllamaJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["connection", "state"], name="ollama_jobs_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.model}"

    @property
    def is_active(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def percent(self) -> int | None:
        return min(100, self.done_bytes * 100 // self.total_bytes) if self.total_bytes else None

    def beat(self, **progress: Any) -> bool:
        """Write down how far it is; False when it is to end."""
        mine = Q(pk=self.pk, state=self.State.RUNNING, cancel_wished=False)
        return bool(OllamaJob.objects.filter(mine).update(beat_at=timezone.now(), **progress))

    def wish_cancel(self) -> None:
        """What only waits ends at once; what runs is ended by whoever works on it."""
        waiting = [self.State.QUEUED, self.State.UPLOADING]
        rows = OllamaJob.objects.filter(pk=self.pk)
        if not rows.filter(state__in=waiting).update(state=self.State.CANCELLED, ended_at=timezone.now()):
            rows.filter(state=self.State.RUNNING).update(cancel_wished=True)

    def end(self, state: "OllamaJob.State", **facts: Any) -> None:
        running = OllamaJob.objects.filter(pk=self.pk, state=self.State.RUNNING)
        running.update(state=state, ended_at=timezone.now(), **facts)

    def again(self) -> bool:
        """Queue it once more; a pull goes on where it stopped, since Ollama keeps what has arrived."""
        ended = [self.State.FAILED, self.State.CANCELLED, self.State.INTERRUPTED]
        fresh: dict[str, Any] = {"cancel_wished": False, "problem_code": "", "problem_said": "", "ended_at": None}
        rows = OllamaJob.objects.filter(pk=self.pk, state__in=ended)
        return bool(rows.update(state=self.State.QUEUED, step="", done_bytes=0, total_bytes=0, **fresh))
