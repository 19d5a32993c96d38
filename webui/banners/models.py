"""A banner: a few words above the pages, in one language or both, for as long as they are of use."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LONGEST = 600  # characters


class BannerQuerySet(models.QuerySet["Banner"]):
    def not_over(self, now: datetime) -> Self:
        """Those that are shown now or will be."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=now))


class Banner(models.Model):
    """`text` or `text_zh` may be empty: then the other one is for everybody."""

    class Kind(models.TextChoices):
        INFO = "info", _("Information")
        OK = "ok", _("Good news")
        WARN = "warn", _("Warning")
        ERROR = "error", _("Trouble")

    text = models.TextField(_("Text in English"), blank=True, max_length=LONGEST)
    text_zh = models.TextField(_("Text in Chinese"), blank=True, max_length=LONGEST)
    kind = models.CharField(_("Kind"), max_length=5, choices=Kind, default=Kind.INFO)
    starts_at = models.DateTimeField(_("Shown from (UTC)"), null=True, blank=True)
    ends_at = models.DateTimeField(_("Shown until (UTC)"), null=True, blank=True)
    can_be_closed = models.BooleanField(_("People can close it"), default=True)
    at_sign_in = models.BooleanField(_("Also on the pages of signing in"), default=False)
    changed_at = models.DateTimeField(auto_now=True)

    objects = BannerQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.text or self.text_zh

    @property
    def words(self) -> str:
        """In the language of whoever reads it, as far as it was written in it."""
        chinese = (get_language() or "").startswith("zh")
        return (self.text_zh or self.text) if chinese else (self.text or self.text_zh)

    @property
    def mark(self) -> str:
        """What a browser that closed it remembers; a changed banner is shown again."""
        return f"{self.pk}-{int(self.changed_at.timestamp())}"

    def is_shown(self, now: datetime) -> bool:
        return (self.starts_at is None or self.starts_at <= now) and (self.ends_at is None or self.ends_at > now)

    @property
    def state(self) -> str:
        """`now`, `later` or `over`."""
        now = timezone.now()
        if self.is_shown(now):
            return "now"
        return "later" if self.ends_at is None or self.ends_at > now else "over"
