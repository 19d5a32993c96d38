"""A conversation: a tree of messages with an owner, and the one door to it."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from chat.models.message import Message
    from webui.accounts.models import User

TITLE_LENGTH = 80


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: "User") -> Self:
        """The one door to conversations and, through them, to messages."""
        return self.filter(owner=user)


class Conversation(models.Model):
    """A tree of messages; `active` is the leaf of the branch that is shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="conversations")
    title = models.CharField(max_length=200, blank=True)
    title_by_person = models.BooleanField(default=False)
    # Without a constraint: each deleted message would have all conversations looked through for it.
    active = models.ForeignKey(
        "Message", models.SET_NULL, null=True, blank=True, db_index=False, db_constraint=False, related_name="+"
    )
    model_ids = models.JSONField(default=list, blank=True, help_text="Public ids of the models chosen last.")
    libraries = models.ManyToManyField("knowledge.Library", blank=True, related_name="+")
    web_search = models.BooleanField(default=False)
    params = models.JSONField(default=dict, blank=True, help_text="What is not in here is left to the model server.")
    system = models.TextField(blank=True, default="", help_text="Told to the model before all that was said.")
    # Indexed only for the few rows that have them: a new chat has a page less to write for each.
    folder = models.ForeignKey(
        "chat.Folder", models.SET_NULL, null=True, blank=True, db_index=False, related_name="conversations"
    )
    pinned_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    has_files = models.BooleanField(default=False, help_text="Files were sent here: else none is ever looked for.")
    has_ratings = models.BooleanField(default=False, help_text="An answer was rated here: else none is looked for.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now_add=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="conversations_of_owner"),
            models.Index(fields=["folder"], condition=models.Q(folder__isnull=False), name="chats_in_folders"),
            models.Index(fields=["owner"], condition=models.Q(pinned_at__isnull=False), name="chats_that_are_pinned"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)

    def name_after(self, question: str) -> None:
        """A first title from the first line of the first question, until a better one is written."""
        first = next((line.strip() for line in question.splitlines() if line.strip()), "")
        self.title = first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1].rstrip() + "…"

    def show(self, leaf: "Message") -> None:
        """Make the branch that ends in `leaf` the one that is shown."""
        self.active = leaf
        self.save(update_fields=["active"])
