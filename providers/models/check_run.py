"""One run of the seven checks of a model: how far it is, and what it found out."""

import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from providers.models.model import Model

SILENT_AFTER = timedelta(seconds=20)  # without a heartbeat nobody works on it any more


class CheckRunQuerySet(models.QuerySet["CheckRun"]):
    def active(self) -> Self:
        """Waiting or being worked on."""
        return self.filter(state__in=[CheckRun.State.QUEUED, CheckRun.State.RUNNING])

    def end_abandoned(self) -> int:
        """Those whose process has died say so."""
        gone = self.filter(state=CheckRun.State.RUNNING, beat_at__lt=timezone.now() - SILENT_AFTER)
        return gone.update(state=CheckRun.State.INTERRUPTED, ended_at=timezone.now())

    def claim_next(self, connection_id: uuid.UUID) -> "CheckRun | None":
        """The oldest that waits for this server, now this caller's; None while another one runs there."""
        on_it = self.filter(model__connection=connection_id)
        if on_it.filter(state=CheckRun.State.RUNNING).exists():
            return None
        for run in on_it.filter(state=CheckRun.State.QUEUED).order_by("created_at"):
            mine = CheckRun.objects.filter(pk=run.pk, state=CheckRun.State.QUEUED)
            if mine.update(state=CheckRun.State.RUNNING, beat_at=timezone.now()):
                return self.select_related("model__connection").get(pk=run.pk)
        return None


class CheckRun(models.Model):
    """Its state is written by whoever claimed it; a wish to cancel is read at each heartbeat."""

    class State(TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        INTERRUPTED = "interrupted", _("interrupted")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model = models.ForeignKey(Model, models.CASCADE, related_name="check_runs")
    connection_name = models.CharField(max_length=100, blank=True, help_text="As it was called then.")
    product = models.CharField(max_length=100, blank=True)
    fingerprint = models.CharField(max_length=16, blank=True, help_text="Of the weights then, where it is told.")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    questions = models.PositiveSmallIntegerField(default=5, help_text="Of the latency.")
    long_seconds = models.PositiveIntegerField(default=60)
    at_once = models.PositiveSmallIntegerField(default=4)
    step = models.CharField(max_length=20, blank=True, help_text="The check that is being made.")
    done = models.PositiveIntegerField(default=0, help_text="How far that one is, out of `of`.")
    of = models.PositiveIntegerField(default=0)
    waits = models.BooleanField(default=False, help_text="For people who are being answered.")
    results = models.JSONField(default=list, blank=True, help_text="See providers/checks/result.py.")
    prompt_tokens = models.BigIntegerField(default=0)
    completion_tokens = models.BigIntegerField(default=0)
    cancel_wished = models.BooleanField(default=False)
    problem_code = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CheckRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["model", "state"], name="check_runs_by_state")]

    def __str__(self) -> str:
        return f"checks of {self.model_id} at {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_active(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    def beat(self, **progress: Any) -> bool:
        """Write down how far it is; False when it is to end."""
        mine = Q(pk=self.pk, state=self.State.RUNNING, cancel_wished=False)
        return bool(CheckRun.objects.filter(mine).update(beat_at=timezone.now(), **progress))

    def wish_cancel(self) -> None:
        """What only waits ends at once; what runs is ended by whoever works on it."""
        rows = CheckRun.objects.filter(pk=self.pk)
        if not rows.filter(state=self.State.QUEUED).update(state=self.State.CANCELLED, ended_at=timezone.now()):
            rows.filter(state=self.State.RUNNING).update(cancel_wished=True)

    def end(self, state: "CheckRun.State", **facts: Any) -> None:
        running = CheckRun.objects.filter(pk=self.pk, state=self.State.RUNNING)
        running.update(state=state, ended_at=timezone.now(), waits=False, **facts)
