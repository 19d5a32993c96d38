"""A passage: what is embedded, found and cited. `Chunk.objects` has those of the generation that serves."""

from typing import TYPE_CHECKING, Any

from django.db import models

from knowledge.models.document import Document
from knowledge.models.settings import RetrievalSettings

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler


class InForce(models.Expression):
    """The number of the generation that serves, or that is pinned, at the moment the query is made.

    Known to each process, so no query has to look it up; and late, so that an event loop may build querysets.
    """

    output_field = models.PositiveIntegerField()

    def as_sql(self, compiler: "SQLCompiler", connection: "BaseDatabaseWrapper") -> Any:
        return "%s", [RetrievalSettings.current().generation]


class ChunkManager(models.Manager["Chunk"]):
    """The one place where generations are told apart; also behind `document.chunks`."""

    def get_queryset(self) -> "models.QuerySet[Chunk]":
        return super().get_queryset().filter(generation=InForce())


class Chunk(models.Model):
    """A passage of a document: what is embedded, found and cited. Offsets are characters in the document's text."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, models.CASCADE, related_name="chunks")
    generation = models.PositiveIntegerField(default=1)
    ordinal = models.PositiveIntegerField()
    text = models.TextField()
    heading = models.CharField(max_length=500, blank=True, help_text="Heading path, joined with ' › '.")
    page = models.PositiveIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField(default=0)
    end = models.PositiveIntegerField(default=0)
    vector = models.BinaryField(null=True, help_text="float32, little endian, of the model named by `fingerprint`.")
    fingerprint = models.CharField(max_length=16, blank=True)
    disabled = models.BooleanField(default=False, help_text="Switched off by hand: never found.")
    original = models.JSONField(null=True, blank=True, help_text="text, start, end as they were read, when edited.")

    objects = ChunkManager()
    everywhere: "models.Manager[Chunk]" = models.Manager()

    class Meta:
        ordering = ["document", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["document", "generation", "ordinal"], name="one_chunk_per_place")
        ]
        # Answers by itself how many vectors of which model there are: rows are large.
        indexes = [models.Index(fields=["document", "fingerprint"], name="vectors_of_documents")]

    @property
    def as_read(self) -> tuple[str, int, int]:
        """(text, start, end) before anybody changed it."""
        was = self.original
        return (was["text"], was["start"], was["end"]) if was else (self.text, self.start, self.end)

    @property
    def is_changed(self) -> bool:
        return self.disabled or self.original is not None

    @property
    def vector_id(self) -> str:
        """The id in Chroma: made from place, so that a second run overwrites the first."""
        return f"{self.document_id.hex}:{self.ordinal}"
