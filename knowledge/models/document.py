"""A document, and how far it has been read: claimed by one worker at a time, under a lease."""

import uuid
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from knowledge.models.library import Library
from knowledge.models.queue import LEASE, LONGEST_PAUSE, MOST_ATTEMPTS, DocumentQuerySet

__all__ = ["LEASE", "MOST_ATTEMPTS", "MOST_WAITS", "Document", "DocumentGone"]
MOST_WAITS = 10
MOST_STEPS = 60
CANCELLED = gettext_noop("Reading was cancelled.")


class DocumentGone(Exception):
    """The document was deleted, or taken over by another worker, while it was being read: stop and write nothing."""


class Document(models.Model):
    """One file (or page) of a library, and how far it has been read."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        PROCESSING = "processing", _("processing")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    class Stage(models.TextChoices):
        NONE = "", ""
        READING = "reading", _("reading")
        EMBEDDING = "embedding", _("embedding")
        CHECKING = "checking", _("checking")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    library = models.ForeignKey(Library, models.CASCADE, related_name="documents")
    name = models.CharField(_("name"), max_length=255)
    url = models.URLField(max_length=2000, blank=True)
    file_name = models.CharField(max_length=64, help_text="Our name for the stored bytes, below FILE_ROOT.", blank=True)
    path = models.CharField(max_length=500, blank=True, help_text="The folder it lay in, when it came with others.")
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    media_type = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.NONE, blank=True)
    chunks_done = models.PositiveIntegerField(default=0)
    chunks_total = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(null=True, blank=True)
    is_note = models.BooleanField(default=False, help_text="Written here, and edited here.")
    ocr = models.BooleanField(default=False, help_text="Pages that are pictures are read too, which takes long.")
    facts = models.JSONField(default=dict, blank=True, help_text="parser, without_text, notes: what the reader said.")
    steps = models.JSONField(default=list, blank=True, help_text="What happened to it (knowledge/recorder.py).")
    made_with = models.CharField(max_length=40, blank=True, help_text="What read and cut it (knowledge/copies.py).")
    edited = models.BooleanField(default=False, help_text="Some of its passages were changed or switched off by hand.")
    superseded_at = models.DateTimeField(null=True, blank=True, help_text="Since when nothing of it is found any more.")
    superseded_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, db_index=False, related_name="+")
    disputed = models.BooleanField(default=False, help_text="Another document of its library says otherwise somewhere.")
    proved_at = models.DateTimeField(null=True, blank=True, help_text="When passages of it were last found again.")
    error = models.TextField(blank=True, help_text="Why it failed or waits: an English sentence; show `problem`.")
    error_values = models.JSONField(default=dict, blank=True, help_text="What the %(…)s in `error` stand for.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims that came to no end.")
    waits = models.PositiveSmallIntegerField(default=0, help_text="Times it was put back for a part that was down.")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="Queued, but not to be taken before.")
    claim = models.UUIDField(null=True, blank=True, editable=False, help_text="Changes with every claim.")
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DocumentQuerySet.as_manager()
    _noted = False

    class Meta:
        ordering = ["-created_at", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["library", "sha256"], condition=~models.Q(sha256=""), name="a_file_once_per_library"
            )
        ]
        indexes = [
            models.Index(fields=["status", "lease_until"], name="documents_in_work"),
            models.Index(fields=["library", "status"], name="documents_of_a_library"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """What stands before the text of each passage: the name without its ending."""
        return PurePath(self.name).stem or self.name

    @property
    def problem(self) -> str:
        """The reason in the language of whoever looks."""
        sentence = gettext(self.error) if self.error else ""
        return sentence % self.error_values if self.error_values else sentence

    @property
    def fraction(self) -> float:
        """How far, 0…1. Reading is the first tenth, the proof the last."""
        if self.status == self.Status.READY:
            return 1.0
        if self.stage == self.Stage.CHECKING:
            return 0.95
        if self.stage == self.Stage.EMBEDDING:
            return round(0.1 + 0.8 * self.chunks_done / max(self.chunks_total, 1), 3)
        return 0.05 if self.stage == self.Stage.READING else 0.0

    def ingest_later(self) -> None:
        """Ring the workers once this transaction is stored. A bell that is lost costs time only: see `tasks.sweep`."""
        from knowledge.tasks import ring

        transaction.on_commit(lambda: ring(self.pk))

    def still_mine(self) -> None:
        """Say that the reader lives; raises `DocumentGone` when there is nothing left to read for."""
        self._keep(lease_until=timezone.now() + LEASE)

    def progress(self, done: int, total: int, stage: str = Stage.EMBEDDING) -> None:
        self._keep(stage=stage, chunks_done=done, chunks_total=total, lease_until=timezone.now() + LEASE)

    def note(self, step: str, **values: Any) -> None:
        """Write down what happened, with the next write of the row."""
        last = {"at": timezone.now().isoformat(timespec="milliseconds"), "step": step, **values}
        self.steps = [*self.steps, last][-MOST_STEPS:]
        self._noted = True

    def finish(self, *, chunks: int, pages: int | None, **more: Any) -> None:
        self._keep(
            status=self.Status.READY,
            chunks_done=chunks,
            chunks_total=chunks,
            pages=pages,
            **more,
            **self._at_rest(),
        )

    def fail(self, sentence: str, **values: Any) -> None:
        self.note("failed", reason=sentence, values=values)
        self._keep(status=self.Status.FAILED, **self._at_rest() | {"error": sentence, "error_values": values})

    def wait(self, sentence: str) -> None:
        """Back to the queue because a part we need is down; later each time, and not for ever."""
        if self.waits >= MOST_WAITS:
            self.fail(sentence)
            return
        pause = min(timedelta(seconds=5 * 2**self.waits), LONGEST_PAUSE)
        self.note("waits", reason=sentence, seconds=int(pause.total_seconds()))
        self._keep(
            status=self.Status.QUEUED,
            **self._at_rest()
            | {"error": sentence, "waits": self.waits + 1, "attempts": 0, "retry_at": timezone.now() + pause},
        )

    def retry(self, *, ocr: bool = False) -> bool:
        """Queue a failed document again, from the start; with `ocr` also a ready one that has pictures for pages."""
        wanted = [self.Status.FAILED, self.Status.READY] if ocr else [self.Status.FAILED]
        fields = self._at_rest() | {"waits": 0, "attempts": 0, "claim": None} | ({"ocr": True} if ocr else {})
        queued = Document.objects.filter(pk=self.pk, status__in=wanted).update(status=self.Status.QUEUED, **fields)
        if queued:
            self.refresh_from_db()
            self.ingest_later()
        return bool(queued)

    def read_again(self) -> bool:
        """Queue a ready document again, as it is; changes of its passages are kept where the text is the same."""
        queued = Document.objects.filter(pk=self.pk, status=self.Status.READY).update(
            status=self.Status.QUEUED, updated_at=timezone.now(), waits=0, attempts=0, claim=None, **self._at_rest()
        )
        if queued:
            self.refresh_from_db()
            self.ingest_later()
        return bool(queued)

    def replace_content(self, **fields: Any) -> None:
        """Other bytes in its place, to be read from the start; whoever reads the old ones finds out, and stops."""
        begun = self._at_rest() | {"waits": 0, "attempts": 0, "claim": None, "facts": {}, "edited": False, "steps": []}
        Document.objects.filter(pk=self.pk).update(
            status=self.Status.QUEUED, chunks_total=0, chunks_done=0, updated_at=timezone.now(), **begun, **fields
        )
        self.refresh_from_db()
        self.ingest_later()

    def cancel(self) -> bool:
        """Stop reading it. Whoever reads it finds out at the next write, and stops; nothing of it is found."""
        self.note("cancelled")
        stopped = Document.objects.filter(pk=self.pk, status__in=[self.Status.QUEUED, self.Status.PROCESSING]).update(
            status=self.Status.FAILED, claim=None, steps=self.steps, updated_at=timezone.now(),
            **self._at_rest() | {"error": CANCELLED},
        )  # fmt: skip
        if stopped:
            self.refresh_from_db()
        return bool(stopped)

    def _at_rest(self) -> dict[str, Any]:
        return {"stage": self.Stage.NONE, "error": "", "error_values": {}, "lease_until": None, "retry_at": None}

    def _keep(self, **fields: Any) -> None:
        """Write only while the claim is ours: a worker given up for dead must not undo another's work."""
        fields["updated_at"] = timezone.now()
        if self._noted:
            fields["steps"] = self.steps
        if not Document.objects.filter(pk=self.pk, claim=self.claim).update(**fields):
            raise DocumentGone(str(self.pk))
        self._noted = False
        for name, value in fields.items():
            setattr(self, name, value)
