"""One line of the audit log. Lines are added and, after their time, forgotten; the database itself refuses a change."""

from datetime import datetime
from typing import Any, NoReturn, Self

from django.db import models

from webui.audit.reading import ReadingRule  # noqa: F401  a table of this app


class AppendOnly(Exception):
    """Refused: what was written down stays as it was written."""


class EntryQuerySet(models.QuerySet["Entry"]):
    def update(self, **changes: Any) -> NoReturn:
        raise AppendOnly("A line of the audit log is never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnly("Lines of the audit log are not deleted; the old ones are forgotten in their time.")

    def older_than(self, moment: datetime) -> Self:
        return self.filter(at__lt=moment)

    def forget(self) -> int:
        """The one way out, for lines past their time."""
        return int(self._raw_delete(self.db))


class Entry(models.Model):
    """People and objects are kept by number and by name: the line outlives both."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    actor_id = models.BigIntegerField(null=True, blank=True, db_index=True, help_text="Empty: nobody signed in.")
    actor = models.CharField(max_length=254, blank=True, help_text="The e-mail address then, or which command.")
    through = models.CharField(max_length=120, blank=True, help_text="The API key, when it was not a page.")
    address = models.CharField(max_length=45, blank=True)
    action = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=254, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.kind} {self.name}"

    def save(self, *args: Any, **options: Any) -> None:
        if self.pk is not None:
            raise AppendOnly("A line of the audit log is never changed.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnly("A line of the audit log is not deleted.")
