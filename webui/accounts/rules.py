"""The rules of signing in that an administrator sets on a page: one row, read often, remembered for some seconds."""

import time

from django.db import models
from django.utils.translation import gettext_lazy as _

FRESH = 3.0  # seconds that a process goes on by what it has read


class Required(models.TextChoices):
    """Who must have a second step."""

    NOBODY = "nobody", _("nobody: each as they like")
    ADMINISTRATORS = "administrators", _("administrators")
    EVERYONE = "everyone", _("everybody")


class SignInRules(models.Model):
    """Without the row, the defaults."""

    second_factor = models.CharField(max_length=15, choices=Required, default=Required.NOBODY)

    passwords = models.BooleanField(default=True, help_text="False: ordinary people come through a provider.")

    def __str__(self) -> str:
        return str(_("Rules of signing in"))

    def save(self, *args: object, **options: object) -> None:
        self.pk = 1
        super().save(*args, **options)  # type: ignore[arg-type]
        forget()

    @classmethod
    def now(cls) -> "SignInRules":
        """As they were at most `FRESH` seconds ago. To change them, read the row itself."""
        global _read  # noqa: PLW0603  one memory a process
        if _read is None or time.monotonic() - _read[0] > FRESH:
            _read = time.monotonic(), cls.objects.first() or cls()
        return _read[1]

    @classmethod
    def row(cls) -> "SignInRules":
        return cls.objects.first() or cls()

    def wants_second_factor(self, administrator: bool) -> bool:
        return self.second_factor == Required.EVERYONE or (
            administrator and self.second_factor == Required.ADMINISTRATORS
        )


_read: tuple[float, SignInRules] | None = None


def forget() -> None:
    """What was read: a change counts at once in this process."""
    global _read  # noqa: PLW0603
    _read = None
