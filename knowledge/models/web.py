"""Whether, how and by whom the web may be searched."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from webui.crypto import decrypt, encrypt

if TYPE_CHECKING:
    from webui.accounts.models import User


class WebSearchSettings(models.Model):
    """One row: whether people may search the web, which of them, and how."""

    class Rule(models.TextChoices):
        EVERYONE = "everyone", _("everyone")
        GROUPS = "groups", _("these groups")

    enabled = models.BooleanField(_("people may search the web"), default=True)
    results = models.PositiveSmallIntegerField(_("results per search"), default=5)
    seconds = models.PositiveSmallIntegerField(_("Seconds for a search"), default=6)
    heeds_robots = models.BooleanField(_("Heed robots.txt for pages that a search found"), default=True)
    rule = models.CharField(max_length=10, choices=Rule, default=Rule.EVERYONE)
    groups = models.ManyToManyField("auth.Group", blank=True, related_name="+")
    allowed_domains = models.TextField(blank=True, help_text="One a line; empty: all. Subdomains are meant as well.")
    denied_domains = models.TextField(blank=True)
    # Of the time when there was one engine. Their values have moved to `SearchEngine`; nobody reads them.
    base_url = models.CharField(_("address"), max_length=500, blank=True)
    encrypted_key = models.TextField(blank=True)

    def __str__(self) -> str:
        return "web search"

    def admits(self, user: "User") -> bool:
        """Whether this person may search the web and have pages read. A query, where groups decide."""
        if not (self.enabled and user.is_active):
            return False
        if self.rule == self.Rule.EVERYONE or user.is_superuser:
            return True
        return self.pk is not None and self.groups.filter(pk__in=user.groups.all()).exists()


class SearchEngine(models.Model):
    """One engine, as an administrator has set it up. They are asked in the order of `position`."""

    kind = models.CharField(max_length=20, help_text="A key of knowledge.web.engines.ENGINES.")
    name = models.CharField(_("name"), max_length=80, blank=True)
    position = models.PositiveIntegerField(default=0)
    enabled = models.BooleanField(_("in use"), default=True)
    base_url = models.CharField(_("address"), max_length=1000, blank=True)
    encrypted_key = models.TextField(blank=True)
    options = models.JSONField(default=dict, blank=True, help_text="What this kind asks for besides.")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name or self.kind

    @property
    def api_key(self) -> str:
        """Raises `SecretUnreadable`."""
        return decrypt(self.encrypted_key)

    @api_key.setter
    def api_key(self, key: str) -> None:
        self.encrypted_key = encrypt(key.strip())
