"""What became of each backup that was made by itself, and when the next one is due."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

RETRY = timedelta(hours=1)  # after one that failed, or whose worker died


class Run(models.Model):
    """One backup and its proof. `said` is empty when all is well, else a sentence for the administrator."""

    class State(models.TextChoices):
        RUNNING = "running"
        PROVEN = "proven"
        FAILED = "failed"

    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(default=timezone.now, db_index=True)
    ended_at = models.DateTimeField(null=True)
    archive = models.CharField(max_length=200, blank=True, help_text="The name of the file in WEBUI_BACKUP_FOLDER.")
    kind = models.CharField(max_length=16, blank=True, help_text="How the database lies in it.")
    bytes = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    files = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0, help_text="How long the restore took, checks and all.")
    said = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.archive or 'backup'} ({self.state})"

    @classmethod
    def last_proven(cls) -> Self | None:
        return cls.objects.filter(state=cls.State.PROVEN).order_by("-started_at").first()

    def prove(self, *, rows: int, files: int, seconds: float) -> None:
        self.state, self.rows, self.files, self.seconds = self.State.PROVEN, rows, files, seconds
        self._end("")

    def fail(self, said: str) -> None:
        self.state = self.State.FAILED
        self._end(said)

    def _end(self, said: str) -> None:
        self.said, self.ended_at = said, timezone.now()
        self.save()


class Due(models.Model):
    """The one row that says when the next backup is due; whoever moves it on makes it."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"due at {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def claim(cls) -> bool:
        """Whether this process is to make a backup now: of several, one is."""
        now = timezone.now()
        cls.objects.get_or_create(pk=1, defaults={"at": now})
        return bool(cls.objects.filter(pk=1, at__lte=now).update(at=now + RETRY))

    @classmethod
    def postpone(cls, hours: float) -> None:
        cls.objects.filter(pk=1).update(at=timezone.now() + timedelta(hours=hours))
