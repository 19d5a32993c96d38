"""POST /v1/audio/transcriptions: what was said, as words. The recording is gone when its answer is."""

from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import Router

from chat.gateway import errors
from chat.gateway.callers import caller_of
from chat.gateway.errors import ApiProblem
from chat.prompt import estimate_tokens
from chat.voice import subtitles
from chat.voice.spending import order, settle
from providers.base import ProviderError
from providers.models import Model
from providers.voice import sounds
from providers.voice.transcription import Heard, Recording, transcribe

router = Router(tags=["openai"])
FORMATS = ("json", "text", "srt", "verbose_json", "vtt")
_AROUND = 64 * 1024  # bytes of a form beside its file
_LONGEST_PROMPT = 2000  # characters
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            }
        },
    }
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What came in a form, checked. `seconds` are at most."""

    model: str
    form: str
    seconds: float
    recording: Recording


@router.post("/audio/transcriptions", openapi_extra=_FORM)
async def write_down(request: HttpRequest) -> Any:
    """In OpenAI's shape: `file`, `model`, `language`, `prompt`, `temperature`, `response_format`."""
    caller = caller_of(request)
    wish = await sync_to_async(_given)(request)
    estimate = round(wish.seconds * sounds.TOKENS)
    asked = await database_sync_to_async(order)(caller, Model.Kind.TRANSCRIPTION, wish.model, estimate)
    prompt = completion = 0
    try:
        heard = await transcribe(asked.model, wish.recording)
        seconds = heard.seconds or wish.seconds
        completion = estimate_tokens(heard.text)
        prompt = max(heard.tokens - completion, 0) or round(seconds * sounds.TOKENS)
    except ProviderError as failure:
        raise errors.of_failure(failure.code, str(failure)) from None
    finally:
        await settle(asked, prompt, completion)
    return _answer(heard, wish.form, seconds)


def _given(request: HttpRequest) -> Wish:
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > sounds.LARGEST + _AROUND:
        raise _too_large()
    file, fields = request.FILES.get("file"), request.POST
    if not isinstance(file, UploadedFile):
        raise _refused(_("The body must be a recording (multipart, field “file”)."), "file")
    sound = file.read(sounds.LARGEST + 1)
    if len(sound) > sounds.LARGEST:
        raise _too_large()
    if fields.get("stream") in ("true", "True", "1"):
        raise _refused(_("The words come when all of them are there: leave “stream” out."), "stream")
    form = fields.get("response_format") or "json"
    if form not in FORMATS:
        raise _refused(_("“response_format” is one of %(names)s.") % {"names": ", ".join(FORMATS)}, "response_format")
    kind, seconds = _judged(sound)
    recording = Recording(
        sound=sound,
        kind=kind,
        language=_language(fields.get("language", "")),
        prompt=fields.get("prompt", "")[:_LONGEST_PROMPT],
        temperature=_temperature(fields.get("temperature", "")),
        timed=form not in ("json", "text"),
    )
    return Wish(model=fields.get("model", ""), form=form, seconds=seconds, recording=recording)


def _judged(sound: bytes) -> tuple[sounds.SoundKind, float]:
    if not sound:
        raise _refused(_("The recording is empty (0 bytes)."), "file")
    kind = sounds.kind_of(sound[:16])
    if kind is None:
        sentence = _("This is no recording, whatever it is called. WAV, MP3, M4A, OGG, WebM and FLAC are taken.")
        raise _refused(sentence, "file")
    seconds = sounds.seconds_of(sound, kind)
    if kind is sounds.WAV and seconds > sounds.LONGEST:
        sentence = _("The recording is longer than %(minutes)d minutes. Send it in parts.")
        raise _refused(sentence % {"minutes": sounds.LONGEST // 60}, "file")
    return kind, min(seconds, sounds.LONGEST)


def _language(given: str) -> str:
    """As in ISO 639-1; "zh-Hans" is taken as "zh"."""
    language = given.strip().lower().replace("_", "-").partition("-")[0]
    if language and not (language.isascii() and language.isalpha() and len(language) <= 3):
        raise _refused(_("“language” is a code of two letters, such as en or zh."), "language")
    return language


def _temperature(given: str) -> float | None:
    try:
        temperature = float(given) if given else None
    except ValueError:
        temperature = -1.0
    if temperature is not None and not 0 <= temperature <= 1:
        raise _refused(_("“temperature” is a number from 0 to 1."), "temperature")
    return temperature


def _refused(sentence: str, param: str) -> ApiProblem:
    return ApiProblem(sentence, code="bad_request", status=400, param=param)


def _too_large() -> ApiProblem:
    sentence = _("The recording is larger than %(limit)s MB. Send it in parts, or packed tighter.")
    limit = sounds.LARGEST // 1024 // 1024
    return ApiProblem(sentence % {"limit": limit}, code="too_large", status=413, param="file")


def _answer(heard: Heard, form: str, seconds: float) -> HttpResponse:
    if form == "text":
        return HttpResponse(f"{heard.text}\n", content_type="text/plain; charset=utf-8")
    if form in ("srt", "vtt"):
        if heard.text and not heard.segments:
            sentence = _("This model tells no times, so there are no subtitles. Ask for “json” or “text”.")
            raise _refused(sentence, "response_format")
        written = subtitles.srt(heard.segments) if form == "srt" else subtitles.vtt(heard.segments)
        return HttpResponse(written, content_type="text/plain; charset=utf-8")
    document: dict[str, Any] = {"text": heard.text, "usage": {"type": "duration", "seconds": round(seconds, 1)}}
    if form == "verbose_json":
        document |= {
            "task": "transcribe",
            "language": heard.language,
            "duration": round(seconds, 2),
            "segments": [
                {"id": number, "start": one.start, "end": one.end, "text": one.text}
                for number, one in enumerate(heard.segments)
            ],
        }
    return JsonResponse(document, headers={"Cache-Control": "no-store"})
