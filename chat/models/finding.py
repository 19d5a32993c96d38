"""What the search for chats has seen of them."""

from django.conf import settings
from django.db import models

from chat.models.conversation import Conversation


class Searched(models.Model):
    """How far the chats of a person are indexed: whole, as far as they were written to before `upto`."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    upto = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.owner_id} {self.upto}"


class Indexed(models.Model):
    """A chat whose title is indexed; `due`: something was changed in it that its date does not tell."""

    conversation = models.OneToOneField(Conversation, models.CASCADE, related_name="indexed")
    title = models.CharField(max_length=200, blank=True, help_text="As it was when it was indexed.")
    due = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["due"], condition=models.Q(due=True), name="chats_to_index_again")]

    def __str__(self) -> str:
        return str(self.conversation_id)
