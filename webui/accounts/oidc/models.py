"""Sign-in providers that an administrator has entered, and whose accounts there are whose here."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from webui import crypto


class Newcomers(models.TextChoices):
    """What becomes of somebody who comes for the first time."""

    LET_IN = "let_in", _("they get an account at once")
    PENDING = "pending", _("they wait until an administrator approves")
    REFUSED = "refused", _("they are turned away: only accounts that are connected already")


class SignInProvider(models.Model):
    """An OpenID Connect provider."""

    name = models.CharField(_("name"), max_length=60)
    discovery_url = models.URLField(_("address"), max_length=500)
    client_id = models.CharField(_("client id"), max_length=300)
    encrypted_secret = models.TextField(blank=True)
    scopes = models.CharField(_("scopes"), max_length=300, default="openid email profile")
    domains = models.CharField(_("e-mail domains"), max_length=500, blank=True)
    newcomers = models.CharField(_("newcomers"), max_length=10, choices=Newcomers, default=Newcomers.PENDING)
    groups_claim = models.CharField(_("claim with groups"), max_length=60, blank=True)
    group_map = models.JSONField(default=dict, blank=True, help_text="{value of the claim: name of a group here}")
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """Raises `SecretUnreadable`."""
        return crypto.decrypt(self.encrypted_secret)

    @property
    def allowed_domains(self) -> set[str]:
        return {part.strip().lower().lstrip("@") for part in self.domains.split(",") if part.strip()}


class Identity(models.Model):
    """An account there: the issuer and its number for the person, which never changes hands as an address may."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="identities")
    provider = models.ForeignKey(SignInProvider, models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    email = models.CharField(max_length=254, blank=True, help_text="As it was told last; nothing is decided by it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="an_identity_only_once")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.email or self.subject}"
