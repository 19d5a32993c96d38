"""A model that was found on a connection, what it can do and costs, who may use it, and the rule for new ones."""

import hashlib
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from providers.models.connection import Connection


class Model(models.Model):
    """A model on a connection. People, sockets and the API name it by `public_id`, which never changes once given."""

    class Kind(TextChoices):
        CHAT = "chat", _("chat")
        EMBEDDING = "embedding", pgettext_lazy("kind of model", "embedding")
        SPEECH = "speech", _("speech: reads aloud")
        TRANSCRIPTION = "transcription", _("transcription: writes down")
        OTHER = "other", _("other")

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="models")
    name = models.CharField(max_length=300, help_text="The server's own id, an opaque string.")
    public_id = models.CharField(max_length=420, unique=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CHAT)
    window = models.PositiveIntegerField(null=True, blank=True, help_text="Context window in tokens, if known.")
    kind_by_hand = models.BooleanField(default=False, help_text="Likewise.")
    window_by_hand = models.BooleanField(default=False, help_text="Set by an administrator; discovery leaves it alone.")
    capabilities = models.JSONField(default=list, blank=True, help_text="vision, tools, thinking, … where told.")
    by_hand = models.BooleanField(default=False, help_text="Typed by an administrator; discovery never removes it.")
    present = models.BooleanField(default=True, help_text="Seen by the last discovery.")
    for_everyone = models.BooleanField(default=False)
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="allowed_models")
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="allowed_models")
    digest = models.CharField(max_length=300, blank=True, help_text="What the server says the weights are.")
    digest_changed_at = models.DateTimeField(null=True, blank=True)
    capabilities_by_hand = models.JSONField(null=True, blank=True, help_text="Instead of what was discovered.")
    price_in = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True, help_text="Per million.")
    price_out = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True, help_text="Per million.")
    description = models.TextField(blank=True)
    hidden = models.BooleanField(default=False, help_text="Not in the picker; who may use it still may.")
    position = models.IntegerField(default=0, help_text="Smaller ones come first in the picker.")
    replica_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replicas", help_text="The same on another host."
    )
    window_cap = models.PositiveIntegerField(null=True, blank=True, help_text="The most num_ctx that is asked for.")
    keep_alive = models.CharField(max_length=20, blank=True, help_text="How long it stays loaded, as Ollama says it.")
    measured = models.JSONField(default=dict, blank=True, help_text="How its tokens count, learnt (chat/tokens.py).")

    class Meta:
        ordering = ["connection__created_at", "name"]
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="one_row_per_model")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def abilities(self) -> set[str]:
        """What it can do: vision, tools, thinking, embedding, … as an administrator said, else as the server did."""
        return abilities_of(self.capabilities, self.capabilities_by_hand)

    @property
    def usable_window(self) -> int | None:
        """The context window as far as it may be used."""
        return smallest_window(self.window, self.window_cap)

    @property
    def fingerprint(self) -> str:
        """Short for the digest, to be kept with each answer; '' when the server does not tell."""
        return hashlib.sha256(self.digest.encode()).hexdigest()[:16] if self.digest else ""


def abilities_of(told: Iterable[object], by_hand: Iterable[object] | None) -> set[str]:
    """`Model.abilities` of columns, for who reads no whole rows."""
    return {str(one) for one in (told if by_hand is None else by_hand)}


def smallest_window(*sizes: int | None) -> int | None:
    """The least of those that are known."""
    return min((size for size in sizes if size), default=None)


class NewModels(models.Model):
    """Who may use a model that is found for the first time: one row for a connection, one without for all others."""

    class Rule(TextChoices):
        NOBODY = "nobody", _("nobody, until an administrator says so")
        EVERYONE = "everyone", _("everyone")
        GROUPS = "groups", _("these groups")

    connection = models.OneToOneField(
        Connection, models.CASCADE, null=True, blank=True, related_name="new_models", help_text="Empty: all others."
    )
    rule = models.CharField(max_length=10, choices=Rule, default=Rule.NOBODY)
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.connection or '*'}: {self.rule}"
