"""What an administrator chose to hear and to speak with, from memory: where nothing is chosen, a page costs no query.

The whitelist of models says who may use it (providers/access.py). Every process looks again after some seconds.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from chat.models import VoiceChoice, VoiceSettings
from providers.access import models_for
from providers.models import Model

if TYPE_CHECKING:
    from webui.accounts.models import User

FRESH = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Ids of models, by what they do; none where nothing is chosen."""

    transcription: int | None = None
    speech: int | None = None
    voices: tuple[str, ...] = ()
    voice: str = ""

    def of(self, kind: str) -> int | None:
        return self.speech if kind == Model.Kind.SPEECH else self.transcription


_known: dict[str, tuple[float, Chosen]] = {}


def chosen() -> Chosen:
    read_at, found = _known.get("all", (0.0, Chosen()))
    if not read_at or time.monotonic() - read_at > FRESH:
        row = VoiceSettings.objects.first()
        if row is not None:
            found = Chosen(
                transcription=row.transcription_id, speech=row.speech_id, voices=tuple(row.voices), voice=row.voice
            )
        else:
            found = Chosen()
        _known["all"] = (time.monotonic(), found)
    return found


def model_of(user: "User", kind: str) -> Model | None:
    """The chosen model of this kind; None where there is none, or not for this person."""
    wanted = chosen().of(kind)
    return None if wanted is None else models_for(user, kind).filter(pk=wanted).first()


def offered(user: "User") -> dict[str, bool] | None:
    """What this person may have of it, for the page; None when that is nothing."""
    hears, speaks = (model_of(user, kind) is not None for kind in (Model.Kind.TRANSCRIPTION, Model.Kind.SPEECH))
    return {"hears": hears, "speaks": speaks} if hears or speaks else None


def choice_of(user: "User") -> VoiceChoice:
    """As it was made, or as it comes."""
    return VoiceChoice.objects.filter(user=user).first() or VoiceChoice(user=user)


def voice_for(user: "User") -> str:
    """The person's own where it is still there, else everybody's."""
    known = chosen()
    own = choice_of(user).voice
    if own and (own in known.voices or not known.voices):
        return own
    return known.voice or (known.voices[0] if known.voices else "")


def forget(**_signal: Any) -> None:
    _known.clear()


def _changed(**_signal: Any) -> None:
    forget()
    # Whoever looked between the change and its commit has read what was before.
    transaction.on_commit(forget)


for _signal in (post_save, post_delete):
    _signal.connect(_changed, sender=VoiceSettings)
    _signal.connect(_changed, sender=Model)
