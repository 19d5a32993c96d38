"""A document, and how far it has been read: claimed by one worker at a time, under a lease."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from knowledge.models.library import Library, Right

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from webui.accounts.models import User

LEASE = timedelta(seconds=40)
MOST_ATTEMPTS = 3
MOST_WAITS = 10
POISON = gettext_noop(
    "Reading this file ended the reader %(times)s times without a reason given. Try to export it again, or in another"
    " format."
)


class DocumentGone(Exception):
    """The document was deleted, or taken over by another worker, while it was being read: stop and write nothing."""


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: "User | AnonymousUser", right: str = Right.READ) -> Self:
        """Through the door of their library."""
        return self.filter(library__in=Library.objects.visible_to(user, right))

    def waiting(self) -> Self:
        """Nobody is reading these: queued and due, or their worker gave no sign of life for the time of a lease."""
        now = timezone.now()
        due = Q(status=Document.Status.QUEUED) & (Q(retry_at=None) | Q(retry_at__lte=now))
        return self.filter(due | Q(status=Document.Status.PROCESSING, lease_until__lt=now), attempts__lt=MOST_ATTEMPTS)

    def give_up(self) -> int:
        """Fail what took its workers down with it each time: a poison document must not come round for ever."""
        poison = self.filter(
            status=Document.Status.PROCESSING, lease_until__lt=timezone.now(), attempts__gte=MOST_ATTEMPTS
        )
        return poison.update(
            status=Document.Status.FAILED,
            stage=Document.Stage.NONE,
            lease_until=None,
            claim=None,
            error=POISON,
            error_values={"times": MOST_ATTEMPTS},
            updated_at=timezone.now(),
        )

    def hand_back(self) -> int:
        """Queue again, as if it had never been taken, what a worker reads that has to go."""
        return self.filter(status=Document.Status.PROCESSING).update(
            status=Document.Status.QUEUED,
            stage=Document.Stage.NONE,
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
                status=Document.Status.PROCESSING,
                stage=Document.Stage.READING,
                claim=claim,
                lease_until=timezone.now() + LEASE,
                attempts=F("attempts") + 1,
                chunks_done=0,
                chunks_total=0,
                updated_at=timezone.now(),
            )
        )
        return self.select_related("library__owner").filter(pk=document_id, claim=claim).first() if taken else None


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
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    media_type = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.NONE, blank=True)
    chunks_done = models.PositiveIntegerField(default=0)
    chunks_total = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(null=True, blank=True)
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

    class Meta:
        ordering = ["-created_at", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["library", "sha256"], condition=~models.Q(sha256=""), name="a_file_once_per_library"
            )
        ]
        indexes = [models.Index(fields=["status", "lease_until"], name="documents_in_work")]

    def __str__(self) -> str:
        return self.name

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

    def finish(self, *, chunks: int, pages: int | None) -> None:
        self._keep(
            status=self.Status.READY,
            chunks_done=chunks,
            chunks_total=chunks,
            pages=pages,
            **self._at_rest(),
        )

    def fail(self, sentence: str, **values: Any) -> None:
        self._keep(status=self.Status.FAILED, **self._at_rest() | {"error": sentence, "error_values": values})

    def wait(self, sentence: str) -> None:
        """Back to the queue because a part we need is down; later each time, and not for ever."""
        if self.waits >= MOST_WAITS:
            self.fail(sentence)
            return
        pause = timedelta(seconds=min(5 * 2**self.waits, 300))
        self._keep(
            status=self.Status.QUEUED,
            **self._at_rest()
            | {"error": sentence, "waits": self.waits + 1, "attempts": 0, "retry_at": timezone.now() + pause},
        )

    def retry(self) -> bool:
        """Queue a failed document again, from the start."""
        queued = Document.objects.filter(pk=self.pk, status=self.Status.FAILED).update(
            status=self.Status.QUEUED, **self._at_rest() | {"waits": 0, "attempts": 0}
        )
        if queued:
            self.refresh_from_db()
            self.ingest_later()
        return bool(queued)

    def _at_rest(self) -> dict[str, Any]:
        return {"stage": self.Stage.NONE, "error": "", "error_values": {}, "lease_until": None, "retry_at": None}

    def _keep(self, **fields: Any) -> None:
        """Write only while the claim is ours: a worker given up for dead must not undo another's work."""
        fields["updated_at"] = timezone.now()
        if not Document.objects.filter(pk=self.pk, claim=self.claim).update(**fields):
            raise DocumentGone(str(self.pk))
        for name, value in fields.items():
            setattr(self, name, value)
