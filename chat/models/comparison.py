"""Two answers to one question that were put side by side and kept: with passages of libraries, and without."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chat.models.message import Message

if TYPE_CHECKING:
    from webui.accounts.models import User


class ComparisonQuerySet(models.QuerySet["Comparison"]):
    def visible_to(self, user: "User") -> Self:
        """One's own, of answers that one may still read."""
        return self.filter(owner=user, first__in=Message.objects.visible_to(user))


class Comparison(models.Model):
    """`first` stands left. It goes with either of its answers."""

    class Verdict(TextChoices):
        FIRST = "first", _("The left one is better")
        SECOND = "second", _("The right one is better")
        TIE = "tie", _("Both are equally good")
        BAD = "bad", _("Both are bad")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="comparisons")
    first = models.ForeignKey(Message, models.CASCADE, related_name="+")
    second = models.ForeignKey(Message, models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=6, choices=Verdict, blank=True, default="")
    note = models.TextField(blank=True)
    shared = models.BooleanField(default=False, help_text="Administrators may read the exchange.")
    judged_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["owner", "first", "second"], name="a_comparison_only_once")]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"
