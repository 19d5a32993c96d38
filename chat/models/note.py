"""A note of a person's own: Markdown that can be found, asked about and put into a library."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from webui.accounts.models import User

LONGEST_NOTE = 200_000  # characters


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(owner=user)

    def having(self, words: str) -> Self:
        """Those with every word, in the title or the text."""
        found = self
        for word in words.split()[:10]:
            found = found.filter(Q(title__icontains=word) | Q(text__icontains=word))
        return found


class Note(models.Model):
    """`document` is its copy in a library, which is written anew when the note is kept there again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notes")
    title = models.CharField(max_length=200)
    text = models.TextField()
    document = models.ForeignKey("knowledge.Document", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at"]

    def __str__(self) -> str:
        return self.title
