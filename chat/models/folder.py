"""Folders and tags: where a person keeps chats, and what is begun there."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from chat.models.conversation import Conversation

if TYPE_CHECKING:
    from webui.accounts.models import User

LONGEST_PROMPT = 20_000  # characters


class FolderQuerySet(models.QuerySet["Folder"]):
    def visible_to(self, user: "User") -> Self:
        """The one door to folders."""
        return self.filter(owner=user)


class Folder(models.Model):
    """Chats of one person that belong together. What is asked in them is asked with the folder's prompt.

    A chat that is begun in it starts with its libraries.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="folders")
    name = models.CharField(max_length=80)
    prompt = models.TextField(blank=True)
    libraries = models.ManyToManyField("knowledge.Library", blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FolderQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that a person, or a model for that person, has put on a chat."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, db_index=False, related_name="tags")
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["conversation", "name"], name="a_tag_once_per_chat")]

    def __str__(self) -> str:
        return self.name
