"""A file that goes with a question: a picture for models that see, or a document whose text is quoted to the model."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from chat.models.message import Message

if TYPE_CHECKING:
    from webui.accounts.models import User


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: "User") -> Self:
        """One's own, and what belongs to a message that one may see."""
        seen = Attachment.messages.through.objects.filter(message__in=Message.objects.visible_to(user))
        return self.filter(Q(owner=user) | Q(pk__in=seen.values("attachment_id")))

    def unused(self, uploaded_before: datetime) -> Self:
        """Sent once, and every message that had it is gone; or uploaded a while ago and never sent."""
        alone = self.filter(messages=None)
        return alone.filter(Q(sent_at__isnull=False) | Q(created_at__lt=uploaded_before))


class Attachment(models.Model):
    """A file of one person. It may belong to several messages: an edited question keeps the files of the first."""

    class Kind(models.TextChoices):
        IMAGE = "image"
        DOCUMENT = "document"

    class State(models.TextChoices):
        READING = "reading"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="attachments")
    messages = models.ManyToManyField(Message, blank=True, related_name="attachments")
    name = models.CharField(max_length=255, help_text="As its owner named it: words for people, never a path.")
    kind = models.CharField(max_length=10, choices=Kind)
    media_type = models.CharField(max_length=100, help_text="By content, never by name.")
    file_name = models.CharField(max_length=64, help_text="Our name for the stored bytes.")
    small_name = models.CharField(max_length=64, blank=True, help_text="Our name for a picture's small copy.")
    sha256 = models.CharField(max_length=64, help_text="Of what is stored.")
    size = models.PositiveBigIntegerField(help_text="Bytes that are stored.")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.READING)
    error = models.TextField(blank=True, help_text="Why it failed: an English sentence; show `problem`.")
    error_values = models.JSONField(default=dict, blank=True, help_text="What the %(…)s in `error` stand for.")
    text = models.TextField(blank=True, help_text="What was read of a document: its blocks, as JSON.")
    letters = models.PositiveIntegerField(default=0, help_text="Characters of that text.")
    read_by = models.UUIDField(null=True, blank=True, help_text="Changes with every process that begins to read it.")
    read_at = models.DateTimeField(null=True, blank=True, help_text="When that began.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="First sent with a question.")
    made = models.JSONField(null=True, blank=True, help_text="Of a picture that was made here: {prompt, server, seed}.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def problem(self) -> str:
        """Why it failed, in the language of whoever looks."""
        sentence = gettext(self.error) if self.error else ""
        return sentence % self.error_values if self.error_values else sentence

    def to_wire(self) -> dict[str, Any]:
        return {
            "id": str(self.pk),
            "name": self.name,
            "kind": self.kind,
            "media_type": self.media_type,
            "size": self.size,
            "width": self.width,
            "height": self.height,
            "state": self.state,
            "error": self.problem or None,
            **({"made": self.made} if self.made else {}),
        }
