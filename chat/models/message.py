"""A question or an answer, and the process that writes it."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.conversation import Conversation
from webui.live import Record

if TYPE_CHECKING:
    from chat.ledger import Ledger
    from providers.budgets import Claim
    from webui.accounts.models import User

INTERRUPTED = _("The server stopped while this answer was being written. What had arrived is kept.")


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(conversation__in=Conversation.objects.visible_to(user))

    def pulses(self) -> "models.QuerySet[Message, tuple[uuid.UUID | None, datetime | None]]":
        """Who writes what is running, each with their last sign of life, which nobody may have heard."""
        beat = Process.objects.filter(pk=models.OuterRef("writer")).values("beat_at")
        writing = self.filter(state=Message.State.RUNNING).order_by()
        return writing.values_list("writer", models.Subquery(beat)).distinct()

    def orphaned(self, silent_since: datetime) -> Self:
        """Answers that say they are running although their process has given no sign of life since then."""
        living = Process.objects.filter(beat_at__gte=silent_since)
        return self.filter(state=Message.State.RUNNING).exclude(writer__in=living.values("pk"))


class Process(models.Model):
    """A web process that writes answers, by its own name; `beat_at` is its last sign of life."""

    id = models.UUIDField(primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


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
    # Every index is a page more to write for each question: these columns are only looked up where another index leads.
    conversation = models.ForeignKey(Conversation, models.CASCADE, db_index=False, related_name="messages")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, db_index=False, related_name="+"
    )
    client_id = models.UUIDField(
        null=True, blank=True, help_text="Made by the client; a resend finds the first message."
    )
    role = models.CharField(max_length=10, choices=Role)
    state = models.CharField(max_length=12, choices=State, default=State.COMPLETE)
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    model = models.ForeignKey(
        "providers.Model", models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )
    model_name = models.CharField(max_length=420, blank=True, help_text="The public id, kept when the model is gone.")
    model_digest = models.CharField(max_length=16, blank=True, help_text="Its fingerprint then, where it is told.")
    assistant = models.ForeignKey(
        "chat.Assistant", models.SET_NULL, null=True, blank=True, db_index=False, related_name="+"
    )
    seq = models.PositiveIntegerField(default=0, help_text="Number of the last frame that is in this row.")
    trail = models.JSONField(default=list, blank=True, help_text="How the text was cut into frames (webui/live/).")
    writer = models.UUIDField(null=True, blank=True, help_text="The process that writes it, or wrote it last.")
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    retryable = models.BooleanField(default=False)
    finish_reason = models.CharField(max_length=40, blank=True)
    usage = models.JSONField(default=dict, blank=True)
    ledger = models.JSONField(null=True, blank=True, help_text="What was sent, in short (chat/ledger.py).")
    host = models.CharField(max_length=100, blank=True, help_text="The name of the connection that answered.")
    params = models.JSONField(default=dict, blank=True)
    told_from = models.BigIntegerField(
        null=True, help_text="Oldest message in the prompt, when older ones did not fit."
    )
    stop_requested = models.BooleanField(default=False, help_text="Asked for in another process than the writing one.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MessageQuerySet.as_manager()
    claim: "Claim | None" = None  # what it holds of its person's limits while it is written; no column
    account: "Ledger | None" = None  # what is sent and counted while it is written; no column either

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["writer"], condition=models.Q(state="running"), name="running_answers"),
            models.Index(fields=["conversation", "id"], name="messages_in_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["author", "client_id"], condition=models.Q(client_id__isnull=False), name="a_send_only_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"

    @property
    def failure(self) -> dict[str, Any]:
        """What went wrong, in the words of whoever reads it."""
        detail = self.error_detail or (str(INTERRUPTED) if self.error_code == "interrupted" else "")
        return {"code": self.error_code, "detail": detail, "retryable": self.retryable}

    @property
    def search(self) -> str:
        """The receipt of a web search (docs/protocol.md), '' without one."""
        return next((item[1] for item in self.trail if isinstance(item, list) and item[0] == "searched"), "")

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
                done = {"type": "done", "usage": self.usage, "finish_reason": self.finish_reason or None}
                cut = (self.ledger or {}).get("truncated")
                checks = {str(source.n): source.checks for source in self.sources.all() if source.checks}
                return done | ({"truncated": cut} if cut else {}) | ({"evidence": checks} if checks else {})
        return {"type": "error", "id": None, **self.failure}
