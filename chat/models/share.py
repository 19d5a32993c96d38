"""Links under which a chat can be read, and who may open such links at all."""

import secrets

from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chat.models.conversation import Conversation
from chat.models.message import Message


def new_token() -> str:
    return secrets.token_urlsafe(24)


class ShareLink(models.Model):
    """One path of a chat, down to `leaf`, to be read by whoever has the link and may open it (chat/sharing/door.py)."""

    token = models.CharField(max_length=40, unique=True, default=new_token)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="shares")
    leaf = models.ForeignKey(Message, models.CASCADE, related_name="+")
    passages = models.BooleanField(default=False, help_text="With the passages that answers were given.")
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"link to {self.conversation_id}"


class SharingRule(models.Model):
    """Who may open links to chats: one row; without it, those who are signed in."""

    class Readers(TextChoices):
        PEOPLE = "people", _("people who are signed in")
        ANYONE = "anyone", _("anyone who has the link")
        NOBODY = "nobody", _("nobody: sharing is forbidden")

    readers = models.CharField(max_length=10, choices=Readers, default=Readers.PEOPLE)

    def __str__(self) -> str:
        return self.readers

    @classmethod
    def now(cls) -> str:
        rule = cls.objects.first()
        return rule.readers if rule else cls.Readers.PEOPLE
