"""Whether administrators may read chats of others: a switch that everybody sees, off until somebody turns it on."""

import time

from django.db import models
from django.utils.translation import gettext_lazy as _

SHOWN_WITHIN = 20.0  # seconds until every process says it above its pages


class ReadingRule(models.Model):
    """One row; without it nobody reads what others wrote."""

    administrators = models.BooleanField(_("Administrators may read chats"), default=False)
    why = models.CharField(_("Why"), max_length=200, blank=True, help_text=_("Shown to everybody."))

    class Meta:
        app_label = "audit"

    def __str__(self) -> str:
        return str(_("Reading of chats"))

    def save(self, *args: object, **options: object) -> None:
        self.pk = 1
        super().save(*args, **options)  # type: ignore[arg-type]
        forget()

    @classmethod
    def row(cls) -> "ReadingRule":
        """As it is at this moment: what a door asks for."""
        return cls.objects.first() or cls()

    @classmethod
    def shown(cls) -> "ReadingRule":
        """As it was a moment ago: what pages say, at the price of a query in `SHOWN_WITHIN` seconds."""
        global _read  # noqa: PLW0603  one memory a process
        if _read is None or time.monotonic() - _read[0] > SHOWN_WITHIN:
            _read = time.monotonic(), cls.row()
        return _read[1]


_read: tuple[float, ReadingRule] | None = None


def forget() -> None:
    global _read  # noqa: PLW0603
    _read = None
