"""A generation: everything that can be found, cut and embedded in one way. One serves, another may be filled beside it.

Which one serves stands in `RetrievalSettings.generation`, together with how to embed: both change in one row at once.
"""

import uuid
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from knowledge.models.document import Document
from knowledge.models.leases import lapsed
from knowledge.models.settings import RetrievalSettings

LEASE = timedelta(seconds=90)
# What a generation and the settings have in common: how passages are cut and embedded.
CHOICE = (
    "embedding",
    "embedding_url",
    "embedding_model",
    "embedding_width",
    "query_prompt",
    "passage_prompt",
    "encrypted_embedding_key",
    "chunk_size",
    "chunk_overlap",
)


class FillingGone(Exception):
    """Another worker fills this generation now, or nobody wants it any more: stop."""


class GenerationQuerySet(models.QuerySet["Generation"]):
    def there(self) -> Self:
        """Those that have, or are to have, passages."""
        return self.filter(dropped_at=None).exclude(begun_at=None)

    def beside(self) -> Self:
        """Those of them that do not serve."""
        return self.there().exclude(number=RetrievalSettings.stored().generation)

    def unfinished(self) -> Self:
        """Those that a worker has to do with: all but the serving one and those that are gone."""
        return self.filter(cleared_at=None).exclude(number=RetrievalSettings.stored().generation)


class Generation(models.Model):
    """`number` is never used twice; the first one, which everything begins with, has 1."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        FILLING = "filling", _("being filled")
        READY = "ready", _("ready")
        SERVING = "serving", _("serves")
        KEPT = "kept", _("kept")
        DROPPED = "dropped", _("dropped")

    number = models.PositiveIntegerField(primary_key=True)
    embedding = models.CharField(max_length=10, choices=RetrievalSettings.Source, blank=True, default="")
    embedding_url = models.CharField(max_length=500, blank=True)
    embedding_model = models.CharField(max_length=300, blank=True)
    embedding_width = models.PositiveIntegerField(null=True, blank=True)
    query_prompt = models.CharField(max_length=300, blank=True)
    passage_prompt = models.CharField(max_length=300, blank=True)
    encrypted_embedding_key = models.TextField(blank=True)
    chunk_size = models.PositiveSmallIntegerField(default=500)
    chunk_overlap = models.PositiveSmallIntegerField(default=100)
    fingerprint = models.CharField(max_length=16, blank=True, help_text="Of its vectors; names its collections.")
    problem = models.TextField(blank=True, help_text="Why filling waits: an English sentence.")
    comparison = models.JSONField(default=dict, blank=True, help_text="What saved questions gave before and after.")
    need = models.JSONField(default=dict, blank=True, help_text="What it was reckoned to need, before it was begun.")
    claim = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    begun_at = models.DateTimeField(null=True)
    filled_at = models.DateTimeField(null=True)
    served_until = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True, help_text="When nothing of a dropped one was left.")

    objects = GenerationQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.embedding_model or self.embedding or 'environment'}"

    @property
    def state(self) -> str:
        if self.dropped_at:
            return self.State.DROPPED
        if self.number == RetrievalSettings.stored().generation:
            return self.State.SERVING
        if self.begun_at is None:
            return self.State.PROPOSED
        if self.served_until:
            return self.State.KEPT
        return self.State.READY if self.filled_at else self.State.FILLING

    @property
    def trouble(self) -> str:
        return gettext(self.problem) if self.problem else ""

    def as_settings(self) -> RetrievalSettings:
        """How libraries would be searched if this one served; the rest as it is now."""
        row = RetrievalSettings.stored()
        for name in CHOICE:
            setattr(row, name, getattr(self, name))
        row.generation = self.number
        return row

    def missing(self) -> "models.QuerySet[Document]":
        """Ready documents that it does not hold, or holds as they were before they were read anew."""
        same = Q(claim=models.OuterRef("claim")) | Q(claim=None, document__claim=None)
        held = Holding.objects.filter(same, document=models.OuterRef("pk"), generation=self, whole=True)
        return Document.objects.filter(~models.Exists(held), status=Document.Status.READY).order_by("created_at", "pk")

    @classmethod
    def fingerprints(cls) -> set[str]:
        """Of all whose vectors are to be kept."""
        return set(cls.objects.there().exclude(fingerprint="").values_list("fingerprint", flat=True))

    @classmethod
    def take(cls, number: int) -> "Generation | None":
        """To be filled or cleared by one worker: one UPDATE, so only one wins."""
        claim, now = uuid.uuid4(), timezone.now()
        free = cls.objects.filter(Q(lease_until=None) | lapsed(LEASE), number=number)
        if not free.exclude(begun_at=None).update(claim=claim, lease_until=now + LEASE):
            return None
        return cls.objects.filter(number=number, claim=claim).first()

    def still_mine(self) -> None:
        """Say that its worker lives. Raises `FillingGone`."""
        mine = Generation.objects.filter(pk=self.pk, claim=self.claim, dropped_at=self.dropped_at)
        if not mine.update(lease_until=timezone.now() + LEASE):
            raise FillingGone(str(self.pk))

    def leave(self, **fields: Any) -> None:
        mine = Generation.objects.filter(pk=self.pk, claim=self.claim)
        mine.update(claim=None, lease_until=None, **fields)


class Holding(models.Model):
    """A document as one generation has it. There is one for whatever has passages in it; `whole` when all is proved."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="holdings")
    document = models.ForeignKey(Document, models.CASCADE, related_name="holdings")
    whole = models.BooleanField(default=False)
    claim = models.UUIDField(null=True, help_text="The document's, when it was taken in.")
    chunks = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0, help_text="Changes made by hand that could not be carried over.")
    problem = models.TextField(blank=True, help_text="Why it was taken over as it was cut: an English sentence.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["generation", "document"], name="held_once")]

    def __str__(self) -> str:
        return f"{self.document_id} in {self.generation_id}"
