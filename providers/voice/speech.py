"""Words read aloud by the model of a connection. Raises `ProviderError`; keeps nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from providers.calls import RawReply, calling
from providers.failures import AnswerFailed, failed, failure_from
from providers.voice.failing import voice_error
from providers.voice.local import address_of
from providers.voice.sounds import PCM, SoundKind, kind_of
from webui.crypto import SecretUnreadable

if TYPE_CHECKING:
    from providers.models import Connection, Model

SECONDS = 120.0
FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
LONGEST = 4096  # characters, as at OpenAI
# Where a server has no list of its voices; anybody may type others.
OPENAI_VOICES = ("alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse")
_LARGEST = 48 * 1024 * 1024
_MOST_VOICES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`speed` 1 is the voice's own; `instructions` are how to say it, for models that take such."""

    text: str
    voice: str
    form: str = "mp3"
    speed: float = 1.0
    instructions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """`kind` is what the server really sent, which need not be what it was asked for."""

    sound: bytes
    kind: SoundKind


async def speak(model: "Model", said: Said) -> Spoken:
    connection = model.connection
    body: dict[str, Any] = {"model": model.name, "input": said.text, "voice": said.voice, "response_format": said.form}
    # Some servers know neither field: what is as usual is left out.
    body |= {"speed": said.speed} if said.speed != 1 else {}
    body |= {"instructions": said.instructions} if said.instructions else {}
    base_url = address_of(connection)
    try:
        async with calling(base_url, connection.api_key, connection.headers, seconds=SECONDS) as server:
            reply = await server.send(f"{base_url}/audio/speech", body, largest=_LARGEST)
        return _read(reply, said.form)
    except AnswerFailed as failure:
        raise voice_error(failure.failure) from None
    except SecretUnreadable:
        raise voice_error(failed("unauthorized").failure) from None


async def voices_of(connection: "Connection") -> Sequence[str]:
    """The names that its server lists, OpenAI's where it lists none. Raises `ProviderError`."""
    base_url = address_of(connection)
    try:
        async with calling(base_url, connection.api_key, connection.headers, seconds=10) as server:
            found = _names(await server.document(f"{base_url}/audio/voices"))
    except AnswerFailed as failure:
        raise voice_error(failure.failure) from None
    except SecretUnreadable:
        raise voice_error(failed("unauthorized").failure) from None
    return found or OPENAI_VOICES


def _read(reply: RawReply, form: str) -> Spoken:
    if reply.status >= 300:
        raise AnswerFailed(failure_from(reply.status, reply.text, retry_after=reply.headers.get("Retry-After")))
    kind = kind_of(reply.body[:16])
    if kind is None and form == "pcm" and not _is_written(reply) and len(reply.body) % 2 == 0:
        kind = PCM
    if kind is None or len(reply.body) < 32:
        raise failed("bad_response")
    return Spoken(sound=reply.body, kind=kind)


def _is_written(reply: RawReply) -> bool:
    media_type = reply.headers.get("Content-Type", "")
    return media_type.startswith("text/") or "json" in media_type or reply.body[:1] in (b"{", b"<", b"")


def _names(document: object) -> list[str]:
    """Of {"voices": ["a", {"id": "b"}, …]} or such a list alone."""
    entries = document.get("voices") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        return []
    given = [entry.get("id") or entry.get("name") if isinstance(entry, dict) else entry for entry in entries]
    names = [name.strip() for name in given if isinstance(name, str) and name.isprintable()]
    return [name for name in dict.fromkeys(names) if 0 < len(name) <= 100][:_MOST_VOICES]
