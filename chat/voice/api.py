"""/api/voice: what there is to hear and to speak with for the person who asks, and how they want it."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from chat.models import VoiceChoice
from chat.models.voice import QUICKEST, SLOWEST
from chat.voice import chosen
from providers.models import Model
from providers.voice.speech import LONGEST

router = Router(tags=["voice"])


class Choice(Schema):
    voice: str = Field("", max_length=100)
    speed: float = Field(1.0, ge=SLOWEST, le=QUICKEST, allow_inf_nan=False)
    ears: Literal["server", "browser"] = "server"


@router.get("/voice")
def read_voice(request: HttpRequest) -> dict[str, Any]:
    user = request.auth  # type: ignore[attr-defined]
    choice = chosen.choice_of(user)
    return {
        "hears": chosen.model_of(user, Model.Kind.TRANSCRIPTION) is not None,
        "speaks": chosen.model_of(user, Model.Kind.SPEECH) is not None,
        "voices": list(chosen.chosen().voices),
        "voice": chosen.voice_for(user),
        "speed": choice.speed,
        "ears": choice.ears,
        "longest_text": LONGEST,
    }


@router.put("/voice")
def keep_choice(request: HttpRequest, choice: Choice) -> dict[str, Any]:
    user = request.auth  # type: ignore[attr-defined]
    VoiceChoice.objects.update_or_create(user=user, defaults=choice.dict())
    return read_voice(request)
