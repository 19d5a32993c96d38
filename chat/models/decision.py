"""What a person says to a call that waits, and what they have allowed for a whole chat."""

from django.db import models
from django.db.models import TextChoices

from chat.models.conversation import Conversation
from chat.models.message import Message


class ToolDecision(models.Model):
    """A call that waits, or waited: `choice` is empty until its person has clicked, once."""

    class Choice(TextChoices):
        ONCE = "once"
        CHAT = "chat"
        REFUSE = "refuse"

    message = models.ForeignKey(Message, models.CASCADE, related_name="tool_decisions")
    n = models.PositiveIntegerField(help_text="Which call of the answer.")
    tool = models.ForeignKey("providers.Tool", models.CASCADE, related_name="+")
    lasting = models.BooleanField(default=False, help_text="It may be allowed for the whole chat.")
    choice = models.CharField(max_length=10, choices=Choice, blank=True)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "n"], name="one_decision_a_call")]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.n}: {self.choice or '?'}"


class ToolConsent(models.Model):
    """A tool that runs in one chat without being asked again, as long as it is what it was then (`pin`)."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="tool_consents")
    tool = models.ForeignKey("providers.Tool", models.CASCADE, related_name="+")
    pin = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "tool"], name="one_consent_a_tool")]

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.tool_id}"
