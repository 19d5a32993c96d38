"""What somebody has typed into a chat and not sent, kept for their other devices."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Draft(models.Model):
    """One for each chat, and one of a person for the chat that is not there yet; none when nothing is typed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+")
    conversation = models.OneToOneField(
        "chat.Conversation", models.CASCADE, null=True, blank=True, related_name="draft"
    )
    text = models.TextField()
    typed_at = models.DateTimeField(help_text="When the last key was pressed, by the clock of this server.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(conversation__isnull=True), name="one_draft_of_a_new_chat"
            )
        ]

    def __str__(self) -> str:
        return f"draft of {self.user_id}"
