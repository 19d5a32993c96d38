"""The blind arena: who may enter it, and two answers to one question with what a person thought of them."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from webui.accounts.models import User

SIDES = ("left", "right")


class ArenaRule(models.Model):
    """Who may compare models blindly, and who may see the leaderboard: one row; without it, administrators alone."""

    class Rule(TextChoices):
        NOBODY = "nobody", _("administrators alone")
        GROUPS = "groups", _("these groups")
        EVERYONE = "everyone", _("everyone")

    players = models.CharField(max_length=10, choices=Rule, default=Rule.NOBODY)
    player_groups = models.ManyToManyField("auth.Group", blank=True, related_name="+")
    viewers = models.CharField(max_length=10, choices=Rule, default=Rule.NOBODY)
    viewer_groups = models.ManyToManyField("auth.Group", blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.players}, {self.viewers}"


class DuelQuerySet(models.QuerySet["Duel"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(owner=user)

    def voted(self) -> Self:
        return self.exclude(vote="")


class Duel(models.Model):
    """One question to two models. `left` and `right` are public ids in the order in which they stand on the page."""

    class Vote(TextChoices):
        LEFT = "left", _("The left one is better")
        RIGHT = "right", _("The right one is better")
        TIE = "tie", _("Both are equally good")
        BAD = "bad", _("Both are bad")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="duels")
    question = models.TextField()
    left = models.CharField(max_length=420)
    right = models.CharField(max_length=420)
    libraries = models.JSONField(default=list, blank=True, help_text="Keys of those that both were to read.")
    answers = models.JSONField(
        default=dict, help_text="By side: text, sources (not their texts), ended, problem, seconds, tokens, digest."
    )
    topic = models.CharField(
        max_length=20, blank=True, help_text="By the words of the question (chat/arena/topics.py)."
    )
    vote = models.CharField(max_length=5, choices=Vote, blank=True, default="")
    named_itself = models.BooleanField(default=False, help_text="An answer said whose it is: the vote was not blind.")
    shared = models.BooleanField(default=False, help_text="Administrators may read the exchange.")
    chat = models.ForeignKey(
        "chat.Conversation", models.SET_NULL, null=True, blank=True, related_name="+", help_text="Where it went on."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    heard_at = models.DateTimeField(auto_now_add=True, help_text="The last sign of life of whoever writes the answers.")
    voted_at = models.DateTimeField(null=True, blank=True)

    objects = DuelQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"duel {self.pk}"

    def text(self, side: str) -> str:
        return str(self.answers.get(side, {}).get("text", ""))

    @property
    def ended(self) -> bool:
        return all(self.answers.get(side, {}).get("ended") for side in SIDES)

    @property
    def complete(self) -> bool:
        """Both have said something: only then there is something to judge."""
        return self.ended and all(self.text(side) and not self.answers[side].get("problem") for side in SIDES)
