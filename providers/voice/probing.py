"""A model is tried before it is chosen: it says a sentence, or hears one. Raises `ProviderError`."""

import math
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from providers.voice.sounds import WAV, wav
from providers.voice.speech import Said, Spoken, speak
from providers.voice.transcription import Recording, transcribe

if TYPE_CHECKING:
    from providers.models import Model

SENTENCE = "This is a test of the voice."
_RATE = 16000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`words`: what was heard, empty for a tone. `seconds` that it took."""

    words: str
    seconds: float


async def try_speech(model: "Model", voice: str) -> tuple[Spoken, Trial]:
    begun = time.monotonic()
    spoken = await speak(model, Said(text=SENTENCE, voice=voice, form="wav"))
    return spoken, Trial(words=SENTENCE, seconds=time.monotonic() - begun)


async def try_transcription(model: "Model", spoken: Spoken | None) -> Trial:
    """With what the other model has just said, or with a tone where there is none."""
    sound, kind = (spoken.sound, spoken.kind) if spoken else (_tone(), WAV)
    begun = time.monotonic()
    heard = await transcribe(model, Recording(sound=sound, kind=kind, language="en"))
    return Trial(words=heard.text, seconds=time.monotonic() - begun)


def _tone() -> bytes:
    samples = (round(6000 * math.sin(2 * math.pi * 440 * place / _RATE)) for place in range(_RATE))
    return wav(struct.pack(f"<{_RATE}h", *samples), _RATE)
