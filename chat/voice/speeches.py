"""POST /v1/audio/speech: words read aloud. The sound goes to whoever asked and is kept nowhere."""

from typing import Any, Literal

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field, field_validator

from chat.gateway import errors
from chat.gateway.callers import Caller, caller_of
from chat.gateway.errors import ApiProblem
from chat.gateway.schemas import Body, body_in
from chat.prompt import estimate_tokens
from chat.voice.chosen import voice_for
from chat.voice.spending import Order, order, settle
from providers.base import ProviderError
from providers.models import Model
from providers.voice import sounds
from providers.voice.speech import LONGEST, OPENAI_VOICES, Said, speak

router = Router(tags=["openai"])
_A_LETTER = 1 / 12  # seconds that it takes to say, as far as that can be said beforehand
_SILENT = "".join(map(chr, range(32))) + " "


class Speech(Body):
    """`voice` may be left out: then it is the person's own, or that of this house."""

    model: str = ""
    input: str = Field(min_length=1, max_length=LONGEST)
    voice: str = Field("", max_length=100)
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float = Field(1.0, ge=0.25, le=4, allow_inf_nan=False)
    instructions: str = Field("", max_length=LONGEST)
    stream_format: Literal["audio"] = "audio"

    @field_validator("voice", mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """OpenAI also takes {"id": …}."""
        return given.get("id", "") if isinstance(given, dict) else given


@router.post("/audio/speech")
async def read_aloud(request: HttpRequest) -> HttpResponse:
    wish, caller = body_in(Speech, request), caller_of(request)
    if not wish.input.strip(_SILENT):
        raise ApiProblem(_("There are no words to read aloud."), code="bad_request", status=400, param="input")
    asked, voice = await database_sync_to_async(_ordered)(caller, wish)
    prompt = completion = 0
    try:
        said = Said(
            text=wish.input.encode(errors="replace").decode(),
            voice=voice,
            form=wish.response_format,
            speed=wish.speed,
            instructions=wish.instructions,
        )
        spoken = await speak(asked.model, said)
        prompt, completion = _cost(wish.input)
    except ProviderError as failure:
        raise errors.of_failure(failure.code, str(failure)) from None
    finally:
        await settle(asked, prompt, completion)
    return HttpResponse(spoken.sound, content_type=spoken.kind.media_type, headers={"Cache-Control": "no-store"})


def _ordered(caller: Caller, wish: Speech) -> tuple[Order, str]:
    voice = wish.voice or voice_for(caller.user) or OPENAI_VOICES[0]
    return order(caller, Model.Kind.SPEECH, wish.model, sum(_cost(wish.input))), voice


def _cost(text: str) -> tuple[int, int]:
    """Tokens of the words, and of the seconds that they last."""
    return estimate_tokens(text), round(len(text) * _A_LETTER * sounds.TOKENS)
