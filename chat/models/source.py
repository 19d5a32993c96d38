"""A citation: the passage an answer was given, as it was then."""

from typing import Any

from django.db import models

from chat.models.message import Message
from knowledge.passages import Passage


class Source(models.Model):
    """One citation [n] of an answer: the passage that was sent to the model, as it was then."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="sources")
    n = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=500)
    url = models.CharField(max_length=2000, blank=True)
    document = models.ForeignKey("knowledge.Document", models.SET_NULL, null=True, blank=True, related_name="+")
    document_name = models.CharField(max_length=255, blank=True)
    page = models.PositiveIntegerField(null=True, blank=True)
    heading = models.CharField(max_length=500, blank=True)
    chunk = models.PositiveBigIntegerField(null=True, blank=True, help_text="The chunk's id when it was cited.")
    text = models.TextField()
    score = models.FloatField(default=0)
    cited = models.BooleanField(default=False)
    checks = models.JSONField(
        default=list, blank=True, help_text="What became of its marks, in their order (chat/evidence/)."
    )
    state = ""  # `gone` or `changed` since; no column: chat/living.py looks when a chat is opened

    class Meta:
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["message", "n"], name="a_number_once_per_answer")]

    def __str__(self) -> str:
        return f"[{self.n}] {self.title}"

    def passage(self) -> Passage:
        """As it stood in the prompt."""
        return Passage(
            text=self.text,
            title=self.title,
            score=self.score,
            url=self.url,
            document_id=str(self.document_id or ""),
            document_name=self.document_name,
            page=self.page,
            heading=self.heading,
            chunk_id=self.chunk,
        )

    def to_wire(self) -> dict[str, Any]:
        """The citation as the contract has it."""
        return {
            "n": self.n,
            "title": self.title,
            "url": self.url or None,
            "document": str(self.document_id) if self.document_id else None,
            "document_name": self.document_name or None,
            "page": self.page,
            "heading": self.heading,
            "chunk": self.chunk,
            "text": self.text,
            "score": round(self.score, 4),
            "cited": self.cited,
            "checks": self.checks,
            "state": self.state or None,
        }
