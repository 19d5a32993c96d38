"""Whether and how people may search the web."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from webui.crypto import decrypt, encrypt


class WebSearchSettings(models.Model):
    """One row: whether people may search the web, and with which key."""

    enabled = models.BooleanField(_("people may search the web"), default=True)
    base_url = models.CharField(_("address"), max_length=500, blank=True)
    encrypted_key = models.TextField(blank=True)
    results = models.PositiveSmallIntegerField(_("results per search"), default=5)

    @property
    def api_key(self) -> str:
        return decrypt(self.encrypted_key)

    @api_key.setter
    def api_key(self, key: str) -> None:
        self.encrypted_key = encrypt(key.strip())
