"""Which models hear and speak here, and how each person wants to be read to. Nothing that was said is ever a row."""

from django.conf import settings
from django.db import models
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from providers.models import Model

SLOWEST, QUICKEST = 0.5, 2.0


class VoiceSettings(models.Model):
    """One row at most: what an administrator chose, after it was tried. `voices`: names that the speech model takes."""

    transcription = models.ForeignKey(Model, models.SET_NULL, null=True, blank=True, related_name="+")
    speech = models.ForeignKey(Model, models.SET_NULL, null=True, blank=True, related_name="+")
    voices = models.JSONField(default=list, blank=True)
    voice = models.CharField(max_length=100, blank=True, help_text="For everybody who has chosen none.")

    def __str__(self) -> str:
        return f"hears with {self.transcription or 'nothing'}, speaks with {self.speech or 'nothing'}"


class VoiceChoice(models.Model):
    """A person's voice and speed, and who writes down what they dictate. No row: as it comes."""

    class Ears(TextChoices):
        SERVER = "server", _("this server, where it can")
        BROWSER = "browser", _("the browser, where it can")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="voice_choice")
    voice = models.CharField(max_length=100, blank=True)
    speed = models.FloatField(default=1.0)
    ears = models.CharField(max_length=10, choices=Ears, default=Ears.SERVER)

    def __str__(self) -> str:
        return f"voice of {self.user_id}"
