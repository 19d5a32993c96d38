"""Test questions of a library, what running them gave, and when they are to be run."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from knowledge.models.leases import lapsed
from knowledge.models.library import Library

LEASE = timedelta(minutes=3)


class GoldenQuestion(models.Model):
    """A question, and what of the library has to come back for it: quotations, so that no change of ours undoes it."""

    library = models.ForeignKey(Library, models.CASCADE, related_name="golden_questions")
    text = models.TextField()
    expected = models.JSONField(default=list, help_text="[{document, name, quote}]; an empty quote: anything of it.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]


class GoldenRun(models.Model):
    """All test questions of a library, asked once. `outcomes` is {question: places} (knowledge/golden/measuring.py)."""

    class Cause(models.TextChoices):
        FIRST = "first", _("the first run")
        ASKED = "asked", _("asked for")
        QUESTIONS = "questions", _("the test questions changed")
        DOCUMENTS = "documents", _("documents changed")
        PASSAGES = "passages", _("passages were changed by hand")
        SETTINGS = "settings", _("the settings of the search changed")

    library = models.ForeignKey(Library, models.CASCADE, related_name="golden_runs")
    at = models.DateTimeField(auto_now_add=True)
    cause = models.CharField(max_length=10, choices=Cause)
    state = models.JSONField(default=dict, help_text="What was there to be searched (knowledge/golden/watching.py).")
    questions = models.PositiveIntegerField()
    recall_1 = models.FloatField()
    recall_5 = models.FloatField()
    recall_sent = models.FloatField()
    mrr = models.FloatField()
    outcomes = models.JSONField(default=dict)
    seconds = models.FloatField(default=0.0)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.library_id}: {self.recall_sent:.2f}"


class GoldenWatch(models.Model):
    """When a library's questions are to be run: what it looked like at the last look, and who runs them now."""

    library = models.OneToOneField(Library, models.CASCADE, primary_key=True, related_name="golden_watch")
    state = models.JSONField(default=dict)
    changed_at = models.DateTimeField(null=True, help_text="When it last looked otherwise than before.")
    asked_at = models.DateTimeField(null=True, help_text="Somebody wants them run now.")
    not_before = models.DateTimeField(null=True, help_text="After a run that could not be done.")
    problem = models.TextField(blank=True, help_text="Why the last one could not be done: a sentence in English.")
    claim = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["GoldenWatch"]]

    def __str__(self) -> str:
        return str(self.library_id)

    @property
    def told_problem(self) -> str:
        """In the language of whoever looks, where it is one of ours."""
        return gettext(self.problem)

    @property
    def is_running(self) -> bool:
        return self.lease_until is not None and timezone.now() < self.lease_until < timezone.now() + 2 * LEASE

    @classmethod
    def take(cls, library_id: uuid.UUID) -> "GoldenWatch | None":
        """One UPDATE, so only one worker wins."""
        claim, now = uuid.uuid4(), timezone.now()
        free = cls.objects.filter(Q(lease_until=None) | lapsed(LEASE), library=library_id)
        if not free.update(claim=claim, lease_until=now + LEASE):
            return None
        return cls.objects.select_related("library__owner").filter(library=library_id, claim=claim).first()

    def keep(self) -> None:
        GoldenWatch.objects.filter(pk=self.pk, claim=self.claim).update(lease_until=timezone.now() + LEASE)

    def leave(self, **fields: Any) -> None:
        mine = GoldenWatch.objects.filter(pk=self.pk, claim=self.claim)
        mine.update(claim=None, lease_until=None, **fields)
