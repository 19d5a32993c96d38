"""What a person wants to be remembered of them: a line of plain text, written by their click and no other way."""

from django.conf import settings
from django.db import models

MOST = 50  # of one person
LONGEST = 300  # characters


class Memory(models.Model):
    """One line. Whether any is told to models, and how many there are, stands with the person (webui/accounts)."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="memories")
    text = models.CharField(max_length=LONGEST)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["person", "text"], name="a_memory_only_once")]

    def __str__(self) -> str:
        return self.text
