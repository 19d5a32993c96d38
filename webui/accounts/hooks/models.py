"""Where to say that somebody has signed up. The address is kept like a secret: in chats it is one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from webui import crypto


class SignUpHook(models.Model):
    class Kind(models.TextChoices):
        JSON = "json", _("any server: JSON with a signature")
        GOOGLE_CHAT = "google_chat", "Google Chat"
        TEAMS = "teams", "Microsoft Teams"

    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.JSON)
    encrypted_url = models.TextField()
    encrypted_secret = models.TextField(blank=True)
    enabled = models.BooleanField(_("in use"), default=True)
    told_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Of the last time, as a sentence.")

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """Raises `SecretUnreadable`."""
        return crypto.decrypt(self.encrypted_url)

    @property
    def secret(self) -> str:
        """Raises `SecretUnreadable`."""
        return crypto.decrypt(self.encrypted_secret)
