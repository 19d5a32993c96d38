"""Connections to model servers, and the models found on them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from webui.crypto import decrypt, encrypt


class Connection(models.Model):
    """A model server: its kind, its final address, its key (encrypted), and how the last discovery went."""

    class Kind(TextChoices):
        OPENAI = "openai", _("OpenAI-compatible")
        OLLAMA = "ollama", _("Ollama")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.OPENAI)
    base_url = models.CharField(_("address"), max_length=500)
    product = models.CharField(max_length=100, blank=True, help_text="What answers there, as far as it tells.")
    encrypted_key = models.TextField(blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    from_environment = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    problem_code = models.CharField(max_length=40, blank=True)
    problem = models.TextField(
        blank=True, help_text="Why the last discovery failed, as a sentence; empty when it worked."
    )

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def api_key(self) -> str:
        """The key in the clear, '' when there is none. Raises `SecretUnreadable`."""
        return decrypt(self.encrypted_key)

    @api_key.setter
    def api_key(self, key: str) -> None:
        self.encrypted_key = encrypt(key.strip())

    @property
    def trouble(self) -> str:
        """`problem` in the reader's language; it was written in that of whoever happened to look."""
        from providers.advice import advice

        return advice(self.problem_code, self.base_url, with_key=bool(self.encrypted_key)) or self.problem


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
