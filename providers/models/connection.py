"""A connection: where a model server is, how to talk to it, and how the last look at it went."""

import uuid

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
