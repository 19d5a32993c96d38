"""What the radar keeps of a document, and what it found between two of them (knowledge/radar/)."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from knowledge.models.document import Document
from knowledge.models.library import Library

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from webui.accounts.models import User


class Print(models.Model):
    """The words of a document as a sketch: a sample of the hashes of its word groups, the same for the same words."""

    document = models.OneToOneField(Document, models.CASCADE, primary_key=True, related_name="print")
    level = models.PositiveSmallIntegerField(default=0, help_text="One of 2 to the power of this many is kept.")
    sketch = models.BinaryField(help_text="Sorted uint32, little endian.")
    made_from = models.DateTimeField(help_text="When the document had last changed.")

    def __str__(self) -> str:
        return str(self.pk)


class Statement(models.Model):
    """A sentence that says how much, how many or when; `key` is a hash of its words without those."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="statements")
    key = models.BigIntegerField()
    values = models.JSONField(help_text="What it says, each as a number with its unit or as a day.")
    sentence = models.CharField(max_length=400)

    class Meta:
        indexes = [models.Index(fields=["key"], name="statements_about_the_same")]

    def __str__(self) -> str:
        return self.sentence


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        return self.filter(library__in=Library.objects.visible_to(user))

    def open(self) -> Self:
        """Nobody has put them away, and neither side has been superseded."""
        standing = {"first__superseded_at": None, "second__superseded_at": None}
        return self.filter(put_away_at=None, **standing)


class Finding(models.Model):
    """Two documents of one library that say the same, nearly the same, or not the same. `first` came earlier."""

    class Kind(models.TextChoices):
        DUPLICATE = "duplicate", _("nearly the same text")
        VERSION = "version", _("two versions")
        CONFLICT = "conflict", _("they disagree")

    library = models.ForeignKey(Library, models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=10, choices=Kind)
    first = models.ForeignKey(Document, models.CASCADE, related_name="+")
    second = models.ForeignKey(Document, models.CASCADE, related_name="+")
    key = models.BigIntegerField(default=0, help_text="Of the statements that disagree; 0 for whole documents.")
    share = models.FloatField(default=0, help_text="How much of the shorter one is in the other, 0…1.")
    says = models.JSONField(
        default=dict, blank=True, help_text="first, second: sentences; values: of each what differs."
    )
    found_at = models.DateTimeField(auto_now_add=True)
    put_away_at = models.DateTimeField(null=True, blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second", "kind", "key"], name="a_finding_only_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.first_id}, {self.second_id}"
