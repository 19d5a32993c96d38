"""A connection: where a model server is, how to talk to it, and how the last look at it went."""

import json
import uuid
from collections.abc import Mapping

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
    prefix = models.CharField(
        _("prefix"), max_length=40, blank=True, help_text="Put before the ids of newly found models."
    )
    encrypted_headers = models.TextField(blank=True, help_text="Headers of its own, encrypted like the key.")
    pool = models.CharField(
        _("shares the load with"),
        max_length=60,
        blank=True,
        help_text="Connections of one pool share the answers of equally named models.",
    )
    first_timeout = models.PositiveIntegerField(
        _("seconds until the first word"), null=True, blank=True, help_text="None: as for everybody."
    )
    idle_timeout = models.PositiveIntegerField(_("seconds of silence"), null=True, blank=True, help_text="Likewise.")
    card = models.JSONField(default=dict, blank=True, help_text="What the Connection Doctor found out.")
    card_at = models.DateTimeField(null=True, blank=True)
    learnt = models.JSONField(default=dict, blank=True, help_text="What the client found out in use, by model.")
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
    def headers(self) -> dict[str, str]:
        """Its own headers in the clear. Raises `SecretUnreadable`."""
        text = decrypt(self.encrypted_headers)
        return dict(json.loads(text)) if text else {}

    @headers.setter
    def headers(self, headers: Mapping[str, str]) -> None:
        self.encrypted_headers = encrypt(json.dumps(dict(headers), ensure_ascii=False)) if headers else ""

    @property
    def trouble(self) -> str:
        """`problem` in the reader's language; it was written in that of whoever happened to look."""
        from providers.advice import advice

        return advice(self.problem_code, self.base_url, with_key=bool(self.encrypted_key)) or self.problem
