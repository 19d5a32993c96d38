"""What was said, as words, from the model of a connection. Raises `ProviderError`; keeps nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from providers.calls import RawReply, calling
from providers.failures import AnswerFailed, failed, failure_from
from providers.voice.failing import voice_error
from providers.voice.local import address_of
from providers.voice.sounds import LONGEST, SoundKind, seconds_of
from webui.crypto import SecretUnreadable

if TYPE_CHECKING:
    from providers.models import Model

SECONDS = 120.0  # and as long again as the recording lasts
_LARGEST = 4 * 1024 * 1024
_LONGEST = 500_000  # characters
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """`start` and `end` are seconds from the beginning."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`seconds` and `tokens` as the server told them, 0 where it did not; `text` is empty where nobody spoke."""

    text: str
    language: str = ""
    seconds: float = 0
    tokens: int = 0
    segments: Sequence[Segment] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """`language` as in ISO 639-1, empty to have it guessed; `timed` asks for segments."""

    sound: bytes
    kind: SoundKind
    language: str = ""
    prompt: str = ""
    temperature: float | None = None
    timed: bool = False

    @property
    def patience(self) -> float:
        """Seconds that its server may take."""
        return SECONDS + min(seconds_of(self.sound, self.kind), LONGEST)


async def transcribe(model: "Model", recording: Recording) -> Heard:
    import aiohttp

    connection = model.connection
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("model", model.name)
    form.add_field("response_format", "verbose_json" if recording.timed else "json")
    if recording.language:
        form.add_field("language", recording.language)
    if recording.prompt:
        form.add_field("prompt", recording.prompt)
    if recording.temperature is not None:
        form.add_field("temperature", str(recording.temperature))
    # The name is ours: what a person called their file tells more than the server has to know.
    name, media_type = f"recording.{recording.kind.ending}", recording.kind.media_type
    form.add_field("file", recording.sound, filename=name, content_type=media_type)
    base_url = address_of(connection)
    try:
        async with calling(base_url, connection.api_key, connection.headers, seconds=recording.patience) as server:
            reply = await server.send(f"{base_url}/audio/transcriptions", form, largest=_LARGEST)
        return _read(reply)
    except AnswerFailed as failure:
        raise voice_error(failure.failure) from None
    except SecretUnreadable:
        raise voice_error(failed("unauthorized").failure) from None


def _read(reply: RawReply) -> Heard:
    if reply.status >= 300:
        raise AnswerFailed(failure_from(reply.status, reply.text, retry_after=reply.headers.get("Retry-After")))
    document = reply.json()
    if not isinstance(document, dict) or not isinstance(document.get("text"), str):
        raise failed("bad_response")
    usage = document.get("usage")
    told = usage if isinstance(usage, dict) else {}
    segments = document.get("segments")
    return Heard(
        text=_clean(document["text"]),
        language=str(document.get("language") or "")[:40],
        seconds=_number(document.get("duration")) or _number(told.get("seconds")),
        tokens=int(_number(told.get("total_tokens"))),
        segments=tuple(filter(None, map(_segment, segments))) if isinstance(segments, list) else (),
    )


def _segment(given: object) -> Segment | None:
    match given:
        case {"start": int() | float() as start, "end": int() | float() as end, "text": str(text)}:
            return Segment(start=_number(start), end=_number(end), text=_clean(text))
    return None


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)[:_LONGEST].encode(errors="replace").decode().strip()


def _number(value: Any) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9
    return float(value) if good else 0.0
