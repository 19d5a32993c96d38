"""A citation: the passage an answer was given, as it was then."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.message import Message
from knowledge.passages import Passage

WITHHELD = _("You no longer have access to this source.")


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
    library = models.UUIDField(null=True, blank=True, help_text="The library it came from, which may be gone.")
    chunk = models.PositiveBigIntegerField(null=True, blank=True, help_text="The chunk's id when it was cited.")
    start = models.PositiveIntegerField(null=True, blank=True, help_text="Where it stood in the document's text then.")
    end = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField()
    score = models.FloatField(default=0)
    cited = models.BooleanField(default=False)
    checks = models.JSONField(
        default=list, blank=True, help_text="What became of its marks, in their order (chat/evidence/)."
    )
    disagrees = models.JSONField(null=True, blank=True, help_text="Other sources of the answer that say otherwise.")
    state = ""  # `gone`, `superseded` or `changed` since; no column: chat/living.py looks when a chat is opened
    opened = False  # no column either: chat/sight.py opens what its reader may read now

    class Meta:
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["message", "n"], name="a_number_once_per_answer")]

    def __str__(self) -> str:
        return f"[{self.n}] {self.title}"

    @property
    def is_shut(self) -> bool:
        """Of a library, and nobody has found that its reader may see that: its text goes nowhere."""
        return not self.opened and bool(self.library or self.document_id)

    @property
    def own_text(self) -> str:
        """Its text without the head of its table, which is repeated where the rows stand alone."""
        if self.start is None or self.end is None:
            return self.text
        return self.text[max(len(self.text) - (self.end - self.start), 0) :]

    def passage(self) -> Passage:
        """As it stood in the prompt."""
        if self.is_shut:
            return Passage(text=str(WITHHELD), title=self.title, score=self.score)
        return Passage(
            text=self.text,
            title=self.title,
            score=self.score,
            url=self.url,
            document_id=str(self.document_id or ""),
            document_name=self.document_name,
            library_id=str(self.library or ""),
            page=self.page,
            heading=self.heading,
            chunk_id=self.chunk,
            start=self.start,
            end=self.end,
        )

    def to_wire(self) -> dict[str, Any]:
        """The citation as the contract has it. Of one that is shut no more than that there was one."""
        shut = self.is_shut
        return {
            "n": self.n,
            "title": self.title,
            "url": None if shut else self.url or None,
            "document": None if shut or not self.document_id else str(self.document_id),
            "document_name": self.document_name or None,
            "page": None if shut else self.page,
            "heading": "" if shut else self.heading,
            "chunk": None if shut else self.chunk,
            "text": "" if shut else self.text,
            "score": round(self.score, 4),
            "cited": self.cited,
            "checks": self.checks,
            "state": self.state or ("withheld" if shut else None),
        } | ({"disagrees": self.disagrees} if self.disagrees and not shut else {})
