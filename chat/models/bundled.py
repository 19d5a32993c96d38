"""What a chat that came as a bundle was called where it came from, so that it is written again byte by byte."""

from django.db import models

from chat.models.conversation import Conversation


class Bundled(models.Model):
    """`head` is what its bundle says of the whole chat and this product has no column for (chat/bundle/)."""

    conversation = models.OneToOneField(Conversation, models.CASCADE, primary_key=True, related_name="bundled")
    key = models.UUIDField()
    head = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.key)
