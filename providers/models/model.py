"""A model that was found on a connection, and who may use it."""

from django.conf import settings
from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from providers.models.connection import Connection


class Model(models.Model):
    """A model on a connection. People, sockets and the API name it by `public_id`, which never changes once given."""

    class Kind(TextChoices):
        CHAT = "chat", _("chat")
        EMBEDDING = "embedding", _("embedding")
        OTHER = "other", _("other")

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="models")
    name = models.CharField(max_length=300, help_text="The server's own id, an opaque string.")
    public_id = models.CharField(max_length=420, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CHAT)
    window = models.PositiveIntegerField(null=True, blank=True, help_text="Context window in tokens, if known.")
    kind_by_hand = models.BooleanField(default=False, help_text="Likewise.")
    window_by_hand = models.BooleanField(default=False, help_text="Set by an administrator; discovery leaves it alone.")
    capabilities = models.JSONField(default=list, blank=True, help_text="vision, tools, thinking, … where told.")
    by_hand = models.BooleanField(default=False, help_text="Typed by an administrator; discovery never removes it.")
    present = models.BooleanField(default=True, help_text="Seen by the last discovery.")
    for_everyone = models.BooleanField(default=False)
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="allowed_models")
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="allowed_models")

    class Meta:
        ordering = ["connection__created_at", "name"]
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="one_row_per_model")]

    def __str__(self) -> str:
        return self.public_id
