"""What a person thinks of an answer: a thumb, reasons, words, and whether others may read the exchange."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.message import Message

if TYPE_CHECKING:
    from webui.accounts.models import User

LONGEST_NOTE = 2000  # characters
# The page shows them in this order (static/src/chat/ratings.ts has the same words).
REASONS = {
    "correct": _("Correct"),
    "clear": _("Clear"),
    "complete": _("Complete"),
    "well_sourced": _("Good sources"),
    "well_worded": _("Well worded"),
    "wrong": _("Not correct"),
    "incomplete": _("Something is missing"),
    "beside_the_point": _("Not what I asked"),
    "badly_sourced": _("Bad or no sources"),
    "outdated": _("Out of date"),
    "too_long": _("Too long"),
    "too_short": _("Too short"),
    "refused": _("Refused without need"),
}
_PRAISE = ("correct", "clear", "complete", "well_sourced", "well_worded")


class RatingQuerySet(models.QuerySet["Rating"]):
    def visible_to(self, user: "User") -> Self:
        """One's own, of answers that one may still read."""
        return self.filter(person=user, message__in=Message.objects.visible_to(user))

    def shared(self) -> Self:
        """Those whose person lets administrators read the exchange."""
        return self.filter(shared=True)


class Rating(models.Model):
    """One person's judgement of one answer. Without `shared` nobody else reads more of it than a count."""

    class Value(models.TextChoices):
        UP = "up"
        DOWN = "down"

    message = models.ForeignKey(Message, models.CASCADE, db_index=False, related_name="ratings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    value = models.CharField(max_length=4, choices=Value)
    reasons = models.JSONField(default=list, blank=True, help_text="Keys of REASONS.")
    note = models.TextField(blank=True)
    shared = models.BooleanField(default=False, help_text="Administrators may read the exchange.")
    changed_at = models.DateTimeField(auto_now=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="one_rating_of_an_answer")]

    def __str__(self) -> str:
        return f"{self.value} for {self.message_id}"

    def to_wire(self) -> dict[str, Any]:
        return {"value": self.value, "reasons": self.reasons, "note": self.note, "shared": self.shared}


def fitting(value: str, reasons: list[str]) -> list[str]:
    """Those of the reasons that exist and go with the thumb, each once, in their own order."""
    return [key for key in REASONS if key in reasons and (key in _PRAISE) == (value == Rating.Value.UP)]
