"""Conversations as trees of messages, and the sources each answer was given."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webui.live import Record

if TYPE_CHECKING:
    from webui.accounts.models import User


TITLE_LENGTH = 80
INTERRUPTED = _("The server stopped while this answer was being written. What had arrived is kept.")


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: "User") -> Self:
        """The one door to conversations and, through them, to messages."""
        return self.filter(owner=user)


class Conversation(models.Model):
    """A tree of messages; `active` is the leaf of the branch that is shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=200, blank=True)
    title_by_person = models.BooleanField(default=False)
    active = models.ForeignKey("Message", models.SET_NULL, null=True, blank=True, related_name="+")
    model_ids = models.JSONField(default=list, blank=True, help_text="Public ids of the models chosen last.")
    libraries = models.ManyToManyField("knowledge.Library", blank=True, related_name="+")
    web_search = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["owner", "-updated_at"], name="conversations_of_owner")]

    def __str__(self) -> str:
        return self.title or str(self.id)

    def name_after(self, question: str) -> None:
        """A first title from the first line of the first question, until a better one is written."""
        first = next((line.strip() for line in question.splitlines() if line.strip()), "")
        self.title = first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1].rstrip() + "…"

    def show(self, leaf: "Message") -> None:
        """Make the branch that ends in `leaf` the one that is shown."""
        self.active = leaf
        self.updated_at = timezone.now()
        self.save(update_fields=["active", "updated_at"])


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def interrupt_orphans(self, silent_since: datetime) -> int:
        """End what says it is running but has given no sign of life; its text stays. Returns how many."""
        return self.filter(state=Message.State.RUNNING, heartbeat_at__lt=silent_since).update(
            state=Message.State.INTERRUPTED,
            error_code="interrupted",
            error_detail=str(INTERRUPTED),
            retryable=True,
        )


class Message(models.Model):
    """A question or an answer. Ids rise with time, so siblings are ordered by id and never by a clock."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    class State(models.TextChoices):
        COMPLETE = "complete"
        RUNNING = "running"
        STOPPED = "stopped"
        INTERRUPTED = "interrupted"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    client_id = models.UUIDField(
        null=True, blank=True, help_text="Made by the client; a resend finds the first message."
    )
    role = models.CharField(max_length=10, choices=Role)
    state = models.CharField(max_length=12, choices=State, default=State.COMPLETE)
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    model = models.ForeignKey("providers.Model", models.SET_NULL, null=True, blank=True, related_name="+")
    model_name = models.CharField(max_length=420, blank=True, help_text="The public id, kept when the model is gone.")
    seq = models.PositiveIntegerField(default=0, help_text="Number of the last frame that is in this row.")
    trail = models.JSONField(default=list, blank=True, help_text="How the text was cut into frames (chat/trail.py).")
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="Signs of life while running.")
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    retryable = models.BooleanField(default=False)
    finish_reason = models.CharField(max_length=40, blank=True)
    usage = models.JSONField(default=dict, blank=True)
    params = models.JSONField(default=dict, blank=True)
    stop_requested = models.BooleanField(default=False, help_text="Asked for in another process than the writing one.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["state", "heartbeat_at"], name="running_messages"),
            models.Index(fields=["conversation", "id"], name="messages_in_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "client_id"], condition=models.Q(client_id__isnull=False), name="a_send_only_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"

    def finish(self, record: Record, *, reason: str, usage: dict[str, Any]) -> None:
        """The answer is complete, or was stopped by a person (reason 'stopped')."""
        self.state = self.State.STOPPED if reason == "stopped" else self.State.COMPLETE
        self.finish_reason, self.usage = reason, usage
        self._keep(record)

    def fail(self, record: Record, *, code: str, detail: str, retryable: bool) -> None:
        """The answer could not be finished; what had arrived is kept."""
        self.state = self.State.INTERRUPTED if code == "interrupted" else self.State.FAILED
        self.error_code, self.error_detail, self.retryable = code, detail, retryable
        self._keep(record)

    def _keep(self, record: Record) -> None:
        self.text, self.reasoning = record.text, record.reasoning
        self.trail, self.seq = record.trail, len(record.trail) + 1
        self.save()

    def record(self) -> Record:
        """The stored reply in the hub's form, so that every frame can be sent again."""
        sources = [source.to_wire() for source in self.sources.all()]
        return Record(
            message=self.pk,
            text=self.text,
            reasoning=self.reasoning,
            trail=list(self.trail),
            sources=sources,
            end=self._end(),
        )

    def _end(self) -> dict[str, Any] | None:
        match self.state:
            case self.State.RUNNING:
                return None
            case self.State.COMPLETE | self.State.STOPPED:
                return {"type": "done", "usage": self.usage, "finish_reason": self.finish_reason or None}
        return {
            "type": "error",
            "id": None,
            "code": self.error_code,
            "detail": self.error_detail,
            "retryable": self.retryable,
        }


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

    class Meta:
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["message", "n"], name="a_number_once_per_answer")]

    def __str__(self) -> str:
        return f"[{self.n}] {self.title}"

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
        }
