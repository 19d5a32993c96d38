"""What people may use, what they have used, and what is being used at this moment."""

from django.conf import settings
from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

NO_LIMIT = -1


class Limit(models.Model):
    """The limits of everyone, of a group or of a person. None: as inherited; `NO_LIMIT`: none; else the number."""

    for_everyone = models.BooleanField(default=False)
    group = models.OneToOneField("auth.Group", models.CASCADE, null=True, blank=True, related_name="limit")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="limit")
    tokens_minute = models.BigIntegerField(null=True, blank=True)
    tokens_day = models.BigIntegerField(null=True, blank=True)
    answers_at_once = models.BigIntegerField(null=True, blank=True)
    storage = models.BigIntegerField(null=True, blank=True, help_text="Bytes of all documents in one's libraries.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["for_everyone"], condition=models.Q(for_everyone=True), name="one_limit_for_everyone"
            )
        ]

    def __str__(self) -> str:
        return f"limits of {self.user or self.group or 'everyone'}"


class Usage(models.Model):
    """Tokens of one person, model, day, purpose and key, counted together."""

    class Purpose(TextChoices):
        ANSWER = "answer", _("answers")
        API = "api", _("answers to programs")
        EMBEDDING = "embedding", _("embeddings for programs")
        SPEECH = "speech", _("reading aloud")
        TRANSCRIPTION = "transcription", _("writing down what was said")
        IMAGE = "image", _("pictures")
        TITLE = "title", _("titles")
        REWRITE = "rewrite", _("search words")
        CHECK = "check", _("checks of models")

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="usage")
    day = models.DateField()
    model_name = models.CharField(max_length=420, help_text="The public id, kept when the model is gone.")
    purpose = models.CharField(max_length=20, choices=Purpose)
    key = models.BigIntegerField(default=0, help_text="Id of the API key it was asked for with; 0 without one.")
    prompt_tokens = models.BigIntegerField(default=0)
    completion_tokens = models.BigIntegerField(default=0)
    answers = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "user", "model_name", "purpose", "key"], name="usage_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.model_name} {self.purpose}"


class Meter(models.Model):
    """What somebody with a limit has used in the newest minute and day; its row is the lock of their claims.

    A meter is of a person (`key` 0) or of one of their API keys that has limits of its own.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.BigIntegerField(default=0)
    minute = models.BigIntegerField(default=0, help_text="Minutes since 1970.")
    minute_tokens = models.BigIntegerField(default=0)
    day = models.DateField()
    day_tokens = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_meter_each")]

    def __str__(self) -> str:
        return f"meter of {self.user_id}"


class Reservation(models.Model):
    """Tokens that a running answer may need. It lapses by itself when nobody renews it: its process has died."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.BigIntegerField(default=0)
    tokens = models.BigIntegerField()
    uncovered = models.BooleanField(default=False, help_text="The one that may go beyond what was left.")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.tokens} tokens of {self.user_id}"
